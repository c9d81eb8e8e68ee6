from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from tests.backdrops import snow
from tests.clips import Place, Style, Text
from tests.scenes import InkDetector, box_of, scene
from vidocr.model import Box, Frame, Luma, Region
from vidocr.stages.audit import audited
from vidocr.stages.regions import (
    COLUMNS,
    different_texts,
    given,
    holds,
    vote,
)
from vidocr.stages.sightings import Pair, Sighting, sightings

HD = (1280, 720)
PAIRS = 16
TALLEST = 0.16


def picture(seed: int, width: float = 400, height: float = 40) -> Luma:
    """What one text looks like and no other does."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 60)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (int(width), int(height))), np.uint8)


def seen(
    seed: int, y: float, *, x: float = 640, width: float = 400, height: float = 40
) -> Sighting:
    """A row of text around (x, y)."""
    box = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return Sighting(box, picture(seed, width, height))


def row(y: float, count: int = 8, first: int = 0, x: float = 640) -> list[Sighting]:
    """Different texts of different widths, centred."""
    return [seen(first + i, y, x=x, width=300 + 37 * (i % 5)) for i in range(count)]


def looked(
    found: Sequence[Sighting], size: tuple[int, int] = HD, pairs: int = PAIRS
) -> tuple[Region, ...]:
    return vote(found, size, pairs, TALLEST)


def test_nothing_seen_is_no_place() -> None:
    assert looked([]) == ()


@pytest.mark.parametrize("y", [60, 240, 360, 660])
def test_rows_of_changing_text_in_the_middle_are_a_place(y: float) -> None:
    (region,) = looked(row(y))
    assert (region.x, region.width, region.line_height) == (0, 1280, 40)
    assert region.y < y - 20 and y + 20 < region.y + region.height
    assert region.y % 8 == 0 and region.height <= 200


def test_there_is_room_for_a_second_row_towards_the_middle_of_the_picture() -> None:
    (low,), (high,) = looked(row(640)), looked(row(60))
    assert low.y <= 640 - 20 - 60
    assert high.y + high.height >= 60 + 20 + 60


def test_a_region_ends_where_the_picture_does() -> None:
    (low,), (high,) = looked(row(698)), looked(row(22))
    assert low.y + low.height == 720
    assert high.y == 0


def test_the_top_and_the_bottom_are_two_places_top_first() -> None:
    high, low = looked(row(650) + row(60, first=50))
    assert high.y < low.y


def test_two_rows_of_one_subtitle_are_one_region() -> None:
    (region,) = looked(row(600) + row(650, first=50))
    assert region.y < 580 and region.y + region.height > 670


def test_the_lower_part_of_the_upper_third_of_a_portrait_picture() -> None:
    found = [seen(i, 390, x=270, width=200 + 20 * i, height=30) for i in range(6)]
    (region,) = looked(found, (540, 960))
    assert region.y < 375 and region.y + region.height > 405


def test_a_strip_may_hold_lines_as_tall_as_itself_and_anywhere() -> None:
    found = [seen(i, 45, x=300 + 130 * i, width=200, height=60) for i in range(5)]
    (region,) = looked(found, (1120, 90))
    assert region == Region(0, 0, 1120, 90, 60)


def test_a_text_that_stands_in_all_stills_is_a_logo() -> None:
    assert looked([seen(1, 60) for _ in range(PAIRS)]) == ()
    (region,) = looked([seen(1, 60) for _ in range(PAIRS)] + row(650, first=20))
    assert region.y > 500


def test_in_a_film_of_few_stills_a_standing_text_may_be_a_subtitle() -> None:
    assert len(looked([seen(1, 650) for _ in range(4)], pairs=4)) == 1


def test_texts_of_the_same_extents_are_told_apart_by_their_pictures() -> None:
    assert len(looked([seen(i, 650) for i in range(PAIRS)])) == 1


@pytest.mark.parametrize("x", [250, 900, 1100])
def test_text_off_the_centre_is_of_the_scene(x: float) -> None:
    assert looked(row(400, x=x)) == ()


def test_text_at_changing_places_is_of_the_scene() -> None:
    found = [seen(i, 400, x=340 + 120 * i) for i in range(6)]
    assert looked(found) == ()


@pytest.mark.parametrize("y", [80, 650])
def test_texts_left_and_right_on_one_row_near_the_edge_are_a_place(y: float) -> None:
    found = [seen(i, y + i % 3, x=x) for i, x in enumerate((300, 960, 340, 1000))]
    (region,) = looked(found)
    assert region.y < y - 20 and y + 20 < region.y + region.height


@pytest.mark.parametrize(
    "xs,sway",
    [((300, 960), 0), ((200, 260, 330, 420), 0), ((300, 960, 340, 1000), 10)],
    ids=["too few", "on one side", "not level"],
)
def test_other_texts_off_the_middle_are_of_the_scene(xs: tuple[float, ...], sway: float) -> None:
    found = [seen(i, 650 + sway * (i % 2), x=x) for i, x in enumerate(xs)]
    assert looked(found * 2) == ()


def test_rows_with_one_left_edge_are_a_place() -> None:
    found = [seen(i, 650, x=200 + (200 + 40 * i) / 2, width=200 + 40 * i) for i in range(6)]
    assert len(looked(found)) == 1


@pytest.mark.parametrize("height", [4, 200])
def test_lines_too_small_or_too_tall_are_none(height: float) -> None:
    assert looked([seen(i, 400, height=height) for i in range(6)]) == ()


def test_a_place_with_little_text_beside_a_main_one_is_dropped() -> None:
    assert len(looked(row(650, count=16) + row(300, count=1, first=50))) == 1
    assert len(looked(row(650, count=4) + row(300, count=1, first=50))) == 2


def hung(count: int, step: float, slip: float) -> list[Sighting]:
    """Rows with nearly one left edge, each ``step`` below the one before or above it."""
    return [
        seen(i, 300 + step * (i % 3), x=40 + 60 + 20 * i + slip * (i % 3), width=120 + 40 * i)
        for i in range(count)
    ]


@pytest.mark.parametrize("step,slip", [(0, 12), (50, 0), (50, 12)])
def test_columns_that_lie_may_stand_side_by_side_and_begin_less_exactly(
    step: float, slip: float
) -> None:
    found = hung(6, step, slip)
    size = (720, 1280)
    (region,) = vote(found, size, PAIRS, TALLEST, least=3, alike=COLUMNS)
    assert all(holds([region], each.box) for each in found)
    assert vote(found, size, PAIRS, TALLEST, least=3) == ()


def test_a_column_is_no_row() -> None:
    assert looked([seen(i, 400, width=40, height=160) for i in range(8)]) == ()
    assert given((0, 300, 1280, 200), [seen(1, 400, width=40, height=120)], 720).line_height < 40


def test_a_place_may_be_asked_for_several_different_texts() -> None:
    same = [seen(1, 300) for _ in range(5)]
    assert len(vote(row(300, count=3), HD, PAIRS, TALLEST, least=3)) == 1
    assert vote(row(300, count=2), HD, PAIRS, TALLEST, least=3) == ()
    assert vote(same, HD, PAIRS, TALLEST, least=3) == ()
    assert len(vote(same, HD, PAIRS, TALLEST)) == 1


def test_hundreds_of_sightings_are_voted_on_like_few() -> None:
    logo = [seen(999, 60) for _ in range(150)]
    (region,) = looked(row(650, count=150) + logo, pairs=150)
    assert region.y > 500


@pytest.mark.parametrize("height", range(1, 9))
def test_pictures_of_few_pixels_do_no_harm(height: int) -> None:
    box = Box(540, 640, 740, 652)
    found = [Sighting(box, picture(seed, 60, height)) for seed in range(PAIRS)]
    assert len(looked(found)) == (height > 2)


boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    *(st.floats(0, 1200), st.floats(0, 700), st.floats(5, 900), st.floats(2, 150)),
)


@settings(max_examples=50, deadline=None)
@for_all(st.lists(boxes, max_size=12), st.integers(1, 40))
def test_regions_lie_in_the_picture_and_apart(found: list[Box], pairs: int) -> None:
    here = [Sighting(box, picture(i, 30, 8)) for i, box in enumerate(found)]
    regions = looked(here, pairs=pairs)
    for region in regions:
        assert region.x == 0 and region.width == 1280
        assert 0 <= region.y < region.y + region.height <= 720
        assert region.line_height >= 6
    assert list(regions) == sorted(regions, key=lambda region: region.y)


# Named regions


def test_a_named_region_takes_its_line_height_from_what_was_seen_there() -> None:
    assert given((100, 600, 1000, 100), row(650), 720) == Region(100, 600, 1000, 100, 40)


def test_a_named_region_without_text_gets_a_usual_line_height() -> None:
    assert given((0, 600, 1280, 100), row(100), 720).line_height == pytest.approx(39.6)
    assert given((0, 600, 1280, 20), [], 720).line_height == 18
    assert given((1200, 600, 80, 100), [seen(1, 650, height=20)], 720).line_height != 20


def test_a_region_holds_rows_that_lie_mostly_in_it() -> None:
    regions = [Region(0, 600, 1280, 80, 40)]
    assert holds(regions, Box(100, 610, 300, 650))
    assert holds(regions, Box(100, 590, 300, 630))
    assert not holds(regions, Box(100, 570, 300, 610))
    assert not holds(regions, Box(100, 100, 300, 140))
    assert not holds([], Box(100, 610, 300, 650))


def test_texts_are_different_where_their_pictures_are() -> None:
    assert different_texts([seen(1, 650), seen(2, 650)])
    assert different_texts([seen(1, 650), seen(1, 100)])
    assert not different_texts([seen(1, 650), seen(1, 650)])
    assert not different_texts([seen(1, 650)])
    assert not different_texts([])


# What a pair of stills shows

SIZE = (480, 300)
STYLE = Style(size=0.1)
HELLO = Text(0, 1, "Hello, my friend.", STYLE)
BYE = Text(0, 1, "See you then.", STYLE)
UPPER = Text(0, 1, "Above them all.", STYLE, Place(y=0.3))


def still(*texts: Text) -> Luma:
    return scene(1, *texts, size=SIZE)[0]


def test_text_in_both_stills_is_seen() -> None:
    (found,) = sightings(Pair(still(HELLO), still(HELLO), 1.0), InkDetector())
    assert np.allclose(found.box, box_of(HELLO, SIZE), atol=8)
    assert found.picture.shape == pytest.approx((found.box.height, found.box.width), abs=2)
    assert found.picture.max() > 200


@pytest.mark.parametrize("later", [(), (BYE,), (UPPER,)])
def test_text_that_left_is_not_seen(later: tuple[Text, ...]) -> None:
    assert sightings(Pair(still(HELLO), still(*later), 1.0), InkDetector()) == []


def test_boxes_are_in_px_of_the_picture() -> None:
    (found,) = sightings(Pair(still(HELLO), still(HELLO), 2.5), InkDetector())
    assert np.allclose(found.box, box_of(HELLO, SIZE).scaled(2.5), atol=20)


def test_only_what_stands_outside_of_the_regions_is_sought() -> None:
    pair = Pair(still(HELLO, UPPER), still(HELLO, UPPER), 2.0)
    (found,) = sightings(pair, InkDetector(), [Region(0, 480, 960, 120, 60)])
    assert np.allclose(found.box, box_of(UPPER, SIZE).scaled(2), atol=16)
    assert sightings(pair, InkDetector(), [Region(0, 0, 960, 600, 60)]) == []


class Borders:
    """Notes how tall the pictures are that it looks at."""

    def __init__(self) -> None:
        self.heights: list[int] = []
        self._ink = InkDetector()

    def detect(self, luma: Luma) -> list[Box]:
        self.heights.append(luma.shape[0])
        return self._ink.detect(luma)


@pytest.mark.parametrize("y", range(150, 290, 10))
def test_a_line_across_the_border_of_two_strips_is_seen_once(y: int) -> None:
    """Tall stills are looked at in strips; wherever a line stands, it is whole in one of them."""
    size = (300, 700)
    text = Text(0, 1, "On the border", Style(size=32 / 700), Place(y=y / 700))
    luma = scene(1, text, size=size)[0]
    detector = Borders()
    (found,) = sightings(Pair(luma, luma, 1.0), detector)
    assert np.allclose(found.box, box_of(text, size), atol=8)
    assert max(detector.heights) < 400


def test_a_detector_sees_only_where_strokes_stand() -> None:
    looked = Borders()
    assert sightings(Pair(still(), still(), 1.0), looked) == []
    assert sightings(Pair(still(HELLO), still(UPPER), 1.0), looked) == []
    assert looked.heights == []
    sightings(Pair(still(HELLO), still(HELLO), 1.0), looked)
    assert [height < 100 for height in looked.heights] == [True]


def test_text_is_seen_once_for_both_stills_before_a_moving_ground() -> None:
    detector = InkDetector()
    first, second = (scene(1, HELLO, size=SIZE, backdrop=snow(200 + n))[0] for n in range(2))
    found = sightings(Pair(first, second, 1.0), detector)
    assert any(np.allclose(each.box, box_of(HELLO, SIZE), atol=12) for each in found)


# Looking at whole pictures on the way


def audit(wholes: Sequence[Luma | None], regions: Sequence[Region] = ()) -> list[Sighting]:
    found: list[Sighting] = []
    frames = [Frame(i, (), whole) for i, whole in enumerate(wholes)]
    assert list(audited(frames, regions, InkDetector(), 960, found, period_us=2)) == frames
    return found


def test_whole_pictures_are_compared_in_pairs() -> None:
    hello, bye = still(HELLO), still(BYE)
    (found,) = audit([None, None, hello, hello, None, None])
    assert np.allclose(found.box, box_of(HELLO, SIZE).scaled(2), atol=16)
    assert len(audit([hello, hello, bye, bye])) == 2
    assert audit([hello, bye, hello]) == []
    assert audit([None, None]) == []


def test_a_whole_picture_that_is_alone_in_its_period_has_no_pair() -> None:
    hello = still(HELLO)
    assert audit([None, hello, hello, None]) == []
    assert len(audit([None, hello, hello, hello])) == 1


def test_an_audit_passes_over_what_is_followed() -> None:
    hello = still(HELLO)
    assert audit([hello, hello], [Region(0, 480, 960, 120, 60)]) == []


def test_an_audit_is_lazy() -> None:
    found: list[Sighting] = []
    frames = audited(iter([Frame(0, (), still(HELLO))] * 2), (), InkDetector(), 480, found, 9)
    assert next(frames).start_us == 0
    assert found == []
    next(frames)
    assert len(found) == 1
