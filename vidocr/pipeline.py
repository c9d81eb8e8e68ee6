"""Composes the stages: a video in, cues and a report out."""

from __future__ import annotations

import math
import os
import time
from bisect import bisect_left
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from vidocr.engines import OcrEngine, TextDetector
from vidocr.errors import DependencyError, EngineError, UsageError
from vidocr.jobs import CannotSplitError, Passed, Work, one_by_one, side_by_side
from vidocr.memory import give_back
from vidocr.model import US_PER_S, Cue, Region, Report, Span, VideoInfo
from vidocr.ocr import make_detector
from vidocr.ocr.choice import Readers, make_readers, wanted_of
from vidocr.options import Options
from vidocr.progress import Progress, SilentProgress
from vidocr.scan import Scan
from vidocr.stages.audit import glimpses
from vidocr.stages.chunks import chunks_of
from vidocr.stages.columns import add_lying, of_columns, standing, stood_up, to_be_read
from vidocr.stages.readings import readings
from vidocr.stages.rows import Row, rows_of
from vidocr.stages.sightings import Sighting
from vidocr.stages.strokes import one_thread
from vidocr.stages.timeline import Judgement, timeline
from vidocr.stages.video import Area, DecodeCounts, check_hwaccel, frames, probe

_READ_HEIGHT_PX = 34  # engines read a line of this height as well as a taller one
_MOST_THREADS = 16  # as FFmpeg, too, takes of itself at most


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
        video,
        options,
        progress or SilentProgress(),
        Readers(engine, model) if engine or model else make_readers(wanted_of(options)),
        detector or make_detector(),
        pictures,
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
    """One film on its way through the stages; ``lying`` if it is turned to the left for them."""

    def __init__(
        self,
        video: VideoInfo,
        options: Options,
        progress: Progress,
        readers: Readers,
        detector: TextDetector,
        pictures: bool,
        *,
        lying: bool = False,
    ) -> None:
        self._video = video
        self._options = options
        self._progress = progress
        self._readers = readers
        self._detector = detector
        self._scan = Scan(video, options, detector)
        self._pictures = pictures
        self._lying = lying
        self._size = (video.height, video.width) if lying else (video.width, video.height)
        self.report = Report(
            video=video,
            engine=readers.name,
            engine_why=readers.why,
            subtitle_streams=video.subtitle_streams,
        )

    def cues(self) -> Iterator[Cue]:
        """Scan, follow and read, then judge: places are voted on over the whole film."""
        with one_thread():
            yield from self._cues()

    def _cues(self) -> Iterator[Cue]:
        self._progress.start(self._scan.span_us() or None, self._video.path.name)
        with self._clock("scan"):
            regions, seen, pairs = self._scan.look()
            give_back()  # what the scan's decoders took, before the film's takes as much
        with self._clock("film"):
            found: list[Sighting] = []
            rows: list[Row] = []
            self._pass(regions, found, rows)
        missed = self._scan.missed(regions, [*seen, *found], pairs, self.report.film_us)
        if missed:
            with self._clock("second pass"):
                more: list[Row] = []
                self._pass(missed, [], more)
                rows += more
        self.report.regions = (*regions, *missed)
        cues = timeline(rows, self._judgement(), self.report)
        upright = self._scan.columns([*seen, *found], pairs, self.report.film_us)
        if upright:
            with self._clock("columns"):
                cues = self._with_columns(cues, upright)
        self.report.cues = len(cues)
        self.report.glimpses = glimpses(
            [*seen, *found], cues, self.report.rejects, self._size, pictures=self._pictures
        )
        yield from (self._numbered(cue) for cue in cues)

    def _with_columns(self, cues: list[Cue], regions: tuple[Region, ...]) -> list[Cue]:
        """The cues and those of upright columns, for which the film is gone through lying."""
        report = self.report
        film = _Film(
            self._video,
            self._options,
            self._progress,
            self._readers,
            self._detector,
            self._pictures,
            lying=True,
        )
        rows: list[Row] = []
        try:
            film._pass(regions, [], rows)
        except (EngineError, DependencyError):
            report.partial = (*cues, *map(stood_up, film.report.partial))
            raise
        found = timeline(rows, film._judgement(), film.report)
        add_lying(report, film.report, regions, self._video.width)
        both = [*cues, *map(stood_up, found)]
        return sorted(both, key=lambda cue: (cue.start_us, cue.place.y0))

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

    # Following and reading

    def _pass(self, regions: tuple[Region, ...], found: list[Sighting], rows: list[Row]) -> None:
        """Follow what stands in the regions and read it; ``rows`` and ``found`` grow by it."""
        work = self._work(regions)
        chunks = chunks_of(work.start_us, self._known_end_us(), work.audit_us)
        jobs = min(self._options.jobs, len(chunks))
        if jobs > 1:
            try:
                passed = Passed()
                spans = side_by_side(work, chunks, jobs, passed, self._advance)
                return self._read(spans, passed, found, rows)
            except CannotSplitError as error:
                self.report.jobs_why = f"one job: {error}"
                rows.clear()
        passed = Passed()
        self._read(one_by_one(work, chunks, passed, self._advance), passed, found, rows)

    def _read(
        self,
        spans: Generator[Span, None, None],
        passed: Passed,
        found: list[Sighting],
        rows: list[Row],
    ) -> None:
        """Collect rows; where an engine fails on the way, those before it become cues."""
        report = self.report
        with closing(spans):
            read = readings(
                to_be_read(spans) if self._lying else spans,
                self._readers.engine,
                model=self._readers.model,
                min_confidence=self._options.min_confidence,
                report=passed.report,
                pictures=self._pictures,
            )
            try:
                found_rows = rows_of(read, pictures=self._pictures)
                for row in of_columns(found_rows, passed.report) if self._lying else found_rows:
                    rows.append(row)
            except (EngineError, DependencyError):
                read_us = max((row.end_us for row in rows), default=0) - self._options.start_us
                judge = replace(self._judgement(), film_us=max(read_us, report.film_us))
                report.partial = tuple(timeline(rows, judge, Report()))
                raise
        found += passed.found
        counts = passed.counts
        report.add(passed.report)
        report.film_us = max(0, counts.end_us - self._options.start_us)
        _note_decoding(report, counts)

    def _work(self, regions: tuple[Region, ...]) -> Work:
        options = self._options
        audit_us = int(options.audit_s * US_PER_S)
        cores = os.cpu_count() or 1
        threads = options.decode_threads or max(
            1, cores // options.jobs if options.jobs > 1 else min(_MOST_THREADS, cores + 2)
        )
        decode = partial(
            frames,
            self._video.path,
            [Area.of(region, _read_scale(region)) for region in regions],
            threads=threads,
            fast=options.fast,
            hwaccel=options.hwaccel,
            whole_every_us=None if options.regions or self._lying else audit_us,
            lying=self._lying,
        )
        return Work(
            path=self._video.path,
            decode=decode,
            start_us=options.start_us,
            end_us=options.end_us,
            regions=regions,
            detector=self._detector,
            width=self._size[0],
            grid_us=options.grid_ms * 1000,
            audit_us=audit_us,
        )

    def _known_end_us(self) -> int | None:
        ends_us = [us for us in (self._options.end_us, self._video.duration_us) if us is not None]
        return min(ends_us) if self._video.duration_us is not None else None

    def _advance(self, time_us: int) -> None:
        self._progress.advance(time_us - self._options.start_us)

    def _judgement(self) -> Judgement:
        options = self._options
        return Judgement(
            size=self._size,
            film_us=self.report.film_us,
            max_gap_us=options.max_gap_ms * 1000,
            static_share=options.static_share,
            min_support=options.min_support,
            min_duration_us=options.min_duration_ms * 1000,
            places_given=bool(options.regions),
        )


def _note_decoding(report: Report, counts: DecodeCounts) -> None:
    report.decoder = counts.device or "software"
    report.decoder_why = counts.software_why
    report.frames = counts.frames
    report.skipped_frames = counts.skipped
    report.late_us = counts.late_us
    report.early_us = counts.early_us
    report.damaged_packets = counts.damaged_packets
    report.corrupt_frames = counts.corrupt_frames
    report.pts_gaps = counts.pts_gaps
    report.ends_early = counts.ends_early
    report.starts_us = counts.starts_us


def _read_scale(region: Region) -> float:
    """Halves as often as lines stay tall enough to be read; OpenCV is fast at just that."""
    return 0.5 ** max(0, math.floor(math.log2(region.line_height / _READ_HEIGHT_PX)))
