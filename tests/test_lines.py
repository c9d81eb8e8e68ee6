import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenes import BAND, SIZE, STEP_US, box_of, line, ring_of, scene
from vidocr.model import Box, Luma
from vidocr.stages.lines import Exposures, FollowedLine, Segment, Walk, join_rows
from vidocr.stages.strokes import Match, Rect

STANDS = Match(0.95, 0.9, 1.0)
ABSENT = Match(0.1, 0.0, 1.0)
FADED = Match(0.9, 0.9, 0.01)
PART = Match(0.9, 0.1, 1.0)

# Walking along a line


@pytest.mark.parametrize("gone", [ABSENT, FADED])
def test_a_line_is_gone_after_two_frames_without_it(gone: Match) -> None:
    walk = Walk()
    assert [walk.step(match) for match in (STANDS, gone, STANDS, gone, gone)] == [0, 0, 0, 0, 2]
    assert not walk.only_part


def test_a_part_is_gone_after_three_frames() -> None:
    walk = Walk()
    assert [walk.step(match) for match in (PART, PART, STANDS, PART, PART, PART)] == [0] * 5 + [3]
    assert walk.only_part


# Pictures to read


@pytest.mark.parametrize("count", [1, 3, 4, 5, 40, 500])
def test_exposures_are_the_mean_of_few_frames_spread_over_the_time(count: int) -> None:
    exposures = Exposures()
    for index in range(count):
        exposures.add(index, np.full((2, 3), 200 * index // max(1, count - 1), np.uint8))
    mean = exposures.mean(0, count)
    assert mean.dtype == np.uint8 and mean.shape == (2, 3)
    if count > 2:
        assert int(mean[0, 0]) == pytest.approx(100, abs=12)


def test_the_outermost_frames_are_left_out_where_there_are_enough() -> None:
    exposures = Exposures()
    for index in range(10):
        exposures.add(index, np.full((2, 2), 0 if index in (0, 9) else 90, np.uint8))
    assert (exposures.mean(0, 10) == 90).all()


# A followed line

HELLO = line("Hello, my friend.", 10, 25)


def follow(lumas: list[Luma], seed: int, text: str = HELLO.text) -> tuple[int, int, list[Segment]]:
    """First frame, end and segments of a line that was detected in frame ``seed``."""
    box = box_of(line(text, 0, 1))
    ring = ring_of(lumas[: seed + 3])
    found = FollowedLine.sow(seed, box, ring, Rect.around(box, SIZE[::-1], 9, 9))
    assert found is not None
    segments: list[Segment] = []
    for index in range(found.first, seed + 3):
        segments += found.advance(ring[index], ring)
    for sample in [ring_of(lumas)[index] for index in range(seed + 3, len(lumas))]:
        if found.end is None:
            ring.push(sample)
            segments += found.advance(sample, ring)
    if found.end is None:
        segments += found.close(len(lumas), len(lumas) * STEP_US, ring)
    assert found.end is not None
    return found.first, found.end, segments


@pytest.mark.parametrize("seed", [11, 17, 21])
def test_a_line_is_followed_both_ways_from_any_of_its_frames(seed: int) -> None:
    first, end, segments = follow(scene(35, HELLO), seed)
    assert (first, end) == (10, 25)
    (segment,) = segments
    assert (segment.start_us, segment.end_us) == (10 * STEP_US, 25 * STEP_US)
    assert (segment.before, segment.after) == (None, None)


def test_a_slightly_changed_glyph_makes_two_segments() -> None:
    before, after = line("Please read this", 5, 17), line("Please road this", 17, 30)
    first, end, segments = follow(scene(35, before, after), 8, before.text)
    assert (first, end) == (5, 30)
    assert [(s.first, s.end) for s in segments] == [(5, 17), (17, 30)]
    assert segments[0].after == segments[1].before
    assert segments[0].after is not None
    assert segments[0].before is None and segments[1].after is None


@pytest.mark.parametrize(
    "words,others", [("Room 214 is free.", "Room 215 is free."), ("今天是星期五", "今天是星期六")]
)
def test_a_line_ends_where_a_glyph_becomes_another(words: str, others: str) -> None:
    lumas = scene(35, line(words, 5, 17), line(others, 17, 30))
    first, end, _ = follow(lumas, 8, words)
    assert (first, end) == (5, 17)


def test_a_box_without_strokes_is_not_followed() -> None:
    ring = ring_of(scene(10))
    assert FollowedLine.sow(5, Box(100, 20, 300, 50), ring, Rect(90, 10, 310, 60)) is None


def test_a_box_too_small_for_a_glyph_is_not_followed() -> None:
    ring = ring_of(scene(10, line("Hello.", 0, 10)))
    assert FollowedLine.sow(5, Box(200, 30, 201, 60), ring, Rect(190, 10, 210, 60)) is None


# Rows


def test_boxes_on_one_row_are_joined_in_any_order() -> None:
    boxes = [Box(200, 11, 300, 41), Box(0, 10, 100, 40), Box(110, 12, 190, 40)]
    assert join_rows(boxes) == [Box(0, 10, 300, 41)]


@pytest.mark.parametrize(
    "other",
    [Box(200, 10, 300, 40), Box(110, 40, 200, 70), Box(110, 30, 200, 60), Box(110, 20, 200, 32)],
    ids=["far", "below", "lower", "smaller"],
)
def test_boxes_that_stand_apart_are_rows_of_their_own(other: Box) -> None:
    assert join_rows([Box(0, 10, 100, 40), other]) == [Box(0, 10, 100, 40), other]


@given(
    st.lists(
        st.builds(
            lambda x, y, w, h: Box(x, y, x + w, y + h),
            *(st.integers(0, int(BAND.width)), st.integers(0, 80)),
            *(st.integers(1, 200), st.integers(1, 60)),
        ),
        max_size=12,
    )
)
def test_rows_cover_all_boxes_and_no_more_than_them(boxes: list[Box]) -> None:
    rows = join_rows(boxes)
    assert len(rows) <= len(boxes)
    for box in boxes:
        assert any(row.union(box) == row for row in rows)
    for row in rows:
        inside = [box for box in boxes if row.union(box) == row]
        assert row.x0 == min(box.x0 for box in inside)
        assert row.y1 == max(box.y1 for box in inside)
