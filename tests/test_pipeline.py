"""From the file to the cues: what only the whole can show."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.backdrops import landscape
from tests.clips import TOP, Clip, Style, Text, render
from tests.films import write_film
from tests.scenes import DARK, InkDetector, scene
from vidocr import extract
from vidocr.errors import DependencyError, EngineError, InputError, UsageError
from vidocr.model import Box, Cue, Image, Line, Luma, Position
from vidocr.ocr.fake import FakeEngine
from vidocr.options import Options
from vidocr.pipeline import places_of
from vidocr.values import RegionSpec

STYLE = Style(size=0.08)
SIZE = (480, 270)
TEXTS = (
    Text(8, 36, "The lake was calm that day.", STYLE),
    Text(36, 64, "Nobody said a word.", STYLE),
    Text(70, 96, "Then the wind came back.", STYLE),
)
CLIP = Clip(SIZE, 4.0, DARK, TEXTS)
FRAME_US = 40_000

Found = list[tuple[int, int, str]]


def in_frames(cues: Sequence[Cue]) -> Found:
    return [(cue.start_us // FRAME_US, cue.end_us // FRAME_US, cue.text) for cue in cues]


TRUTH: Found = [(text.start, text.end, text.text) for text in TEXTS]
TIMES = [(start, end) for start, end, _ in TRUTH]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    render(CLIP, path)
    return path


def told(image: Image) -> list[Line]:
    """A reading that tells one picture from another: by how much ink it shows."""
    height, width = image.shape[:2]
    ink = int(np.count_nonzero(image[..., 0] > 200))
    return [Line(f"ink {ink // 40:b}", Box(0, 0.2 * height, width, 0.8 * height), 1.0)]


@dataclass
class Watcher:
    """A progress that keeps what it was told."""

    started: list[tuple[int | None, str]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)

    def start(self, total_us: int | None, name: str) -> None:
        self.started.append((total_us, name))

    def advance(self, done_us: int) -> None:
        self.done.append(done_us)

    def finish(self) -> None:
        pass


def quick(path: Path, **options: Any) -> list[Cue]:
    """The cues of a film, with a detector and an engine that take no time."""
    cues, _ = extract(path, Options(**options), engine=FakeEngine(told), detector=InkDetector())
    return list(cues)


def test_a_cue_tells_its_frames_and_shows_its_lines_if_asked(film: Path) -> None:
    engine, detector = FakeEngine(told), InkDetector()
    cues, report = extract(film, engine=engine, detector=detector, pictures=True)
    proofs = [cue.proof for cue in cues]
    assert [proof.frames for proof in proofs] == TIMES
    assert list(report.starts_us) == [FRAME_US * n for n in range(100)]
    for proof in proofs:
        assert (proof.engine, len(proof.boxes)) == ("fake", 1)
        (picture,) = proof.pictures
        shown = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
        assert shown is not None and shown.ndim == 2


def test_no_frames_are_told_where_some_were_skipped(film: Path) -> None:
    cues = quick(film, fast=True)
    assert cues and all(cue.proof.frames is None for cue in cues)


def times(cues: Sequence[Cue]) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _ in in_frames(cues)]


def worker_threads() -> set[str]:
    known = ("decode", "stills", "scan", "ocr")
    return {t.name for t in threading.enumerate() if t.name.startswith(known)}


# The work is done while the cues are taken


def test_nothing_is_decoded_before_the_first_cue_is_taken(film: Path) -> None:
    detector, engine, progress = InkDetector(), FakeEngine(told), Watcher()
    cues, report = extract(film, progress=progress, engine=engine, detector=detector)
    assert (detector.looks, engine.batches, progress.started) == (0, [], [])
    assert report.frames == 0
    assert times(list(cues)) == TIMES
    assert report.frames == 100


@pytest.mark.parametrize("name,content", [("a.mp4", b"no film"), ("b.mp4", b""), ("c.mp4", None)])
def test_a_bad_file_is_told_at_once(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        extract(tmp_path / name, engine=FakeEngine(), detector=InkDetector())


def test_a_path_may_be_text(film: Path) -> None:
    cues, _ = extract(str(film), engine=FakeEngine(told), detector=InkDetector())
    assert times(list(cues)) == TIMES


def test_the_report_tells_what_was_done(film: Path) -> None:
    engine = FakeEngine(told)
    cues, report = extract(film, engine=engine, detector=InkDetector())
    count = len(list(cues))
    assert (report.engine, report.cues, report.spans, report.lines_read) == ("fake", count, 3, 3)
    assert (report.frames, report.film_us) == (100, 4_000_000)
    assert (report.damaged_packets, report.pts_gaps) == (0, 0)
    assert report.detect_calls > 0
    (region,) = report.regions
    assert region.y > 135 and region.width == 480
    assert set(report.elapsed_s) == {"scan", "film"}
    assert report.subtitle_streams == ()


def test_places_are_those_that_a_run_follows(film: Path) -> None:
    cues, report = extract(film, engine=FakeEngine(told))
    list(cues)
    assert places_of(film) == report.regions
    (region,) = places_of(film)
    assert region.y > 135 and region.width == 480
    (given,) = places_of(film, Options(regions=(RegionSpec.parse("0,10%,50%,20%"),)))
    assert (given.x, given.width) == (0, 240)


def test_progress_runs_from_the_start_to_the_end(film: Path) -> None:
    progress = Watcher()
    cues, _ = extract(film, progress=progress, engine=FakeEngine(told), detector=InkDetector())
    list(cues)
    assert progress.started == [(4_000_000, "film.mp4")]
    assert progress.done == sorted(progress.done)
    assert len(progress.done) == 100 and progress.done[-1] == 3_960_000


# Failing


def fails(image: Image) -> list[Line]:
    raise EngineError("engine fake failed: on purpose")


def test_an_engine_that_fails_ends_the_run_and_its_threads(film: Path) -> None:
    cues, _ = extract(film, engine=FakeEngine(fails), detector=InkDetector())
    threads = cv2.getNumThreads()
    with pytest.raises(EngineError, match="on purpose"):
        list(cues)
    assert worker_threads() == set()
    assert cv2.getNumThreads() == threads


@pytest.mark.parametrize("error", [EngineError("it broke"), DependencyError("the server is gone")])
def test_what_was_read_before_an_engine_failed_is_kept(film: Path, error: Exception) -> None:
    answers = iter([told, told])

    def two(image: Image) -> list[Line]:
        answer = next(answers, None)
        if answer is None:
            raise error
        return answer(image)

    engine = FakeEngine(two)
    engine.batch_size = 1
    cues, report = extract(film, engine=engine, detector=InkDetector())
    with pytest.raises(type(error)):
        list(cues)
    assert [(cue.start_us // FRAME_US, cue.end_us // FRAME_US) for cue in report.partial] == TIMES[
        :2
    ]
    assert worker_threads() == set()


@pytest.mark.parametrize("looks", [0, 4])
def test_a_detector_that_fails_ends_the_run_and_its_threads(film: Path, looks: int) -> None:
    class Failing(InkDetector):
        def detect(self, luma: Luma) -> list[Box]:
            if self.looks >= looks:
                raise DependencyError("the model is gone")
            return super().detect(luma)

    cues, _ = extract(film, engine=FakeEngine(told), detector=Failing())
    with pytest.raises(DependencyError):
        list(cues)
    assert worker_threads() == set()


def test_a_progress_that_is_interrupted_ends_the_run_and_its_threads(film: Path) -> None:
    class Interrupted(Watcher):
        def advance(self, done_us: int) -> None:
            if done_us > 1_000_000:
                raise KeyboardInterrupt

    cues, _ = extract(film, progress=Interrupted(), engine=FakeEngine(told), detector=InkDetector())
    with pytest.raises(KeyboardInterrupt):
        list(cues)
    assert worker_threads() == set()


def test_an_unknown_engine_is_told_at_once(film: Path) -> None:
    with pytest.raises(UsageError):
        extract(film, Options(engine="tess"))


# Options


def test_start_and_end_keep_times_on_the_films_clock(film: Path) -> None:
    part = {"start_us": 30 * FRAME_US, "end_us": 80 * FRAME_US}
    assert times(quick(film, **part)) == [(30, 36), (36, 64), (70, 80)]
    assert times(quick(film, start_us=66 * FRAME_US)) == [(70, 96)]
    assert times(quick(film, end_us=20 * FRAME_US)) == [(8, 20)]


def test_progress_counts_from_where_the_run_began(film: Path) -> None:
    progress = Watcher()
    options = Options(start_us=2_000_000, end_us=3_000_000)
    cues, report = extract(
        film, options, progress=progress, engine=FakeEngine(told), detector=InkDetector()
    )
    list(cues)
    assert progress.started == [(1_000_000, "film.mp4")]
    assert (progress.done[0], progress.done[-1]) == (0, 960_000)
    assert report.film_us == 1_000_000


HIGH = Text(20, 60, "Above them all.", STYLE, TOP)


def test_text_is_found_in_the_named_region_and_nowhere_else(tmp_path: Path) -> None:
    render(Clip(SIZE, 4.0, DARK, (*TEXTS, HIGH)), tmp_path / "a.mp4")
    upper, lower = RegionSpec.parse("0,0,100%,30%"), RegionSpec.parse("0,70%,100%,30%")
    assert times(quick(tmp_path / "a.mp4", regions=(upper,))) == [(20, 60)]
    assert times(quick(tmp_path / "a.mp4", regions=(lower,))) == TIMES
    both = quick(tmp_path / "a.mp4", regions=(lower, upper))
    assert times(both) == sorted([*TIMES, (20, 60)])
    assert [c.position for c in both if times([c]) == [(20, 60)]] == [Position.TOP]


def test_text_outside_of_the_named_region_is_told(tmp_path: Path) -> None:
    render(Clip(SIZE, 4.0, DARK, (*TEXTS, HIGH)), tmp_path / "a.mp4")
    options = Options(regions=(RegionSpec.parse("0,70%,100%,30%"),))
    engine, detector = FakeEngine(told), InkDetector()
    cues, report = extract(
        tmp_path / "a.mp4", options, engine=engine, detector=detector, pictures=True
    )
    assert times(list(cues)) == TIMES
    assert report.glimpses
    for glimpse in report.glimpses:
        assert HIGH.start * FRAME_US <= glimpse.time_us < HIGH.end * FRAME_US
        assert glimpse.box.y1 < 0.3 * SIZE[1] and glimpse.picture


def test_a_region_outside_of_the_picture_is_told(film: Path) -> None:
    with pytest.raises(UsageError, match="outside of the picture"):
        quick(film, regions=(RegionSpec.parse("2000,0,100,100"),))


def test_a_film_without_text_has_no_cues(tmp_path: Path) -> None:
    render(Clip(SIZE, 2.0, landscape(2)), tmp_path / "a.mp4")
    progress = Watcher()
    cues, report = extract(
        tmp_path / "a.mp4",
        progress=progress,
        engine=FakeEngine(told),
        detector=InkDetector(least=254),
    )
    assert list(cues) == []
    assert (report.cues, report.regions, report.frames) == (0, (), 50)


TWICE = Options(scan_pairs=4, audit_s=1)
BETWEEN = [
    Text(at, at + 28, words, STYLE, TOP)
    for at, words in ((72, "Above them all"), (198, "nobody was there"), (324, "to see it."))
]


@pytest.fixture(scope="module")
def passed_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scan looks at a few moments; text at the top stands between them."""
    path = tmp_path_factory.mktemp("twice") / "a.mp4"
    low = [
        Text(at, at + 40, words, STYLE)
        for at, words in zip(range(0, 500, 50), ["One by one", "two by two, too"] * 5, strict=True)
    ]
    render(Clip(SIZE, 20.0, DARK, (*low, *BETWEEN)), path)
    return path


