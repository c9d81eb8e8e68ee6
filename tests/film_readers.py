"""Readers of films for tests: what they do is written in the film itself.

``python -m tests.film_readers FOLDER OUT [--jsonl FILE] [--delay-s S]`` runs a batch with them.
"""

from __future__ import annotations

import argparse
import errno
import io
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vidocr.archive.batch import Batch, Tally, run
from vidocr.archive.boards import LineBoard
from vidocr.archive.crew import Limits, LocalCrew
from vidocr.archive.feed import Feed
from vidocr.archive.films import Choice, films
from vidocr.archive.work import Order, Outcome, Tell
from vidocr.engines import OcrEngine
from vidocr.errors import EngineError, InputError
from vidocr.finishing import Finishing, rendered
from vidocr.model import Box, Cue, Image, Line
from vidocr.options import Options
from vidocr.output import explained
from vidocr.report import Report

FRAME_US = 40_000
IMAGE = np.full((32, 64, 3), 7, np.uint8)


class ScriptedReader:
    """Does what the first word of the film says; by default its lines are its cues."""

    def __init__(
        self,
        formats: tuple[str, ...],
        delay_s: float,
        options: Options,
        model: Callable[[], OcrEngine] | None,
    ) -> None:
        self._formats = formats
        self._finish = Finishing(options)
        self._delay_s = delay_s
        self._model = model

    def read(self, order: Order, tell: Tell) -> Outcome:
        text = Path(order.source).read_text()
        tell(0, 1_000_000)
        time.sleep(self._delay_s)
        word, *rest = text.split() or [""]
        if word == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if word == "hang":
            time.sleep(3600)
        if word == "grow":
            grown = [np.ones(1 << 24, np.uint8) for _ in range(40)]
            time.sleep(3600 + len(grown))
        if word == "bug":
            raise ZeroDivisionError("a mistake")
        if word == "bad":
            raise InputError(f"{order.source}: is no film; take another")
        if word == "away":
            _fail_at_first(Path(rest[0]), int(rest[1]))
        if word == "full" and _is_early(Path(rest[0]), 1):
            with explained(order.scratch / "copy.mkv"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if word == "model":
            assert self._model is not None
            read = self._model().read([IMAGE] * int(rest[0]))
            text = "\n".join(line.text for lines in read for line in lines)
        cues = tuple(
            Cue(at * FRAME_US, (at + 1) * FRAME_US, (line,))
            for at, line in enumerate(text.splitlines())
            if line.strip()
        )
        figures = {"cues": len(cues), "film_s": 1.0, "elapsed_s": self._delay_s, "engine": "test"}
        finished = self._finish.finished(cues)
        return Outcome(rendered(finished, self._formats, Report()), cues, figures)


def _is_early(counter: Path, times: int) -> bool:
    """Whether this is one of the first so many times."""
    with counter.open("a") as file:
        file.write("x")
    return len(counter.read_text()) <= times


def _fail_at_first(counter: Path, times: int) -> None:
    if _is_early(counter, times):
        raise EngineError("server: stopped answering; start it", may_pass=True)


def scripted(
    formats: tuple[str, ...] = ("srt",),
    delay_s: float = 0.0,
    options: Options = Options(),  # noqa: B008  # it is frozen
) -> Callable[[Callable[[], OcrEngine] | None], ScriptedReader]:
    return partial(ScriptedReader, formats, delay_s, options)


class SlowModel:
    """Takes as long for a batch of any size, as a GPU does."""

    name = "slow"

    def __init__(self, batch_size: int, latency_s: float, log: Path) -> None:
        self.batch_size = batch_size
        self._latency_s = latency_s
        self._log = log

    def read(self, images: Any) -> list[list[Line]]:
        time.sleep(self._latency_s)
        with self._log.open("a") as file:
            file.write(f"{len(images)}\n")
        return [[self._line(image)] for image in images]

    def _line(self, image: Image) -> Line:
        height, width = image.shape[:2]
        return Line(f"grey {int(image.mean())}", Box(0, 0, width, height), 1.0)


def slow_model(batch_size: int, latency_s: float, log: Path) -> Callable[[], OcrEngine]:
    return partial(SlowModel, batch_size, latency_s, log)


def batch(
    folder: Path,
    out: Path,
    *,
    crew: Any = None,
    feed: Path | None = None,
    delay_s: float = 0.0,
    size: int = 2,
    limits: Limits | None = None,
    stream: Any = None,
    options: Options = Options(),  # noqa: B008  # it is frozen
    **how: Any,
) -> Tally:
    """Run a batch over what is in a folder, with scripted readers."""
    job = Batch(root=str(out), ledger=out / ".vidocr" / "ledger.sqlite", options=options, **how)
    job.ledger.parent.mkdir(parents=True, exist_ok=True)
    crew = crew or LocalCrew(scripted(job.formats, delay_s, options), size, limits or Limits())
    board = LineBoard(io.StringIO() if stream is None else stream)
    with ExitStack() as stack:
        to = stack.enter_context(Feed(feed, sys.stdout.buffer)) if feed else None
        return run(job, films([str(folder)], Choice()), crew, board, to)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--jsonl", type=Path)
    parser.add_argument("--delay-s", type=float, default=0.0)
    given = parser.parse_args()
    batch(given.folder, given.out, feed=given.jsonl, delay_s=given.delay_s, stream=sys.stderr)


if __name__ == "__main__":
    main()
