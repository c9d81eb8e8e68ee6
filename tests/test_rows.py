from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidocr.model import Box, Line, Reading, Span
from vidocr.stages.rows import Row, by_time, join_rows_in_time, rows_of

FRAME_US = 40_000
GAP_US = 80_000


def box_for(text: str, x: float = 640, y: float = 650) -> Box:
    """Where a text stands that is centred on ``x``: 20 px a character, 40 px tall."""
    half = 10 * len(text)
    return Box(x - half, y - 20, x + half, y + 20)


def row(start: int, end: int, text: str, box: Box | None = None, confidence: float = 0.95) -> Row:
    """A row that stands in the frames ``start`` to ``end`` (exclusive)."""
    at = box or box_for(text)
    return Row(start * FRAME_US, end * FRAME_US, FRAME_US, text, confidence, at, 0)


def cut(*rows: Row, columns: tuple[float, float]) -> list[Row]:
    """Rows of one line that were parted where the glyphs in ``columns`` changed."""
    return [
        replace(
            each,
            changed_before=columns if i else None,
            changed_after=columns if i < len(rows) - 1 else None,
        )
        for i, each in enumerate(rows)
    ]


def joined(*rows: Row) -> list[tuple[int, int, str]]:
    return [
        (each.start_us // FRAME_US, each.end_us // FRAME_US, each.text)
        for each in join_rows_in_time(rows, GAP_US)
    ]


# Readings to rows


def reading(*lines: Line) -> Reading:
    image = np.zeros((60, 400), np.uint8)
    box = Box(100, 600, 500, 640)
    return Reading(Span(0, box, 400_000, 1_400_000, 25, image, box), lines, "fake")


def test_a_row_has_the_lines_of_a_reading_from_left_to_right() -> None:
    lines = (
        Line("two", Box(300, 601, 400, 641), 0.9),
        Line(" one ", Box(100, 600, 200, 640), 0.8),
    )
    (found,) = rows_of([reading(*lines)])
    assert found.text == "one two"
    assert found.box == Box(100, 600, 400, 641)
    assert found.confidence == 0.8
    assert (found.start_us, found.end_us, found.frame_us) == (400_000, 1_400_000, 40_000)
    assert found.lived_us == 1_000_000


@pytest.mark.parametrize("text", ["", "...", "—", " ?! "])
def test_readings_without_a_letter_are_no_rows(text: str) -> None:
    assert list(rows_of([reading(Line(text, Box(1, 1, 2, 2), 1.0)), reading()])) == []


# Joining


def test_a_line_read_alike_with_a_gap_of_two_frames_is_one() -> None:
    assert joined(row(0, 20, "Come in."), row(22, 40, "Come in.")) == [(0, 40, "Come in.")]


def test_a_line_that_comes_back_later_is_another() -> None:
    rows = row(0, 20, "Come in."), row(23, 40, "Come in.")
    assert joined(*rows) == [(0, 20, "Come in."), (23, 40, "Come in.")]


def test_different_lines_back_to_back_stay_apart() -> None:
    assert len(joined(row(0, 20, "Come in."), row(20, 40, "Sit down."))) == 2


@pytest.mark.parametrize(
    "first,second",
    [
        ("Room 214 is free now.", "Room 215 is free now."),
        ("I can do it.", "I can't do it."),
        ("He was there.", "She was there."),
        ("今天是星期五", "今天是星期六"),
    ],
)
def test_cues_that_are_nearly_the_same_stay_apart(first: str, second: str) -> None:
    assert joined(row(0, 25, first), row(25, 50, second)) == [(0, 25, first), (25, 50, second)]


def test_the_same_words_in_two_places_at_once_are_two_lines() -> None:
    low, high = row(0, 25, "Come in."), row(0, 25, "Come in.", box_for("Come in.", y=60))
    assert len(joined(low, high)) == 2


def test_a_question_and_its_answer_are_two_lines() -> None:
    question, answer = (
        row(0, 25, "You are ready?"),
        row(25, 50, "You are ready.", box_for("You are ready.")),
    )
    moved = replace(answer, box=answer.box.moved(12, 0))
    assert len(joined(question, moved)) == 2
    assert len(joined(question, answer)) == 1


def test_punctuation_read_in_two_ways_is_one_line() -> None:
    assert len(joined(row(0, 25, "Wait, I am coming."), row(25, 50, "Wait. I am coming"))) == 1


def test_the_reading_seen_longer_and_surer_wins() -> None:
    box = box_for("Come in, my friend.")
    short, long = row(0, 5, "Come 1n, my friend.", box), row(5, 50, "Come in, my friend.", box)
    unsure = replace(short, confidence=0.6)
    assert joined(unsure, long) == [(0, 50, "Come in, my friend.")]
    later = row(45, 50, "Come 1n, my friend.", box, 0.6)
    assert joined(row(0, 45, "Come in, my friend.", box), later) == [(0, 50, "Come in, my friend.")]


def test_the_ghost_of_a_fade_joins_its_line() -> None:
    line = row(8, 50, "The wind came back.")
    ghost = row(0, 8, "The wnd cane bck", line.box, 0.85)
    assert joined(ghost, line) == [(0, 50, "The wind came back.")]
    fading = row(50, 58, "Tne wnd came beck", line.box, 0.85)
    assert joined(line, fading) == [(8, 58, "The wind came back.")]


@pytest.mark.parametrize(
    ("first", "second"), [("No.", "No, no."), ("我知道", "我不知道"), ("I can see.", "I see.")]
)
def test_short_cues_that_share_words_are_no_ghosts(first: str, second: str) -> None:
    box = box_for("I can see.")
    assert len(joined(row(0, 10, first, box), row(10, 21, second, box))) == 2


def test_a_misread_glyph_is_mended_beside_another_row() -> None:
    upper = cut(
        row(0, 25, "Room 214", box_for("Room 214")),
        row(25, 30, "Room 211", box_for("Room 214")),
        row(30, 60, "Room 214", box_for("Room 214")),
        columns=(box_for("Room 214").x1 - 10, box_for("Room 214").x1),
    )
    lower = row(0, 60, "Ask at the desk.", box_for("Ask at the desk.").moved(0, 50))
    rows = sorted([*upper, lower], key=lambda each: (each.start_us, each.end_us))
    assert (0, 60, "Room 214") in joined(*rows)
    assert len(joined(*rows)) == 2


def test_a_longer_line_seen_for_a_moment_is_no_ghost() -> None:
    line, longer = row(0, 40, "The wind"), row(40, 48, "The wind came back to us.")
    assert len(joined(line, longer)) == 2


def test_two_views_of_one_line_at_once_are_one() -> None:
    whole, part = row(0, 50, "Nobody said a word."), row(10, 50, "said a word.")
    assert joined(whole, part) == [(0, 50, "Nobody said a word.")]


def test_the_whole_line_wins_over_a_part_that_stood_longer() -> None:
    part, whole = row(0, 24, "said a word."), row(10, 24, "Nobody said a word.")
    assert joined(part, whole) == [(0, 24, "Nobody said a word.")]
    unsure = replace(whole, confidence=0.6)
    assert joined(part, unsure) == [(0, 24, "said a word.")]


def test_lines_that_overlap_in_time_and_differ_are_parted_in_the_middle() -> None:
    assert joined(row(0, 30, "Come in."), row(26, 60, "Sit down, please.")) == [
        (0, 28, "Come in."),
        (28, 60, "Sit down, please."),
    ]


def test_a_row_that_lives_for_a_frame_is_dropped() -> None:
    assert joined(row(0, 1, "Hm")) == []


# Cuts at one glyph

BOX = box_for("Room 214 is free now.")
DIGIT = (BOX.x0 + 7 * 20, BOX.x0 + 8 * 20)
PERIOD = (BOX.x1 - 20, BOX.x1)


def room(start: int, end: int, number: str, confidence: float = 0.95) -> Row:
    return row(start, end, f"Room {number} is free now.", BOX, confidence)


def test_a_cut_is_kept_where_the_letters_differ_where_the_pixels_changed() -> None:
    rows = cut(room(0, 25, "214"), room(25, 50, "215"), columns=DIGIT)
    assert [text for *_, text in joined(*rows)] == [r.text for r in rows]


def test_a_cut_is_mended_where_the_letters_differ_elsewhere() -> None:
    rows = cut(room(0, 25, "214"), room(25, 40, "274", 0.7), columns=PERIOD)
    assert joined(*rows) == [(0, 40, "Room 214 is free now.")]


def test_a_cut_without_a_difference_is_mended() -> None:
    rows = cut(room(0, 25, "214"), room(25, 50, "214"), columns=DIGIT)
    assert joined(*rows) == [(0, 50, "Room 214 is free now.")]


def test_a_cut_between_quite_different_readings_is_kept() -> None:
    rows = cut(room(0, 25, "214"), row(25, 50, "Sit down, please.", BOX), columns=PERIOD)
    assert len(joined(*rows)) == 2


def test_a_misreading_between_two_equal_readings_is_mended() -> None:
    rows = cut(room(0, 25, "214"), room(25, 30, "211"), room(30, 60, "214"), columns=DIGIT)
    assert joined(*rows) == [(0, 60, "Room 214 is free now.")]


def test_three_different_readings_are_three_lines() -> None:
    rows = cut(room(0, 25, "214"), room(25, 50, "215"), room(50, 75, "216"), columns=DIGIT)
    assert len(joined(*rows)) == 3


WORDS = ("Come in.", "Come 1n.", "Sit down.", "Room 214", "Room 215", "No!", "你好")


@given(
    st.lists(
        st.builds(
            lambda start, length, text, y, confidence: row(
                start, start + length, text, box_for(text, y=y), confidence
            ),
            *(st.integers(0, 100), st.integers(2, 60), st.sampled_from(WORDS)),
            *(st.sampled_from([60, 600, 650]), st.floats(0.5, 1)),
        ),
        max_size=10,
    )
)
def test_joined_rows_keep_to_the_time_that_was_seen(rows: list[Row]) -> None:
    rows.sort(key=by_time)
    found = join_rows_in_time(rows, GAP_US)
    assert len(found) <= len(rows)
    for each in found:
        assert each.start_us < each.end_us
        assert each.text in [r.text for r in rows]
        assert each.start_us >= min(r.start_us for r in rows)
        assert each.end_us <= max(r.end_us for r in rows)


@given(st.integers(2, 50), st.integers(0, 2), st.integers(2, 50))
def test_joining_joined_rows_changes_nothing(first: int, gap: int, second: int) -> None:
    rows = [
        row(0, first, "Come in."),
        row(first + gap, first + gap + second, "Come in."),
        row(first + second + 60, first + second + 90, "Sit down."),
    ]
    once = join_rows_in_time(rows, GAP_US)
    assert len(once) == 2
    assert join_rows_in_time(once, GAP_US) == once


# Proof


def test_an_outvoted_reading_is_kept_beside_the_chosen_one() -> None:
    (found,) = join_rows_in_time(
        [row(0, 50, "It was late."), row(50, 60, "lt was late.", confidence=0.5)], GAP_US
    )
    assert (found.text, found.others) == ("It was late.", ("lt was late.",))


def test_pictures_are_kept_where_they_are_wanted() -> None:
    lines = [reading(Line("one", Box(100, 600, 200, 640), 0.8))]
    (plain,), (pictured,) = rows_of(lines), rows_of(lines, pictures=True)
    assert plain.picture == b""
    shown = cv2.imdecode(np.frombuffer(pictured.picture, np.uint8), cv2.IMREAD_UNCHANGED)
    assert shown is not None and shown.shape == (60, 400)


def test_a_mark_read_before_a_scene_cut_alone_makes_no_other_line() -> None:
    rows = [row(0, 9, "Dón't worry."), row(9, 60, "Don't worry.")]
    (joined,) = join_rows_in_time(rows, 0)
    assert joined.text == "Don't worry."
    apart = [row(0, 9, "Dón't worry."), row(12, 60, "Don't worry.")]
    assert len(join_rows_in_time(apart, 4 * FRAME_US)) == 2
    kana = [row(0, 9, "かき"), row(9, 60, "がき")]
    assert len(join_rows_in_time(kana, 0)) == 2