def test_what_the_scan_missed_is_found_by_a_second_pass(passed_twice: Path) -> None:
    cues, report = extract(passed_twice, TWICE, engine=FakeEngine(told), detector=InkDetector())
    found = list(cues)
    top = [cue for cue in found if cue.position is Position.TOP]
    assert times(top) == [(text.start, text.end) for text in BETWEEN]
    assert len(found) == 13
    assert "second pass" in report.elapsed_s
    assert [region.y < 90 for region in report.regions].count(True) == 1


def test_what_the_first_pass_read_is_kept_where_an_engine_fails_in_the_second(
    passed_twice: Path,
) -> None:
    answers = iter([told] * 12)

    def twelve(image: Image) -> list[Line]:
        answer = next(answers, None)
        if answer is None:
            raise EngineError("it broke")
        return answer(image)

    engine = FakeEngine(twelve)
    engine.batch_size = 1
    cues, report = extract(passed_twice, TWICE, engine=engine, detector=InkDetector())
    with pytest.raises(EngineError):
        list(cues)
    low = [cue for cue in report.partial if cue.position is Position.BOTTOM]
    assert times(low) == [(at, at + 40) for at in range(0, 500, 50)]


# Kinds of files, read by PP-OCR itself

PICTURES = scene(100, *TEXTS, size=SIZE)
FEW_LOOKS = Options(scan_pairs=6)


