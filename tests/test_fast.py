"""First passes: frames that no other needs are skipped, and times say how far off they may be."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clips import Clip, Style, Text, render
from tests.encoding import Encoding
from tests.films import KEYS_EVERY_10, number_of, numbered, write_film
from tests.scenes import DARK, InkDetector
from tests.test_pipeline import told
from vidocr import extract
from vidocr.messages import details
from vidocr.model import Cue
from vidocr.ocr.fake import FakeEngine
from vidocr.options import Options
from vidocr.report import Report
from vidocr.stages.clock import Announced, DecodeCounts, Timed, in_order
from vidocr.stages.video import Area, frames
from vidocr.values import RegionSpec

ALL = Area(0, 0, 10_000, 10_000)
COUNT = 60
FRAME_US = 40_000
FLAT = {"bf": "3", "x264-params": "b-pyramid=0:b-adapt=0"}

SKIPPED: dict[str, tuple[str, dict[str, Any]]] = {
    "h264": ("a.mp4", {"options": {"bf": "3"}}),
    "h264, flat": ("a.mkv", {"options": FLAT}),
    "h264 in ts": ("a.ts", {"options": {"bf": "3"}}),
    "hevc": ("a.mp4", {"codec": "libx265", "options": {"x265-params": "log-level=none"}}),
    "mpeg-2": ("a.ts", {"codec": "mpeg2video", "options": {"bf": "2"}}),
    "mpeg-4": ("a.mp4", {"codec": "mpeg4", "options": {"bf": "2"}}),
    "av1": ("a.mkv", {"codec": "libsvtav1", "options": {"preset": "12"}}),
}
ALL_NEEDED: dict[str, tuple[str, dict[str, Any]]] = {
    "no B-frames": ("a.mp4", {"options": {"bf": "0"}}),
    "vp9": ("a.webm", {"codec": "libvpx-vp9", "options": {"deadline": "realtime"}}),
    "intra": ("a.mkv", {"codec": "ffv1"}),
}
COUNTED: dict[str, tuple[str, dict[str, Any]]] = {
    "raw": ("a.h264", {"options": {"bf": "2"}, "container": "h264"}),
    "avi": ("a.avi", {"options": {"bf": "2"}}),
    "mpeg-4 in avi": ("a.avi", {"codec": "mpeg4", "options": {"bf": "2"}}),
    "program stream": ("a.mpg", {"codec": "mpeg2video", "options": {"bf": "2"}}),
}
Seen = list[tuple[int, int]]


def film(folder: Path, kind: tuple[str, dict[str, Any]]) -> Path:
    name, options = kind
    return write_film(folder / name, [numbered(i, 128, 72) for i in range(COUNT)], **options)


def seen(path: Path, fast: bool, **options: Any) -> tuple[Seen, DecodeCounts]:
    """Times and numbers of the pictures, and what was counted."""
    counts = DecodeCounts()
    found = frames(path, [ALL], fast=fast, counts=counts, **options)
    return [(frame.start_us, number_of(frame.crops[0])) for frame in found], counts


@pytest.mark.parametrize("kind", SKIPPED)
def test_what_is_seen_is_part_of_the_film_and_told(tmp_path: Path, kind: str) -> None:
    path = film(tmp_path, SKIPPED[kind])
    every, _ = seen(path, fast=False)
    some, counts = seen(path, fast=True)
    assert 15 < len(some) < 45
    assert {time_us for time_us, _ in some} < {time_us for time_us, _ in every}
    assert {number for _, number in some} < {number for _, number in every}
    assert counts.frames == len(some)
    assert counts.frames + counts.skipped == len(every)
    assert (counts.pts_gaps, counts.damaged_packets) == (0, 0)
    assert counts.end_us == COUNT * FRAME_US
    assert counts.late_us >= FRAME_US


@pytest.mark.parametrize("kind", SKIPPED)
def test_the_bounds_hold_and_are_met(tmp_path: Path, kind: str) -> None:
    """Had a picture come up with any frame since the one that was seen before it."""
    some, counts = seen(film(tmp_path, SKIPPED[kind]), fast=True)
    late, early = [0], [0]
    before = some[0][1]
    for time_us, number in some[1:]:
        late.append(time_us - (before + 1) * FRAME_US)
        early.append(number * FRAME_US - time_us)
        before = number
    assert (max(late), max(early)) == (counts.late_us, counts.early_us)
    assert min(early) >= 0
    assert min(late) >= 0


@pytest.mark.parametrize("kind", ALL_NEEDED | COUNTED)
def test_nothing_changes_where_no_frame_can_be_left_out(tmp_path: Path, kind: str) -> None:
    path = film(tmp_path, (ALL_NEEDED | COUNTED)[kind])
    every, plain = seen(path, fast=False)
    some, counts = seen(path, fast=True)
    assert some == every and len(every) == COUNT
    assert counts == plain
    assert (counts.skipped, counts.late_us, counts.early_us) == (0, 0, 0)


def test_skipped_frames_are_no_gaps_where_each_stands_long(tmp_path: Path) -> None:
    pictures = [numbered(i) for i in range(40)]
    path = write_film(tmp_path / "a.mkv", pictures, rate=2, options={"bf": "3"})
    some, counts = seen(path, fast=True)
    assert len(some) < 30
    assert counts.pts_gaps == 0
    assert counts.late_us % 500_000 == 0 and counts.late_us > 0


def test_a_film_that_pauses_is_not_blurred(tmp_path: Path) -> None:
    """Only frames that were skipped make a time uncertain, not a frame that stands long."""
    times_ms = [40 * i for i in range(12)] + [9000 + 40 * i for i in range(12)]
    pictures = [numbered(i) for i in range(24)]
    path = write_film(tmp_path / "a.mkv", pictures, times_ms=times_ms, options=FLAT)
    some, counts = seen(path, fast=True)
    assert {time_us for time_us, _ in some} <= {1000 * ms for ms in times_ms}
    assert counts.late_us <= 9_000_000 and counts.frames + counts.skipped == 24


def test_a_hole_in_a_stream_is_counted_all_the_same(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.ts", [numbered(i) for i in range(60)], options=KEYS_EVERY_10)
    data = path.read_bytes()
    packets = [data[i : i + 188] for i in range(0, len(data), 188)]
    path.write_bytes(b"".join(packets[: len(packets) // 3] + packets[2 * len(packets) // 3 :]))
    _, counts = seen(path, fast=True)
    assert counts.pts_gaps == 1


@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_a_stretch_has_the_times_of_the_whole(tmp_path: Path, suffix: str) -> None:
    pictures = [numbered(i) for i in range(60)]
    path = write_film(tmp_path / f"a.{suffix}", pictures, options=KEYS_EVERY_10)
    whole, _ = seen(path, fast=True)
    part, _ = seen(path, fast=True, start_us=1_010_000, end_us=2_000_000)
    assert part == [each for each in whole if 1_010_000 <= each[0] < 2_000_000]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(0, 10**6))
def test_each_time_is_the_middle_of_those_possible(hidden: list[int], offset: int) -> None:
    """``hidden`` frames are skipped before each that is seen; the stream's clock is set off."""
    counts, announced = DecodeCounts(), Announced()
    timed, number = [], 0
    for count in hidden:
        ticks = [(number + step) * FRAME_US + offset for step in range(count + 1)]
        for tick in reversed(ticks):
            announced.note(tick)
        number += count + 1
        skipped = announced.skipped_before(ticks[-1])
        assert skipped == tuple(ticks[:-1])
        timed.append((Timed(ticks[-1], FRAME_US, skipped), count))
    before: int | None = None
    for time_us, raw, count in in_order(timed, counts):
        skipped = raw.skipped_between(before, time_us)
        assert len(skipped) == (0 if before is None else count)
        middle = counts.placed(time_us, skipped)
        assert (before is None or before < middle) and middle <= time_us
        before = time_us
    assert counts.pts_gaps == 0
    n = max(hidden[1:], default=0) + 1
    assert counts.late_us == n // 2 * FRAME_US
    assert counts.early_us == (n - 1 - n // 2) * FRAME_US


# From the film to the track

WORDS = ("The lake was calm that day.", "Nobody said a word.", "Then the wind came back.")
STYLE = Style(size=0.08)
CODED = {
    "h264": Encoding(options={"bf": "3"}),
    "h264, flat": Encoding(options=FLAT),
    "hevc": Encoding("libx265", options={"x265-params": "log-level=none"}),
    "mpeg-2": Encoding("mpeg2video", gop=12, options={"bf": "2", "qscale": "3", "flags": "qscale"}),
}


LOWER = (RegionSpec.parse("0,70%,100%,30%"),)  # the scan may miss cues that hardly stand


def texts(stand: int, gap: int) -> tuple[Text, ...]:
    starts = range(7, 7 + 6 * (stand + gap), stand + gap)
    return tuple(Text(at, at + stand, WORDS[n % 3], STYLE) for n, at in enumerate(starts))


def track(path: Path, **options: Any) -> tuple[list[Cue], Report]:
    cues, report = extract(
        path, Options(**options), engine=FakeEngine(told), detector=InkDetector()
    )
    return list(cues), report


def rendered(path: Path, shown: tuple[Text, ...], encoding: Encoding) -> Path:
    render(Clip((480, 270), (shown[-1].end + 9) / 25, DARK, shown, encoding=encoding), path)
    return path


@pytest.mark.parametrize("kind", CODED)
def test_the_cues_are_the_same_within_the_bounds(tmp_path: Path, kind: str) -> None:
    path = rendered(tmp_path / "a.mkv", texts(25, 6), CODED[kind])
    exact, full = track(path)
    coarse, report = track(path, fast=True)
    assert len(exact) == 6 and full.skipped_frames == 0
    assert [cue.text for cue in coarse] == [cue.text for cue in exact]
    for one, other in zip(coarse, exact, strict=True):
        for off_us in (one.start_us - other.start_us, one.end_us - other.end_us):
            assert -report.early_us <= off_us <= report.late_us
    assert report.frames + report.skipped_frames == full.frames
    assert report.pts_gaps == 0
    assert f"times may be up to {report.late_us // 1000} ms late" in "\n".join(details(report))
    assert "skipped" not in "\n".join(details(full))


@pytest.mark.parametrize(
    ("kind", "stand", "gap"), [("h264", 6, 14), ("mpeg-2", 9, 15), ("h264, flat", 12, 16)]
)
def test_a_cue_that_stands_in_three_frames_seen_is_found(
    tmp_path: Path, kind: str, stand: int, gap: int
) -> None:
    path = rendered(tmp_path / "a.mkv", texts(stand, gap), CODED[kind])
    cues, report = track(path, fast=True, regions=LOWER)
    step_us = report.late_us + report.early_us + FRAME_US
    assert stand * FRAME_US >= 3 * step_us
    assert len(cues) == 6


def test_a_cue_that_is_too_short_for_a_first_pass_is_found_by_a_full_one(tmp_path: Path) -> None:
    path = rendered(tmp_path / "a.mkv", texts(4, 14), CODED["h264, flat"])
    assert len(track(path, regions=LOWER)[0]) == 6
    assert track(path, fast=True, regions=LOWER)[0] == []


def test_cues_that_meet_still_meet(tmp_path: Path) -> None:
    cues, _ = track(rendered(tmp_path / "a.mkv", texts(20, 0), CODED["mpeg-2"]), fast=True)
    assert len(cues) == 6
    assert [one.end_us for one in cues[:-1]] == [other.start_us for other in cues[1:]]
