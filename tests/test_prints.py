"""Lines of print that subtitles cover in part, told by their readings."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_rows import row
from vidocr.model import Box
from vidocr.stages.prints import over_prints, prints_of
from vidocr.stages.rows import Row

LINE = "du bertori to os popo mel to osrika"
COVERED = (
    "du bertori I see you. mel to osrika",
    "du bertoriWhere are you?to osrika",
    "du bertori toNever!popo mel to osrika",
)
PLACE = Box(100, 630, 1180, 670)


def chain(*texts: str, box: Box = PLACE, gap: int = 0) -> list[Row]:
    """Rows at one place, ``gap`` frames between them."""
    return [row(20 * n, 20 * (n + 1) - gap, text, box) for n, text in enumerate(texts)]


def kept(rows: Sequence[Row]) -> list[str]:
    printed = {id(each) for each in prints_of(rows)}
    return [each.text for each in rows if id(each) not in printed]


def between(line: str, covered: Sequence[str]) -> list[str]:
    """The line, and after each time that it is covered the line again."""
    return [line, *(text for other in covered for text in (other, line))]


def test_a_line_of_print_that_two_subtitles_cover_goes_with_what_they_make_of_it() -> None:
    beside = row(25, 45, "I see you.", Box(540, 560, 740, 600))
    rows = sorted([*chain(*between(LINE, COVERED)), beside], key=lambda each: each.start_us)
    assert kept(rows) == [beside.text]
    assert kept(chain(*between(LINE, COVERED[:2]))) == []


def test_a_glyph_at_one_end_may_be_read_otherwise() -> None:
    covered = COVERED[0] + "k", "t" + COVERED[1]
    assert kept(chain(*between(LINE, covered))) == []


def test_readings_of_a_line_that_stands_are_no_return_of_it() -> None:
    texts = [LINE, LINE + ".", LINE, COVERED[0], LINE, COVERED[1]]
    assert kept(chain(*texts)) == texts


def test_a_line_that_comes_back_once_may_be_a_subtitle() -> None:
    texts = between(LINE, COVERED[:1])
    assert kept(chain(*texts)) == texts


def test_two_lines_that_take_turns_may_be_sung() -> None:
    texts = ["Left, and up again.", "Left, and in again."] * 4
    assert kept(chain(*texts)) == texts


def test_a_refrain_with_a_pause_before_it_is_no_print() -> None:
    texts = between(LINE, COVERED)
    assert kept(chain(*texts, gap=2)) == texts


@pytest.mark.parametrize("shift", [(40, 0, 0, 0), (0, 0, 40, 0), (0, 40, 0, 40)])
def test_lines_that_end_elsewhere_are_no_print(shift: tuple[int, int, int, int]) -> None:
    rows = chain(*between(LINE, COVERED))
    other = Box(*(edge + by for edge, by in zip(PLACE, shift, strict=True)))
    moved = [replace(each, box=other) if n % 2 else each for n, each in enumerate(rows)]
    assert kept(moved) == [each.text for each in rows]


def test_a_refrain_of_other_letters_is_no_print() -> None:
    texts = between("Here we go again", ("Over the hills, yes", "To the far mountains"))
    assert kept(chain(*texts)) == texts


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.integers(0, 2))
def test_all_rows_go_or_none_and_only_for_three_texts_of_which_one_is_there_thrice(
    texts: list[str], gap: int
) -> None:
    rows = chain(*(f"x{text}x" for text in texts), gap=gap)
    left = [each for each in rows if each not in prints_of(rows)]
    assert left in (rows, [])
    if rows and not left:
        assert gap < 2 and len(set(texts)) > 2 and max(map(texts.count, texts)) > 2


# What was laid over print


MIDDLE = Box(500, 632, 780, 668)


def overs(*texts: str, box: Box = MIDDLE) -> list[Row]:
    """Rows laid over a line that comes back after each."""
    return [
        replace(row(20 + 40 * n, 40 + 40 * n, text, box), over=True) for n, text in enumerate(texts)
    ]


def test_what_stands_over_print_is_kept_instead_of_it() -> None:
    over = overs("I see you.", "Where are you?")
    prints = prints_of(chain(*between(LINE, COVERED[:2])), over)
    assert [each.text for each in prints] == between(LINE, COVERED[:2])
    assert over_prints(over, prints) == over


def test_three_texts_laid_over_a_line_make_it_print_though_it_is_misread() -> None:
    rows = chain(*(f"{text}{n}" for n, text in enumerate(between(LINE, COVERED))))
    over = overs("I see you.", "Where are you?", "Never!")
    assert prints_of(rows, over[:2]) == []
    assert prints_of(rows, over) == rows
    beside = row(20, 40, "I see you.", Box(540, 560, 740, 600))
    assert beside not in prints_of([*rows, beside], over)


def test_what_was_laid_over_no_print_is_left_out() -> None:
    rows = chain("Wait for me.", "Wait for him.", "Wait for me.", box=Box(500, 630, 780, 670))
    over = overs("him", box=Box(660, 632, 740, 668))
    assert prints_of(rows, over) == []
    assert over_prints(over, []) == []
