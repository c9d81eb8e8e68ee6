"""Several processes on one film: the same track, and nothing left behind."""

import multiprocessing
import os
import signal
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.clips import Clip, Style, Text, render
from tests.encoding import Encoding
from tests.scenes import DARK, InkDetector
from tests.test_pipeline import told
from vidocr import extract
from vidocr.errors import EngineError, InputError
from vidocr.model import US_PER_S, Box, Cue, Luma
from vidocr.ocr.fake import FakeEngine
from vidocr.options import Options
from vidocr.report import Report

FPS = 10
BORDER = 60 * FPS
STYLE = Style(size=0.1)
TEXTS = (
    Text(40, 60, "The lake was calm.", STYLE),
    Text(BORDER - 100, BORDER - 80, "Nobody said a word.", STYLE),
    Text(BORDER - 30, BORDER - 4, "Then the wind came.", STYLE),
    Text(BORDER - 4, BORDER + 3, "Hold on!", STYLE),
    Text(BORDER + 3, BORDER + 40, "We rowed all night long.", STYLE),
    Text(BORDER + 50, BORDER + 58, "There is the shore.", STYLE),
)
SIZE = (320, 180)
CLIP = Clip(
    SIZE, 67, DARK, TEXTS, fps=Fraction(FPS), encoding=Encoding(options={"g": "50", "bf": "2"})
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    render(CLIP, path)
    return path


def run(path: Path, jobs: int, detector: Any = None, **options: Any) -> tuple[list[Cue], Report]:
    cues, report = extract(
        path,
        Options(jobs=jobs, **options),
        engine=FakeEngine(told),
        detector=detector or InkDetector(),
    )
    return list(cues), report


def frames_of(cues: list[Cue]) -> list[tuple[int, int]]:
    return [(cue.start_us * FPS // US_PER_S, cue.end_us * FPS // US_PER_S) for cue in cues]


def test_two_jobs_give_the_cues_that_one_gives(film: Path) -> None:
    one, alone = run(film, 1)
    two, shared = run(film, 2)
    assert frames_of(one) == [(text.start, text.end) for text in TEXTS]
    assert two == one
    assert shared.jobs_why == ""
    for figure in ("frames", "film_us", "detect_calls", "spans", "lines_read", "rejected"):
        assert getattr(shared, figure) == getattr(alone, figure), figure
    assert multiprocessing.active_children() == []


def test_a_stretch_is_shared_too(film: Path) -> None:
    stretch = {"start_us": 52_000_000, "end_us": 65_000_000}
    assert run(film, 2, **stretch)[0] == run(film, 1, **stretch)[0]


def test_a_line_across_the_border_is_one_cue(tmp_path: Path) -> None:
    texts = (Text(BORDER - 60, BORDER + 60, "It stands for long.", STYLE), TEXTS[0])
    path = tmp_path / "film.mp4"
    render(replace(CLIP, texts=texts), path)
    one, _ = run(path, 1)
    assert frames_of(one) == [(40, 60), (BORDER - 60, BORDER + 60)]
    assert run(path, 3)[0] == one


def test_a_damaged_film_is_followed_in_one_job(film: Path, tmp_path: Path) -> None:
    content = bytearray(film.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    path = tmp_path / "film.mkv"
    path.write_bytes(content)
    one, alone = run(path, 1)
    assert alone.damaged_packets + alone.corrupt_frames + alone.pts_gaps > 0
    two, shared = run(path, 2)
    assert two == one
    assert "damaged" in shared.jobs_why
    assert shared.lines_read == alone.lines_read


class Dying(InkDetector):
    """Ends its process as a decoder that crashes does."""

    def detect(self, luma: Luma) -> list[Box]:
        if multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().detect(luma)


class Failing(InkDetector):
    def detect(self, luma: Luma) -> list[Box]:
        if multiprocessing.parent_process() is not None:
            raise EngineError("the model is gone")
        return super().detect(luma)


@pytest.mark.parametrize(
    "detector,error,told_of",
    [(Dying(), InputError, "--jobs 1"), (Failing(), EngineError, "the model is gone")],
)
def test_a_process_that_fails_ends_the_run(
    film: Path, detector: InkDetector, error: type[Exception], told_of: str
) -> None:
    with pytest.raises(error, match=told_of):
        run(film, 2, detector)
    assert multiprocessing.active_children() == []