def narrow(luma: Luma) -> Luma:
    """Three quarters as wide."""
    return np.asarray(cv2.resize(luma, (360, 270), interpolation=cv2.INTER_AREA), np.uint8)


def grown(rows: int, columns: int) -> list[Luma]:
    """Pictures with more pixels at the lower edge and the left one."""
    return [np.pad(luma, ((0, rows), (columns, 0)), mode="edge") for luma in PICTURES]


def read(path: Path) -> Found:
    cues, _ = extract(path, FEW_LOOKS)
    return in_frames(list(cues))


def anamorphic(stream: Any) -> None:
    stream.codec_context.sample_aspect_ratio = Fraction(4, 3)


KINDS: dict[str, dict[str, Any]] = {
    "limited": {},
    "full": {"pix_fmt": "yuvj420p"},
    "10-bit": {"pix_fmt": "yuv420p10le"},
    "4:4:4": {"pix_fmt": "yuv444p"},
    "hevc": {"codec": "libx265", "options": {"x265-params": "log-level=none"}},
    "mpeg-2": {"codec": "mpeg2video", "options": {"qscale": "2", "flags": "qscale"}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_cues_are_the_same_however_the_film_is_coded(tmp_path: Path, kind: str) -> None:
    assert read(write_film(tmp_path / "a.mkv", PICTURES, **KINDS[kind])) == TRUTH


def test_an_interlaced_film(tmp_path: Path) -> None:
    fields = {"x264-params": "tff=1"}
    assert read(write_film(tmp_path / "a.mkv", grown(2, 0), options=fields)) == TRUTH


def test_odd_sizes(tmp_path: Path) -> None:
    assert read(write_film(tmp_path / "a.mkv", grown(1, 1), pix_fmt="yuv444p")) == TRUTH


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    squeezed = [narrow(luma) for luma in PICTURES]
    path = write_film(tmp_path / "a.mkv", squeezed, prepare=anamorphic)
    cues, report = extract(path, FEW_LOOKS)
    assert in_frames(list(cues)) == TRUTH
    assert report.regions[0].width == 480


def test_a_start_after_the_end_names_both(tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    render(Clip(SIZE, 2.0, DARK, ()), film)
    with pytest.raises(UsageError, match=r"start: 90 s .* \(2 s\)"):
        extract(film, Options(start_us=90_000_000))
