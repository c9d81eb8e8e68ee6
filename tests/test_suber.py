"""SubER on small tracks whose edits can be counted by hand, and against a plain edit distance.

Random damage was also compared once with the reference implementation, subtitle-edit-rate 0.4.0.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidocr.model import Cue
from vidocr.scoring.suber import suber

S = 1_000_000


def cue(start_s: float, end_s: float, text: str) -> Cue:
    return Cue(round(start_s * S), round(end_s * S), tuple(text.split("\n")))


TRUTH = [cue(0, 2, "One two three\nfour five"), cue(3, 5, "Six seven.")]  # 5 + 2, 2 + 1 tokens


@pytest.mark.parametrize(
    ("found", "edits"),
    [
        (TRUTH, 0),
        ([cue(0, 2, "one, two three\nFOUR five!"), cue(3, 5, "six seven")], 0),  # no case, no marks
        ([cue(0, 2, "One two three four five"), TRUTH[1]], 1),  # a break is gone
        ([cue(0, 2, "One two\nthree four five"), TRUTH[1]], 1),  # a break is shifted
        ([cue(0, 1, "One two three"), cue(1, 2, "four five"), TRUTH[1]], 1),  # a break is another
        ([cue(0, 2, "four five one two three"), TRUTH[1]], 2),  # a shift, and a break is gone
        ([cue(0, 2, "One two tree\nfour five"), TRUTH[1]], 1),
        (TRUTH[:1], 3),
        ([*TRUTH, cue(8, 9, "Logo")], 2),
        ([TRUTH[0], cue(6, 7, "Six seven.")], 6),  # right words at the wrong time are no match
        ([], 10),
    ],
)
def test_edits_are_counted(found: list[Cue], edits: int) -> None:
    assert suber(TRUTH, found) == (edits, 10)


def test_chinese_is_counted_by_the_character() -> None:
    assert suber([cue(0, 1, "你好，世界")], [cue(0, 1, "你好世")]) == (1, 5)


def test_nothing_has_no_tokens() -> None:
    assert suber([], []) == (0, 0)
    assert suber([], [cue(0, 1, "x")]) == (2, 0)


def test_a_film_without_a_pause_is_cut() -> None:
    truth = [cue(n, n + 1, f"line {n} of many words\nand word {n * 7}") for n in range(200)]
    late = [Cue(c.start_us + 100_000, c.end_us + 100_000, c.lines) for c in truth]
    late[150] = cue(150.1, 151.1, "line")
    assert suber(truth, late) == (8, 200 * 10)


WORDS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=7)


@settings(max_examples=60)
@given(WORDS, WORDS)
def test_shifts_never_cost_more_than_edits(truth: list[str], found: list[str]) -> None:
    edits, tokens = suber([cue(0, 1, " ".join(truth))], [cue(0, 1, " ".join(found))])
    assert tokens == len(truth) + 1
    assert edits <= distance(truth, found)
    assert edits >= abs(len(truth) - len(found))
    assert (edits == 0) is (truth == found)


def distance(a: list[str], b: list[str]) -> int:
    if not a or not b:
        return len(a) + len(b)
    same = distance(a[1:], b[1:]) if a[0] == b[0] else 1 + distance(a[1:], b[1:])
    return same if a[0] == b[0] else min(same, 1 + distance(a[1:], b), 1 + distance(a, b[1:]))
