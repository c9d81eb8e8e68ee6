"""Where a line ends, whatever box a detector gave."""

import cv2
import numpy as np
import pytest

from tests.backdrops import Colour, snow
from tests.clips import Overlay
from tests.scenes import box_of, line, ring_of, scene
from vidocr.model import Box, Image
from vidocr.stages.extents import refined, rest_of, whole

WORDS = line("Wait for me", 0, 9)
INK = box_of(WORDS)


def cut(left: float = 0, right: float = 0, box: Box = INK) -> Box:
    """A box that a detector cut off by so many px, or made so much too wide."""
    return Box(box.x0 + left, box.y0 - 2, box.x1 - right, box.y1 + 2)


def bar(x: int, colour: Colour = (255, 255, 255), y: int = 0, height: int = 80) -> Overlay:
    """An upright bar, as of a window behind the text."""

    def draw(picture: Image, time_s: float) -> None:
        cv2.rectangle(picture, (x, y), (x + 5, y + height - 1), colour, -1)

    return draw


def assert_ends(found: Box, wanted: Box) -> None:
    assert np.allclose((found.x0, found.x1), (wanted.x0, wanted.x1), atol=4), found


@pytest.mark.parametrize("left,right", [(0, 0), (0, 20), (18, 0), (15, 25), (-25, -30)])
def test_ends_are_where_the_strokes_end(left: float, right: float) -> None:
    assert_ends(refined(cut(left, right), 2, ring_of(scene(9, WORDS)), 34), INK)


@pytest.mark.parametrize("text", ["Wait for me...", "Wait for me - -", "“Wait for me”"])
def test_what_a_detector_leaves_out_is_taken_in(text: str) -> None:
    whole = line(text, 0, 9)
    box = box_of(whole)
    assert_ends(refined(cut(12, 30, box), 2, ring_of(scene(9, whole)), 34), box)


def test_what_stands_beyond_a_gap_is_another_line() -> None:
    here, there = line("Wait", 0, 9), line("Wait                  Yes", 0, 9)
    both = box_of(there)
    left = Box(both.x0, both.y0, both.x0 + box_of(here).width, both.y1)
    assert_ends(refined(left, 2, ring_of(scene(9, there)), 34), left)


def test_boxes_of_one_line_are_joined_by_the_dots_between_them() -> None:
    text = line("Wait......for me", 0, 9)
    box = box_of(text)
    parts = [box._replace(x1=box.x0 + 80), box._replace(x0=box.x1 - 110)]
    assert whole(parts, 2, ring_of(scene(9, text)), 34) == [box]
    apart = [part._replace(y0=part.y0 + 30 * row) for row, part in enumerate(parts)]
    assert whole(apart, 2, ring_of(scene(9, text)), 34) == apart


def test_boxes_of_two_lines_on_one_row_stay_two() -> None:
    ring = ring_of(scene(9, line("Wait                  Yes", 0, 9)))
    both = box_of(line("Wait                  Yes", 0, 9))
    parts = [both._replace(x1=both.x0 + 75), both._replace(x0=both.x1 - 55)]
    assert whole(parts, 2, ring, 34) == parts


def test_a_bar_beside_the_line_is_of_the_background() -> None:
    beside = bar(int(INK.x1) + 12)
    ring = ring_of(scene(9, WORDS, overlays=(beside,)))
    assert_ends(refined(cut(right=6), 2, ring, 34), INK)


def test_what_is_darker_than_the_line_is_of_the_background() -> None:
    faint = bar(int(INK.x1) + 12, (130, 130, 130), y=int(INK.y0) + 8, height=10)
    ring = ring_of(scene(9, WORDS, overlays=(faint,)))
    assert_ends(refined(cut(), 2, ring, 34), INK)


def test_what_moves_is_not_of_the_line() -> None:
    ring = ring_of(scene(9, WORDS, backdrop=snow(60)))
    assert_ends(refined(cut(), 2, ring, 34), INK)


@pytest.mark.parametrize("index,other", [(4, 6), (3, 2)])
def test_a_line_of_three_frames_ends_where_it_does_in_all_of_them(index: int, other: int) -> None:
    frames = scene(9, line("Wait for me", 3, 6))
    middle = int(INK.x_centre)
    frames[other][:, :middle] = frames[4][:, :middle]  # as a codec leaves a part behind
    assert_ends(refined(cut(), index, ring_of(frames), 34), INK)


def test_a_box_without_strokes_stays() -> None:
    box = Box(100, 20, 200, 50)
    assert refined(box, 2, ring_of(scene(9)), 34) == box


def test_a_box_at_the_edge_of_the_region_stays_in_it() -> None:
    ring = ring_of(scene(9, WORDS))
    found = refined(Box(-5, -3, 490, 90), 2, ring, 34)
    assert 0 <= found.x0 < found.x1 <= 480


def test_a_box_that_is_too_tall_is_cut_to_a_line() -> None:
    tall = Box(INK.x0, INK.y0 - 20, INK.x1, INK.y1 + 14)
    found = refined(tall, 2, ring_of(scene(9, WORDS)), 34)
    assert found.height < 40
    assert found.y0 <= INK.y0 and INK.y1 <= found.y1


def test_what_is_not_within_is_left_out() -> None:
    ring = ring_of(scene(9, WORDS))
    middle = Box(INK.x0 + 60, INK.y0, INK.x1 - 50, INK.y1)
    assert refined(middle, 2, ring, 34).width > middle.width + 20
    held = refined(middle, 2, ring, 34, within=middle)
    assert middle.x0 - 3 <= held.x0 and held.x1 <= middle.x1 + 3


ROW = Box(100, 20, 600, 60)


@pytest.mark.parametrize(
    "taken,left",
    [
        ([], (100, 600)),
        ([(90, 220)], (220, 600)),
        ([(115, 220), (500, 600)], (220, 500)),
        ([(580, 700)], (100, 580)),
        ([(200, 300)], None),
        ([(100, 570)], None),
    ],
)
def test_the_rest_of_a_row_is_what_others_at_its_ends_leave(
    taken: list[tuple[float, float]], left: tuple[float, float] | None
) -> None:
    rest = rest_of(ROW, [Box(x0, 22, x1, 58) for x0, x1 in taken])
    assert rest == (ROW._replace(x0=left[0], x1=left[1]) if left else None)
