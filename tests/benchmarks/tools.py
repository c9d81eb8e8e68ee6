"""What the benchmark can run on a clip: vidocr, a baseline, or any command."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.benchmarks import baselines
from tests.benchmarks.clips import Case
from vidocr import Options, extract
from vidocr.errors import DependencyError
from vidocr.model import Cue
from vidocr.tracks import srt

TIMEOUT_S = 900
BY_TESSERACT = ("ru", "ko", "ar")
"""Languages that RapidOCR reads with models alone that would have to be downloaded."""


class Lacking(Exception):
    """What a tool needs for a clip is not on this machine."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool found, and what it has to say: why there is nothing, or how much it did."""

    cues: tuple[Cue, ...]
    note: str = ""
    looks: int = 0
    reads: int = 0


Tool: TypeAlias = Callable[[Path, Case], Found]
"""Finds the subtitles of a clip, whose video is given."""


def vidocr(path: Path, case: Case) -> Found:
    """vidocr in this process, with its defaults.

    Raises:
        Lacking: Tesseract or its pack of the clip's language is not installed.
    """
    other = case.lang in BY_TESSERACT
    try:
        cues, report = extract(
            path, Options(engine="tesseract", lang=case.lang) if other else Options()
        )
    except DependencyError as error:
        raise Lacking(str(error)) from error
    found = tuple(cues)
    return Found(found, looks=report.detect_calls, reads=report.ocr_calls)


BASELINES: dict[str, Tool] = {
    "ssim": lambda path, _case: Found(tuple(baselines.sampled(path))),
    "every-frame": lambda path, _case: Found(tuple(baselines.every_frame(path))),
}


def command(template: str) -> Tool:
    """A command line that writes an SRT.

    ``{video}``, ``{out}`` and ``{lang}`` stand for the video, the SRT and the code of the
    clip's language.
    """
    words = shlex.split(template)

    def run(path: Path, case: Case) -> Found:
        out = path.with_suffix(".found.srt")
        out.unlink(missing_ok=True)
        values = {"{video}": str(path), "{out}": str(out), "{lang}": case.lang}
        try:
            done = subprocess.run(
                [_filled(word, values) for word in words],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Found((), str(error))
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            return Found((), f"exit code {done.returncode}: {''.join(last)}")
        return _track(out)

    return run


def _filled(word: str, values: dict[str, str]) -> str:
    for mark, value in values.items():
        word = word.replace(mark, value)
    return word


def _track(path: Path) -> Found:
    """What stands in an SRT; cues without text or time are left out."""
    try:
        cues = srt.parse(path.read_text("utf-8-sig", errors="replace"))
    except FileNotFoundError:
        return Found((), "it wrote nothing")
    except ValueError as error:
        return Found((), str(error))
    whole = (c for c in cues if c.text.strip() and c.start_us < c.end_us)
    return Found(tuple(whole))
