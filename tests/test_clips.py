"""The clips show what their truth says, frame by frame."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from fixtures.videos.make import CLIPS
from tests.backdrops import Backdrop, busy, cuts, flat, footage, grain, landscape, snow, strokes
from tests.clips import TOP, Clip, FontMissing, Style, Text, draw, patch_of, read_times, render
from tests.distractors import clock, logo, ticker
from tests.encoding import Encoding
from tests.kinds import FULL
from vidocr.model import Cue, Image

SIZE = (320, 180)
LARGE = Style(size=0.12)


def decode(path: Path) -> list[Image]:
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in frames]


def shown(path: Path, cue: Cue) -> list[bool]:
    """For each frame, whether bright text stands where the cue has its place."""
    crops = []
    for picture in decode(path):
        height, width = picture.shape[:2]
        box = cue.place
        rows = slice(int(box.y0 * height), int(box.y1 * height))
        crops.append(picture[rows, int(box.x0 * width) : int(box.x1 * width)])
    return [bool(crop.max() > 200) for crop in crops]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_truth_is_the_pts_of_the_frames_that_show_the_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    fps = Fraction(24000, 1001)
    texts = (Text(5, 12, "First", LARGE), Text(12, 30, "Second", LARGE))
    first, second = render(Clip(SIZE, 1.5, flat(), texts, fps=fps), path)
    assert [i for i, yes in enumerate(shown(path, first)[:12]) if yes] == list(range(5, 12))
    assert sum(shown(path, second)[12:]) == 18
    tolerance_us = 1001  # Matroska rounds to ms
    assert abs(first.start_us - 5 / fps * 1_000_000) < tolerance_us
    assert first.end_us == second.start_us
    assert first.text == "First"


def test_times_of_a_variable_rate_are_kept(tmp_path: Path) -> None:
    times = (Fraction(0), Fraction(1, 25), Fraction(1, 5), Fraction(1, 2), Fraction(3, 5))
    clip = Clip(SIZE, 0, flat(), (Text(1, 3, "Now", LARGE),), times=times)
    (cue,) = render(clip, tmp_path / "vfr.mp4")
    assert (cue.start_us, cue.end_us) == (40_000, 500_000)
    assert read_times(tmp_path / "vfr.mp4")[:5] == [0, 40_000, 200_000, 500_000, 600_000]


def test_a_cue_may_last_to_the_end(tmp_path: Path) -> None:
    clip = Clip(SIZE, 1, flat(), (Text(10, 25, "Last", LARGE),))
    (cue,) = render(clip, tmp_path / "last.mp4")
    assert cue.end_us == 1_000_000


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_rotated_clip_asks_to_be_turned_upright(tmp_path: Path, degrees: int) -> None:
    path = tmp_path / "turned.mp4"
    clip = Clip((180, 320), 0.2, flat(), (Text(0, 5, "Up", LARGE, TOP),), rotation=degrees)
    render(clip, path)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    stored = frame.to_ndarray(format="rgb24")
    assert frame.rotation % 360 == -degrees % 360  # counter-clockwise
    upright = np.rot90(stored, -degrees // 90)
    assert upright.shape[:2] == (320, 180)
    assert upright[:80].max() > 200 > upright[80:].max()


def test_a_fade_rises_and_falls_frame_by_frame() -> None:
    text = Text(10, 30, "Fade", fade_in=4, fade_out=1)
    assert [text.opacity(i) for i in (9, 10, 11, 14, 28, 29, 30)] == [0, 0.2, 0.4, 1, 1, 0.5, 0]


def test_each_style_draws_ink_inside_its_place() -> None:
    for style in (LARGE, Style(0.1, slant=True), Style(0.1, box=0.5), Style(0.1, outline=None)):
        patch = patch_of(Text(0, 1, "Glyphs\n中文字", style), SIZE)
        assert patch.opacity.max() == 1
        assert patch.x >= 0 and patch.x + patch.opacity.shape[1] <= SIZE[0]
        assert patch.y >= 0 and patch.y + patch.opacity.shape[0] <= 0.94 * SIZE[1]


def test_a_glyph_that_the_font_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="no glyph for {'龘'}"):
        patch_of(Text(0, 1, "晚上龘"), SIZE)


def test_a_font_that_is_not_installed_is_told_from_one_without_a_glyph() -> None:
    with pytest.raises(FontMissing, match="NoSuchFont.ttf is not installed"):
        patch_of(Text(0, 1, "Text", Style(font="NoSuchFont.ttf")), SIZE)


def test_an_upright_text_has_columns_from_right_to_left() -> None:
    patch = patch_of(Text(0, 1, "中文字\n中", Style(0.1, upright=True)), SIZE)
    rows, columns = patch.opacity.shape[:2]
    assert rows > columns
    lower = patch.opacity[rows // 2 :, :, 0]
    assert lower[:, : columns // 2].max() == 0 < lower[:, columns // 2 :].max()


def test_a_translucent_text_lets_the_picture_through() -> None:
    assert patch_of(Text(0, 1, "Text", Style(0.1, opacity=0.5)), SIZE).opacity.max() == 0.5


@pytest.mark.parametrize(
    "backdrop",
    [busy(), strokes(), footage(), landscape(), snow(20), grain(flat()), cuts(0.2)],
    ids=["busy", "strokes", "footage", "landscape", "snow", "grain", "cuts"],
)
def test_backdrops_are_the_same_on_every_run(backdrop: Backdrop) -> None:
    once, again = (backdrop(*SIZE)(7, 0.28) for _ in range(2))
    assert once.shape == (180, 320, 3) and once.dtype == np.uint8
    assert np.array_equal(once, again)


def test_moving_backdrops_move_and_cuts_cut() -> None:
    for backdrop in (footage(), landscape(), snow(20), grain(flat())):
        paint = backdrop(*SIZE)
        assert not np.array_equal(paint(0, 0.0), paint(20, 0.8))
    paint = cuts(1.0)(*SIZE)
    before, last, after = (paint(i, i / 25).astype(float) for i in (23, 24, 25))
    assert abs(after - last).mean() > 3 * abs(last - before).mean()


def test_distractors_stay_change_and_run() -> None:
    overlays = (logo(), clock(), ticker("News that run along"))
    clip = Clip(SIZE, 2.2, flat(), overlays=overlays)
    pictures = list(draw(clip))
    early, late = pictures[24], pictures[50]
    assert np.array_equal(early[:20, 250:], late[:20, 250:])
    assert not np.array_equal(early[:20, :80], late[:20, :80])
    assert not np.array_equal(early[165:], late[165:])


def test_codec_and_pixel_format_can_be_chosen(tmp_path: Path) -> None:
    encoding = Encoding("libx264", "yuv444p", gop=5, options={"crf": "10", "bf": "0"})
    render(Clip(SIZE, 0.4, flat(), encoding=encoding), tmp_path / "a.mkv")
    with av.open(str(tmp_path / "a.mkv")) as container:
        frames = list(container.decode(video=0))
    assert frames[0].format.name == "yuv444p"
    assert [f.key_frame for f in frames] == [True] + [False] * 4 + [True] + [False] * 4


def test_every_kind_of_clip_can_be_drawn_and_fits() -> None:
    for name, clip in {**FULL, **CLIPS}.items():
        width, height = clip.size
        for text in clip.texts:
            assert text.end <= len(clip.frame_times()), name
            patch = patch_of(text, clip.size)
            rows, columns = patch.opacity.shape[:2]
            assert patch.x >= 0 and patch.x + columns <= width, (name, text.text)
            assert patch.y >= 0 and patch.y + rows <= height, (name, text.text)
