"""The vote on places: which rows of a film stand where subtitles do."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_rows import FRAME_US, box_for, row
from tests.test_timeline import SENTENCES, subtitles
from vidocr.model import Box
from vidocr.stages.rows import Row
from vidocr.stages.support import in_turn, supports_of, with_support, without_slides

WIDTH = 1280
FILM_US = 320 * FRAME_US


def kept(rows: Sequence[Row], film_us: int = FILM_US) -> list[str]:
    return [row.text for row in with_support(rows, WIDTH, film_us, 0.15)]


def coming(rows: Sequence[Row], film_us: int = FILM_US) -> list[str]:
    return [row.text for row in without_slides(rows, WIDTH, film_us)]


def slides(y: float = 100, length: int = 80, count: int = 4) -> list[Row]:
    """Headings that follow each other without a gap, and a second row below each."""
    heads = [f"Part {'abcdefgh'[n]} of it" for n in range(count)]
    return [
        row(length * n, length * (n + 1), text, box_for(text, y=y + 50 * below))
        for n, head in enumerate(heads)
        for below, text in enumerate((head, f"- {head}"))
    ]


# What speaks for a place


def test_a_place_is_supported_by_all_rows_that_stand_there() -> None:
    rows = [*subtitles(), row(10, 20, "Here", Box(100, 100, 200, 140))]
    supports = supports_of(rows, WIDTH)
    assert {(s.time_us, s.covered_us, s.texts) for s in supports[:5]} == {
        (250 * FRAME_US, 250 * FRAME_US, 5)
    }
    assert (supports[5].time_us, supports[5].texts) == (10 * FRAME_US, 1)
    assert supports_of([], WIDTH) == []


def test_a_text_with_letters_of_the_background_is_no_other_text() -> None:
    def texts(*said: str) -> int:
        at = Box(1100, 600, 1240, 640)
        rows = [row(100 * n, 100 * n + 50, text, at) for n, text in enumerate(said)]
        return supports_of(rows, WIDTH)[0].texts

    assert texts("LIVE F", "LIVE", "MLIVE") == 1
    assert texts("Go!", "Go on", "It is 7:30", "It is 7:35", "No", "Not now") == 6


def test_a_word_that_comes_and_goes_beside_subtitles_is_none() -> None:
    at = Box(1100, 610, 1240, 650)
    said = ("LIVE", "LIVE F", "LIVE", "MLIVE")
    words = [row(100 * n, 100 * n + 80, text, at) for n, text in enumerate(said)]
    assert kept([*words, *subtitles()]) == list(SENTENCES)


spans = st.tuples(st.integers(0, 300), st.integers(1, 100))


@given(st.lists(spans, min_size=1, max_size=20))
def test_what_is_covered_is_the_union_of_the_times(times: list[tuple[int, int]]) -> None:
    rows = [row(start, start + length, "Equal") for start, length in times]
    frames = {frame for start, length in times for frame in range(start, start + length)}
    assert {s.covered_us for s in supports_of(rows, WIDTH)} == {len(frames) * FRAME_US}


# Slides


def test_slides_are_none_of_the_subtitles() -> None:
    assert coming([*slides(), *subtitles()]) == list(SENTENCES)


def test_slides_beside_the_middle_may_change_more_often_than_subtitles() -> None:
    boxed = [
        replace(slide, box=Box(100, slide.box.y0, 400, slide.box.y1))
        for slide in slides(length=40, count=8)
    ]
    few = subtitles()[:3]
    assert coming([*boxed, *few]) == list(SENTENCES[:3])
    assert len(coming([*slides(length=40, count=8), *few])) == 19
    beside = [replace(text, box=Box(700, 600, 1000, 640)) for text in few]
    assert len(coming([*boxed, *beside])) == 19


def test_subtitles_without_gaps_are_no_slides() -> None:
    dense = subtitles(stand=60)
    names = [
        row(30 + 90 * n, 60 + 90 * n, text, box_for(text, y=60))
        for n, text in enumerate(("Anna", "Paul", "Lena"))
    ]
    assert len(coming([*dense, *names])) == 8
    assert len(coming(dense)) == 5


def test_two_languages_that_come_together_are_no_slides() -> None:
    lower, upper = subtitles(stand=60), subtitles(y=60, stand=60)
    assert len(coming([*lower, *upper])) == 10


def test_in_a_short_film_there_are_no_slides() -> None:
    rows = [*slides(length=20, count=4), *subtitles()]
    assert coming(rows, 80 * FRAME_US) == [row.text for row in rows]


# Places of subtitles


def test_a_text_that_comes_again_and_again_off_the_middle_is_none() -> None:
    bug = [row(20 + 70 * n, 60 + 70 * n, "LIVE", Box(1100, 40, 1200, 80)) for n in range(4)]
    assert kept([*subtitles(), *bug]) == list(SENTENCES)
    assert kept(bug) == []


def test_a_line_in_turn_with_the_others_may_stand_elsewhere_over_the_middle() -> None:
    high = row(300, 340, "Up here for once.", box_for("Up here for once.", y=60))
    assert kept([*subtitles(), high]) == [*SENTENCES, high.text]


@pytest.mark.parametrize(
    "start,end,text,x,y,confidence",
    [
        (20, 60, "While one stands.", 640, 60, 0.95),
        (300, 340, "Beside the middle.", 700, 60, 0.95),
        (300, 340, "Not well read.", 640, 60, 0.85),
        (300, 310, "Only flashing up.", 640, 60, 0.95),
    ],
)
def test_what_else_stands_elsewhere_does_not(
    start: int, end: int, text: str, x: float, y: float, confidence: float
) -> None:
    other = row(start, end, text, box_for(text, x, y), confidence)
    assert kept([*subtitles(), other]) == list(SENTENCES)


def test_a_sign_of_another_size_over_the_middle_does_not() -> None:
    sign = row(300, 340, "BAKERY", Box(560, 300, 720, 380))
    assert kept([*subtitles(), sign]) == list(SENTENCES)


# Lines left and right, under their speakers


def spoken(*places: float, gap: int = 60, y: float = 650) -> list[Row]:
    """Sentences in turn, each around its own x."""
    return [
        row(300 + gap * n, 350 + gap * n, f"Line {'abcdef'[n]}.", box_for("Line n.", x, y))
        for n, x in enumerate(places)
    ]


def test_lines_left_and_right_of_the_main_place_are_subtitles() -> None:
    assert len(kept([*subtitles(), *spoken(300, 960)])) == 7


def test_speakers_who_never_stand_at_one_place_twice_are_heard() -> None:
    assert len(kept(spoken(200, 900, 350, 1050))) == 4
    assert kept(spoken(200, 900)) == []


def test_who_falls_in_with_another_is_heard_where_others_take_turns() -> None:
    rows = [*spoken(300, 960), row(440, 500, "Line x.", box_for("Line x.", 200))]
    assert len(kept([*subtitles(), *rows])) == 8


@pytest.mark.parametrize("y", [640, 655, 664])
def test_a_sign_beside_subtitles_that_come_and_go_is_none(y: float) -> None:
    signs = [
        row(70 + 20 * n, 200, f"Gate {n}", box_for("Gate n", x, y)) for n, x in ((1, 90), (2, 1190))
    ]
    assert kept([*subtitles(), *signs]) == list(SENTENCES)


def test_lines_on_one_side_alone_or_on_other_rows_are_of_the_scene() -> None:
    assert kept([*subtitles(), *spoken(200, 350)]) == list(SENTENCES)
    assert kept([*subtitles(), *spoken(300, 960, y=500)]) == list(SENTENCES)


longer = st.tuples(st.integers(0, 300), st.integers(3, 100))


@given(st.lists(longer, min_size=1, max_size=12))
def test_of_rows_in_turn_no_two_stand_at_once(times: list[tuple[int, int]]) -> None:
    rows = [row(start, start + length, "Equal") for start, length in times]
    alone = {id(each) for each in in_turn(rows)}
    slack_us = 2 * FRAME_US
    for each in rows:
        shared = [
            min(each.end_us, other.end_us) - max(each.start_us, other.start_us)
            for other in rows
            if other is not each
        ]
        assert (id(each) in alone) == (max(shared, default=0) <= slack_us)
