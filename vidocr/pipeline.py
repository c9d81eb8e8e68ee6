"""Composes the stages: a video in, cues and a report out."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from vidocr.engines import OcrEngine, TextDetector
from vidocr.errors import DependencyError, EngineError, UsageError
from vidocr.memory import give_back
from vidocr.model import US_PER_S, Cue, Region
from vidocr.ocr import make_detector
from vidocr.ocr.choice import Readers, make_readers, wanted_of
from vidocr.options import Options
from vidocr.passes import Passes
from vidocr.progress import Progress, SilentProgress
from vidocr.report import Report
from vidocr.scan import Scan
from vidocr.stages.audit import glimpses
from vidocr.stages.columns import add_lying, standing, stood_up
from vidocr.stages.rows import Row
from vidocr.stages.strokes import one_thread
from vidocr.stages.timeline import timeline
from vidocr.stages.video import check_hwaccel, probe


def extract(
    path: str | Path,
    options: Options | None = None,
    *,
    progress: Progress | None = None,
    engine: OcrEngine | None = None,
    model: OcrEngine | None = None,
    detector: TextDetector | None = None,
    pictures: bool = False,
) -> tuple[Iterator[Cue], Report]:
    """Find, read and time the subtitles that are burned into a video.

    The work is done while the cues are taken; the report is complete after the last one.

    Args:
        path: the video.
        options: what to look for and where; all defaults if not given.
        progress: told how far the work is.
        engine: finds and reads text.
        model: a vision-language model, which reads where ``engine`` is unsure, and all if it
            is given alone. If neither is given, ``options.engine`` says what reads.
        detector: finds text; PP-OCR's if not given.
        pictures: keep a small picture of each line, as its proof.

    Returns:
        Cues in order of time, and the report that they fill.

    Raises:
        UsageError: the film ends before ``options.start_us``, or FFmpeg knows no such
            ``options.hwaccel``.
        InputError: the file can't be read or holds no video.
        DependencyError: the engine's package or models are missing.
        EngineError: the engine failed (while cues are taken).
    """
    options = options or Options()
    check_hwaccel(options.hwaccel)
    video = probe(Path(path))
    if video.duration_us is not None and options.start_us >= video.duration_us:
        raise UsageError(
            f"start: {options.start_us / US_PER_S:g} s is after the end of {video.path} "
            f"({video.duration_us / US_PER_S:g} s); give an earlier start"
        )
    film = _Film(
        Passes(
            video,
            options,
            progress or SilentProgress(),
            Readers(engine, model) if engine or model else make_readers(wanted_of(options)),
            detector or make_detector(),
            pictures,
        )
    )
    return film.cues(), film.report


def places_of(path: str | Path, options: Options | None = None) -> tuple[Region, ...]:
    """Where subtitles stand, by a look at stills from all over the film, or as it was given.

    Args:
        path: the video.
        options: what to look for and where; all defaults if not given.

    Raises:
        UsageError: a region lies outside of the picture.
        InputError: the file can't be read or holds no video.
    """
    video = probe(Path(path))
    with one_thread():
        scan = Scan(video, options or Options(), make_detector())
        regions, seen, pairs = scan.look()
        upright = scan.columns(seen, pairs)
        return (*regions, *(standing(region, video.width) for region in upright))


class _Film:
    """One film on its way through the stages."""

    def __init__(self, passes: Passes) -> None:
        self._passes = passes
        self._video = passes.video
        self._scan = Scan(passes.video, passes.options, passes.detector)
        self.report = Report(
            video=passes.video,
            engine=passes.readers.name,
            engine_why=passes.readers.why,
            subtitle_streams=passes.video.subtitle_streams,
        )

    def cues(self) -> Iterator[Cue]:
        """Scan, follow and read, then judge: places are voted on over the whole film."""
        with one_thread():
            yield from self._cues()

    def _cues(self) -> Iterator[Cue]:
        passes, report = self._passes, self.report
        passes.progress.start(self._scan.span_us() or None, self._video.path.name)
        with self._clock("scan"):
            regions, seen, pairs = self._scan.look()
            give_back()  # what the scan's decoders took, before the film's takes as much
        rows: list[Row] = []
        with self._clock("film"):
            seen += passes.through(regions, rows, report)
        missed = self._scan.missed(regions, seen, pairs, report.film_us)
        if missed:
            with self._clock("second pass"):
                passes.through(missed, rows, report)
        report.regions = (*regions, *missed)
        cues = timeline(rows, passes.judgement(report.film_us), report)
        upright = self._scan.columns(seen, pairs, report.film_us)
        if upright:
            with self._clock("columns"):
                cues = self._with_columns(cues, upright)
        report.cues = len(cues)
        report.glimpses = glimpses(
            seen, cues, report.rejects, passes.size, pictures=passes.pictures
        )
        yield from (self._numbered(cue) for cue in cues)

    def _with_columns(self, cues: list[Cue], regions: tuple[Region, ...]) -> list[Cue]:
        """The cues and those of upright columns, for which the film is gone through lying."""
        passes, report = replace(self._passes, lying=True), Report()
        rows: list[Row] = []
        try:
            passes.through(regions, rows, report)
        except (EngineError, DependencyError):
            self.report.partial = tuple(_together(cues, report.partial))
            raise
        found = timeline(rows, passes.judgement(report.film_us), report)
        add_lying(self.report, report, regions, self._video.width)
        return _together(cues, found)

    def _numbered(self, cue: Cue) -> Cue:
        """The cue with the numbers of its frames, where all of them were decoded."""
        starts_us = self.report.starts_us
        if self.report.skipped_frames:
            return cue
        frames = bisect_left(starts_us, cue.start_us), bisect_left(starts_us, cue.end_us)
        return replace(cue, proof=replace(cue.proof, frames=frames))

    @contextmanager
    def _clock(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.report.elapsed_s[stage] = time.perf_counter() - began


def _together(cues: Sequence[Cue], lying: Sequence[Cue]) -> list[Cue]:
    """Cues of a film, and those of it lying, in order of time."""
    both = [*cues, *map(stood_up, lying)]
    return sorted(both, key=lambda cue: (cue.start_us, cue.place.y0))
