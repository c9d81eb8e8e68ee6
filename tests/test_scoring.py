"""The scorer on lists made by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidocr.model import Cue
from vidocr.scoring import (
    Comparison,
    Frames,
    Score,
    TruthCue,
    compare,
    complaints,
    flattened,
    score,
)
from vidocr.scoring.text import Text
from vidocr.scoring.timing import spread

S = 1_000_000
TRUTH = [Cue(1 * S, 3 * S, ("Good morning.",)), Cue(4 * S, 6 * S, ("Who is there?",))]


def cue(start_s: float, end_s: float, text: str) -> Cue:
    return Cue(round(start_s * S), round(end_s * S), tuple(text.split("\n")))


def test_the_truth_itself_is_perfect() -> None:
    result = score(TRUTH, TRUTH)
    assert (result.f1, result.cer, result.starts_near, result.ends_near) == (1, 0, 1, 1)


def test_nothing_to_find_and_nothing_found_is_perfect() -> None:
    assert score([], []).f1 == 1
    assert score([], TRUTH).f1 == 0


def test_a_missed_cue_counts_as_deleted_text() -> None:
    result = score(TRUTH, TRUTH[:1])
    assert result.f1 == pytest.approx(2 / 3)
    assert result.edits == len("Who is there?")
    assert result.cer == pytest.approx(0.5)


def test_an_invented_cue_counts_as_inserted_text() -> None:
    result = score(TRUTH, [*TRUTH, cue(8, 9, "LOGO")])
    assert result.f1 == pytest.approx(0.8)
    assert result.edits == 4


def test_widths_and_line_breaks_are_no_errors() -> None:
    result = score([cue(0, 1, "Wait, you\nhere?")], [cue(0, 1, "Wait， you  here？")])
    assert result.edits == 0


def test_a_quarter_of_wrong_characters_is_the_limit() -> None:
    truth = [cue(0, 1, "abcdefgh")]
    assert score(truth, [cue(0, 1, "abcdefXX")]).hits == 1
    missed = score(truth, [cue(0, 1, "abcdeXXX")])
    assert (missed.hits, missed.edits) == (0, 3)


def test_half_of_the_time_must_be_shared() -> None:
    truth = [cue(0, 2, "Same text")]
    assert score(truth, [cue(1, 2, "Same text")]).hits == 1
    late = score(truth, [cue(1.1, 2, "Same text")])
    assert (late.hits, late.edits, late.missed, late.invented) == (0, 0, 0, 0)


def test_a_cue_is_paired_only_once() -> None:
    halves = [cue(1, 2, "Good morning."), cue(2, 3, "Good morning.")]
    result = score(TRUTH[:1], halves)
    assert (result.hits, result.found) == (1, 2)
    assert result.edits == len("Good morning.")


def test_cues_at_one_time_are_paired_by_their_text() -> None:
    truth = [cue(0, 2, "Above all"), cue(0, 2, "Below it")]
    found = [truth[1], truth[0]]
    pairs = compare(truth, found, Frames()).pairs
    assert [(pair.truth, pair.found) for pair in pairs] == [(0, 1), (1, 0)]


def test_boundaries_are_near_within_one_frame() -> None:
    found = [cue(1.04, 3.0805, "Good morning."), cue(3.9, 6.041, "Who is there?")]
    result = score(TRUTH, found, frame_us=40_000)
    assert [slip.near for slip in result.starts] == [True, False]
    assert [slip.near for slip in result.ends] == [False, True]
    assert (result.starts_near, result.ends_near) == (0.5, 0.5)


def test_scores_add_up_over_clips() -> None:
    total = score(TRUTH, TRUTH) + score(TRUTH, [])
    assert (total.truth, total.found, total.hits, total.missed) == (4, 2, 2, 2)
    assert (total.characters, total.edits, total.words, total.word_edits) == (52, 26, 10, 5)
    assert (len(total.starts), len(total.ends), total.exact) == (2, 2, 0.5)
    assert (total.f1, total.cer, total.wer) == pytest.approx((2 / 3, 0.5, 0.5))
    assert (total.msr_cer, total.suber) == pytest.approx((0.5, 50))
    assert total + Score() == Score() + total == total


def test_complaints_name_what_is_wrong() -> None:
    found = [cue(1, 3, "Good moming."), cue(8, 9, "LOGO")]
    missed, invented, misread = complaints(TRUTH, found)
    assert missed == "- 4.000-6.000 'Who is there?'"
    assert invented == "+ 8.000-9.000 'LOGO'"
    assert misread == "~ 1.000-3.000 'Good morning.' read as 'Good moming.'"


def seconds(*times: float, lines: str = "Same text") -> TruthCue:
    start, end, *ranges = (round(each * S) for each in times)
    low, high = (tuple(ranges[:2]), tuple(ranges[2:])) if ranges else (None, None)
    return TruthCue(start, end, (lines,), low, high)  # type: ignore[arg-type]  # pairs, or None


def test_an_error_inside_of_a_fade_is_none() -> None:
    truth = [seconds(1, 3, 1, 1.2, 2.8, 3)]
    (start,), (end,) = (
        getattr(score(truth, [cue(1.1, 3.04, "Same text")]), each) for each in ("starts", "ends")
    )
    assert (start.us, start.frames, start.near) == (0, 0, True)
    assert (end.us, end.frames, end.near) == (40_000, 1, True)
    (early,) = score(truth, [cue(0.9, 3, "Same text")]).starts
    assert (early.us, early.frames, early.near) == (-100_000, -2.5, False)


def test_errors_are_counted_in_the_frames_that_the_film_has() -> None:
    frames = Frames(times_us=(0, S, S + 20_000, S + 40_000, 3 * S))
    result = compare([cue(1, 3, "A text")], [cue(1.04, 4.9, "A text")], frames).score
    assert [slip.frames for slip in result.starts] == [2]
    # After the last time, frames go on as the last one that is known.
    assert [slip.frames for slip in result.ends] == pytest.approx([1.9 / 1.96])
    assert frames.between(0, -S) == -1
    assert [slip.frames for slip in score(TRUTH, TRUTH, None).starts] == [None, None]


def test_a_spread_lies_between_values() -> None:
    assert spread([]) is None
    assert spread([-4, 1, 2]) == pytest.approx((2, 3.8, 4, -1 / 3))


@pytest.mark.parametrize(
    ("truth", "found", "is_exact"),
    [
        ("“Wait” – it’s…", '"Wait" -- it\'s...', False),
        ("Quoi\u00a0?", "Quoi?", False),
        ("你好， 世界 OK 吗", "你好,世界OK吗", False),
        ("你好\n世界", "你好世界", False),
        ("e\u0301te\u0301", "\u00e9t\u00e9", True),
        ("so\u00adft\u200b", "soft", False),
        ("two  words", "two\nwords", True),
        ("안녕 하세요", "안녕하세요", None),
        ("Case", "case", None),
    ],
)
def test_what_is_no_error_of_text(truth: str, found: str, is_exact: bool | None) -> None:
    result = score([cue(0, 1, truth)], [cue(0, 1, found)])
    assert (result.edits == 0) is (is_exact is not None)
    assert (result.exact == 1) is (is_exact is True)


def test_chinese_characters_are_words() -> None:
    assert Text.of("我有 iPhone 吗?").words == ("我", "有", "iPhone", "吗", "?")


def kinds(result: Comparison) -> tuple[tuple[int, ...], ...]:
    f = result.faults
    return f.duplicates, f.splits, f.invented, f.merged, f.missed


NONE: tuple[int, ...] = ()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([cue(1, 3, "Good morning."), cue(1.1, 3, "Good moming.")], ((1,), NONE, NONE, NONE, (1,))),
        ([cue(1, 2, "Good morning."), cue(2, 3, "Good morning.")], (NONE, (1,), NONE, NONE, (1,))),
        ([cue(1, 3, "Good"), cue(1, 3, "morning.")], (NONE, (0,), NONE, NONE, (1,))),
        ([cue(1, 6, "Good morning.\nWho is there?")], (NONE, NONE, NONE, (0,), NONE)),
        ([cue(1, 3, "Buy now at LOGO")], (NONE, NONE, (0,), NONE, (0, 1))),
        ([cue(3.2, 3.8, "Good morning.")], (NONE, NONE, (0,), NONE, (0, 1))),
    ],
)
def test_faults_are_told_apart(found: list[Cue], expected: tuple[tuple[int, ...], ...]) -> None:
    assert kinds(compare(TRUTH, found, Frames())) == expected


def test_as_many_hits_as_can_be_are_paired() -> None:
    truth = [cue(0, 4, "abcdefgh"), cue(0, 4, "abcdefXX")]
    found = [cue(0, 4, "abcdefgX"), cue(0, 2.1, "abcdefgh")]
    assert score(truth, found).hits == 2


def test_flattened_cues_are_cut_where_the_screen_changes() -> None:
    top, below = seconds(0, 10, 0, 0.5, 9.5, 10, lines="Above"), seconds(2, 4, lines="Below")
    states = flattened([below, top])
    assert [(s.start_us // S, s.end_us // S, s.lines) for s in states] == [
        (0, 2, ("Above",)),
        (2, 4, ("Above", "Below")),
        (4, 10, ("Above",)),
    ]
    assert (states[0].start_range_us, states[2].end_range_us) == (
        (0, S // 2),
        (19 * S // 2, 10 * S),
    )
    assert [len(s.together) for s in states] == [0, 2, 0]


def test_the_order_of_cues_at_once_is_free_when_flattened() -> None:
    truth = [cue(0, 2, "Above all"), cue(0, 2, "Below it")]
    one = [cue(0, 2, "Below it\nAbove all")]
    result = score(flattened(truth), flattened(one))
    assert (result.f1, result.cer, result.wer, result.exact) == (1, 0, 0, 1)
    assert score(truth, one).f1 < 1


def test_the_challenge_counts_misses_and_rivals() -> None:
    def numbers(*found: Cue) -> tuple[float, int]:
        result = score(TRUTH, found)
        return result.msr_total, result.msr_numbers

    right, rival = cue(1, 3, "GOOD  morning"), cue(1, 2.5, "Good morning.")
    assert numbers(right) == (1, 2)  # one is missed; case and symbols don't count
    assert numbers(right, rival) == (2, 3)
    assert numbers(right, cue(7, 9, "LOGO")) == (1, 2)  # it overlaps nothing
    assert numbers(cue(1, 3, "Good mornixx"))[0] == pytest.approx(1 + 2 / 11)


TIMES = st.integers(0, 40).map(lambda tenths: tenths * 100_000)
TEXTS = st.lists(st.sampled_from(["ab", "abc", "b c", "你好", "“x”", "-"]), min_size=1, max_size=3)


@st.composite
def tracks(draw: st.DrawFn) -> list[Cue]:
    cues = draw(st.lists(st.tuples(TIMES, TIMES, TEXTS), max_size=6))
    return [Cue(min(a, b), max(a, b) + 100_000, tuple(lines)) for a, b, lines in cues]


@given(tracks(), tracks())
def test_each_cue_is_told_of_once(truth: list[Cue], found: list[Cue]) -> None:
    result = compare(truth, found, Frames(40_000))
    duplicates, splits, invented, merged, missed = kinds(result)
    in_truth = [*(p.truth for p in result.pairs), *merged, *missed]
    in_found = [*(p.found for p in result.pairs), *duplicates, *splits, *invented]
    assert sorted(in_truth) == list(range(len(truth)))
    assert sorted(in_found) == list(range(len(found)))
    assert 0 <= result.score.f1 <= 1
    assert result.score.edits <= result.score.characters + sum(
        len(each.text.loose) for each in result.found
    )


@given(tracks())
def test_any_truth_is_perfect_against_itself(truth: list[Cue]) -> None:
    result = score(truth, truth)
    assert (result.f1, result.exact, result.cer, result.suber) == (1, 1, 0, 0)
    assert (result.starts_near, result.ends_near) == (1, 1)
    assert not (result.missed or result.invented or result.splits or result.duplicates)


@given(tracks())
def test_flattened_states_do_not_overlap(cues: list[Cue]) -> None:
    states = flattened(cues)
    assert all(a.end_us <= b.start_us for a, b in zip(states, states[1:], strict=False))
    assert flattened(states) == [
        TruthCue(s.start_us, s.end_us, s.lines, s.start_range_us, s.end_range_us) for s in states
    ]
