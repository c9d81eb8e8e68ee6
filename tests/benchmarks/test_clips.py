"""The benchmark's clips are whole, and their truth is what their frames show."""

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.backdrops import flat
from tests.benchmarks import truth
from tests.benchmarks.clips import CASES, QUICK, Case
from tests.benchmarks.clips.encodings import AV1, H264_FIELDS, HEVC_10, MPEG2, MPEG4, VP9
from tests.clips import Clip, FontMissing, Style, Text, patch_of
from tests.encoding import Encoding
from vidocr.model import US_PER_S, Cue
from vidocr.tracks import srt

SIZE = (320, 192)
LARGE = Style(size=0.14)
TEXTS = (Text(3, 9, "First", LARGE), Text(9, 16, "Second", LARGE))
WAYS = {
    "avi": Encoding(MPEG4.codec, options=MPEG4.options),
    "webm": VP9,
    "mpg": MPEG2,
    "ts": Encoding(H264_FIELDS.codec, options=H264_FIELDS.options, interlaced=True, offset_s=900),
    "mkv": HEVC_10,
    "mp4": Encoding(pixel=Fraction(4, 3)),
}


def case_of(clip: Clip, ending: str = "mp4") -> Case:
    return Case("test", "test", clip, ending=ending)


def shown(path: Path, cue: Cue, rotation: int = 0) -> list[tuple[int, bool]]:
    """Time of each frame, and whether bright ink stands where the cue has its place."""
    seen = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None and frame.time_base is not None
            at_us = round(frame.pts * frame.time_base * US_PER_S) - (container.start_time or 0)
            picture = np.rot90(frame.to_ndarray(format="gray"), -rotation // 90)
            height, width = picture.shape
            left, right = int(cue.place.x0 * width), int(cue.place.x1 * width)
            crop = picture[int(cue.place.y0 * height) : int(cue.place.y1 * height), left:right]
            seen.append((at_us, bool(crop.max() > 180)))
    return seen


def check(clip: Clip, path: Path) -> None:
    first, second = truth.make(case_of(clip), path)
    frames = shown(path, first.cue, clip.rotation)
    assert [yes for _, yes in frames] == [first.cue.start_us <= t < second.cue.end_us
                                          for t, _ in frames]  # fmt: skip
    assert sum(first.cue.start_us <= t < first.cue.end_us for t, _ in frames) == 6
    assert first.cue.end_us == second.cue.start_us


@pytest.mark.parametrize("ending", WAYS)
def test_the_truth_is_what_the_frames_of_a_container_show(ending: str, tmp_path: Path) -> None:
    rate = Fraction(25) if ending in ("avi", "mpg") else Fraction(24000, 1001)
    clip = Clip(SIZE, float(22 / rate), flat(), TEXTS, fps=rate, encoding=WAYS[ending])
    check(clip, tmp_path / f"clip.{ending}")


def test_the_truth_of_av1_and_of_a_turned_picture(tmp_path: Path) -> None:
    check(Clip(SIZE, 0.88, flat(), TEXTS, encoding=AV1), tmp_path / "clip.mkv")
    check(Clip(SIZE, 0.88, flat(), TEXTS, rotation=270), tmp_path / "clip.mp4")


def test_pixels_and_fields_are_written_as_such(tmp_path: Path) -> None:
    truth.make(case_of(Clip(SIZE, 0.4, flat(), encoding=WAYS["mp4"])), tmp_path / "a.mp4")
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (240, 192)
        assert stream.sample_aspect_ratio == Fraction(4, 3)
    truth.make(case_of(Clip(SIZE, 0.4, flat(), encoding=WAYS["ts"])), tmp_path / "b.ts")
    with av.open(str(tmp_path / "b.ts")) as container:
        assert (container.start_time or 0) >= 900 * US_PER_S
        assert next(container.decode(video=0)).interlaced_frame


def test_a_fade_is_told_from_its_first_frame_to_its_last(tmp_path: Path) -> None:
    text = Text(5, 20, "Fade", LARGE, fade_in=4, fade_out=2)
    (made,) = truth.make(case_of(Clip(SIZE, 1, flat(), (text,))), tmp_path / "clip.mp4")
    assert made.start_range_us == (200_000, 360_000)
    assert made.end_range_us == (720_000, 800_000)


def test_the_truth_can_be_kept(tmp_path: Path) -> None:
    case = case_of(Clip(SIZE, 1, flat(), TEXTS))
    made = truth.make(case, tmp_path / "clip.mp4")
    truth.save(case, made, tmp_path / "clip.mp4")
    kept = srt.parse((tmp_path / "clip.srt").read_text("utf-8"))
    assert [(c.start_us, c.end_us, c.text) for c in kept] == [
        (t.cue.start_us, t.cue.end_us, t.cue.text) for t in made
    ]
    notes = json.loads((tmp_path / "clip.json").read_text("utf-8"))
    assert notes["cues"][0]["start_range_us"] == [120_000, 120_000]


def test_names_are_those_of_one_clip() -> None:
    names = Counter(case.name for case in CASES)
    assert [name for name, count in names.items() if count > 1] == []
    assert set(names) >= QUICK
    assert len({case.file_name for case in CASES}) == len(CASES)


def test_every_text_fits_into_its_picture() -> None:
    for case in CASES:
        width, height = case.clip.size
        for text in case.clip.texts:
            try:
                patch = patch_of(text, case.clip.size)
            except FontMissing:
                continue
            rows, columns = patch.opacity.shape[:2]
            assert patch.x >= 0 and patch.x + columns <= width, (case.name, text.text)
            assert patch.y >= 0 and patch.y + rows <= height, (case.name, text.text)
            assert text.end <= len(case.clip.frame_times()), case.name
