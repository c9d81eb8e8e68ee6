from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.films import frame_of, marked
from vidocr.model import Luma
from vidocr.stages.luma import Area, Geometry, Orientation, crop, plane_of

UPRIGHT = Orientation()
ALL = Area(0, 0, 10_000, 10_000)


def shown(frame: Any, area: Area = ALL, turn: Orientation = UPRIGHT) -> Luma:
    geometry = Geometry.of(frame.width, frame.height, None, turn)
    return crop(plane_of(frame), geometry.cut(area), turn)


VIEWED_8 = [
    "yuv420p",
    "yuv422p",
    "yuv444p",
    "yuv440p",
    "yuv411p",
    "yuv410p",
    "yuva420p",
    "nv12",
    "nv21",
    "nv16",
    "nv24",
]
VIEWED_16 = [
    "yuv420p9le",
    "yuv420p10le",
    "yuv422p10le",
    "yuv444p10le",
    "yuv420p12le",
    "yuv444p16le",
    "p010le",
    "p016le",
    "p210le",
]
VIEWED = [*VIEWED_8, *VIEWED_16]
CONVERTED = [
    "yuyv422",
    "uyvy422",
    "yuv420p10be",
    "gbrp",
    "rgb24",
    "bgra",
    "rgb48le",
    "ya8",
    "gbrp10le",
    "y210le",
]


@pytest.mark.parametrize("pix_fmt", [*VIEWED, *CONVERTED])
def test_every_format_gives_the_same_levels(pix_fmt: str) -> None:
    luma = shown(frame_of(marked(), pix_fmt))
    assert luma.dtype == np.uint8
    assert luma.shape == (48, 64)
    assert np.abs(luma.astype(int) - marked()).max() <= 3


@pytest.mark.parametrize("pix_fmt", ["yuvj420p", "yuvj444p", "gray", "gray10le", "gray16le"])
def test_full_range_is_squeezed_to_the_levels_of_limited_range(pix_fmt: str) -> None:
    luma = shown(frame_of(marked(), pix_fmt))
    assert np.abs(luma.astype(int) - marked()).max() <= 3


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "nv12", "p010le"])
def test_full_range_may_be_told_by_the_frame(pix_fmt: str) -> None:
    frame = frame_of(np.full((16, 16), 235, np.uint8), pix_fmt)
    assert shown(frame)[0, 0] == 235
    frame.color_range = 2
    assert shown(frame)[0, 0] == 218


@pytest.mark.parametrize("pix_fmt", VIEWED)
def test_the_plane_is_a_view(pix_fmt: str) -> None:
    plane = plane_of(frame_of(marked(), pix_fmt))
    assert plane.samples.base is not None
    assert plane.samples.shape == (48, 64)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "nv12", "p010le"])  # two as devices give them
def test_odd_sizes(pix_fmt: str) -> None:
    picture = np.arange(37 * 23, dtype=np.uint16).reshape(37, 23).astype(np.uint8) // 2 + 20
    frame = frame_of(picture, pix_fmt)
    assert np.abs(shown(frame).astype(int) - picture).max() <= 1
    assert shown(frame, Area(22, 36, 1, 1)).shape == (1, 1)


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("flip_x", [False, True])
@pytest.mark.parametrize("flip_y", [False, True])
def test_a_part_is_the_same_cut_before_or_after_turning(
    transpose: bool, flip_x: bool, flip_y: bool
) -> None:
    turn = Orientation(transpose, flip_x, flip_y)
    frame = frame_of(marked(), "yuv420p")
    whole = shown(frame, turn=turn)
    assert (whole == turn.apply(marked())).all()
    assert (shown(frame, Area(3, 5, 40, 31), turn) == whole[5:36, 3:43]).all()
    half = shown(frame, Area(0, 0, 1000, 1000, 0.5), turn)
    assert half.shape == tuple(n // 2 for n in whole.shape)
    assert np.abs(half.astype(int) - whole[::2, ::2]).max() <= 1


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("flip_x", [False, True])
@pytest.mark.parametrize("flip_y", [False, True])
def test_any_picture_can_be_turned_to_its_left(transpose: bool, flip_x: bool, flip_y: bool) -> None:
    turn = Orientation(transpose, flip_x, flip_y)
    assert (turn.to_the_left.apply(marked()) == np.rot90(turn.apply(marked()))).all()


def test_nearest_orientation_of_a_display_matrix() -> None:
    one = 65536
    assert Orientation.of_matrix((one, 0, 0, 0, one, 0, 0, 0, 0)) == UPRIGHT
    quarter = Orientation.of_matrix((0, one, 0, -one, 0, 0, 0, 0, 0))
    assert quarter.clockwise_deg == 90
    assert Orientation.of_matrix((9, one, 0, -one, 9, 0, 0, 0, 0)) == quarter
    assert Orientation.of_matrix((0,) * 9) == UPRIGHT


@pytest.mark.parametrize("sar", [None, Fraction(0), Fraction(1), Fraction(1, 10**6), Fraction(999)])
def test_missing_and_absurd_aspect_ratios_count_as_square(sar: Fraction | None) -> None:
    assert Geometry.of(64, 48, sar, UPRIGHT).displayed == (64, 48)


def test_pal_widescreen_is_1024_wide() -> None:
    geometry = Geometry.of(720, 576, Fraction(64, 45), UPRIGHT)
    assert geometry.displayed == (1024, 576)
    cut = geometry.cut(Area(512, 0, 512, 100))
    assert (cut.columns, cut.rows, cut.size) == (slice(360, 720), slice(0, 100), (512, 100))


def test_areas_outside_the_picture_are_clamped_to_one_pixel() -> None:
    geometry = Geometry.of(64, 48, None, UPRIGHT)
    cut = geometry.cut(Area(100, 100, 5, 5))
    assert (cut.columns, cut.rows) == (slice(63, 64), slice(47, 48))
    assert geometry.cut(Area(-9, -9, 12, 12)).columns == slice(0, 3)


def test_rows_that_run_upwards(tmp_path: Path) -> None:
    """Raw AVI stores its rows from the bottom up."""
    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("rawvideo", 25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr24"
        output.mux(stream.encode(frame_of(marked(), "bgr24")))
        output.mux(stream.encode())
    with av.open(str(path)) as source:
        frame = next(source.decode(video=0))
        assert np.abs(shown(frame).astype(int) - marked()).max() <= 3
