"""Passes over a film: what stands in its places is followed and read, as it is or lying."""

from __future__ import annotations

import math
import os
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from vidocr.engines import TextDetector
from vidocr.errors import DependencyError, EngineError
from vidocr.jobs import CannotSplitError, Passed, Work, one_by_one, side_by_side
from vidocr.model import US_PER_S, Region, Span, VideoInfo
from vidocr.ocr.choice import Readers
from vidocr.options import Options
from vidocr.progress import Progress
from vidocr.report import Report
from vidocr.stages.chunks import chunks_of
from vidocr.stages.columns import of_columns, to_be_read
from vidocr.stages.readings import readings
from vidocr.stages.rows import Row, rows_of
from vidocr.stages.sightings import Sighting
from vidocr.stages.timeline import Judgement, timeline
from vidocr.stages.video import Area, DecodeCounts, frames

_READ_HEIGHT_PX = 34  # engines read a line of this height as well as a taller one
_MOST_THREADS = 16  # as FFmpeg, too, takes of itself at most


@dataclass(frozen=True, slots=True)
class Passes:
    """How one film is passed over.

    Args:
        video: the film.
        options: which stretch of it, and how.
        progress: told how far a pass is.
        readers: read what was followed.
        detector: finds text on the way.
        pictures: keep a small picture of each line.
        lying: turn the film to its left, so that columns are rows; all px are of that then.
    """

    video: VideoInfo
    options: Options
    progress: Progress
    readers: Readers
    detector: TextDetector
    pictures: bool
    lying: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures, in px."""
        width, height = self.video.width, self.video.height
        return (height, width) if self.lying else (width, height)

    def through(
        self, regions: tuple[Region, ...], rows: list[Row], report: Report
    ) -> list[Sighting]:
        """Follow what stands in the regions and read it.

        Args:
            regions: places of rows.
            rows: grow by what was read.
            report: told of it, and given ``partial`` cues where an engine fails.

        Returns:
            What was seen elsewhere on the way.

        Raises:
            InputError: the film can't be decoded.
            DependencyError: what reads is gone.
            EngineError: it failed.
        """
        work = self._work(regions)
        chunks = chunks_of(work.start_us, self._known_end_us(), work.audit_us)
        jobs = min(self.options.jobs, len(chunks))
        before = len(rows)
        if jobs > 1:
            try:
                passed = Passed()
                spans = side_by_side(work, chunks, jobs, passed, self._advance)
                return self._read(spans, passed, rows, report)
            except CannotSplitError as error:
                report.jobs_why = f"one job: {error}"
                del rows[before:]
        passed = Passed()
        spans = one_by_one(work, chunks, passed, self._advance)
        return self._read(spans, passed, rows, report)

    def judgement(self, film_us: int) -> Judgement:
        """What makes cues of rows, once so much of the film was passed over."""
        options = self.options
        return Judgement(
            size=self.size,
            film_us=film_us,
            max_gap_us=options.max_gap_ms * 1000,
            static_share=options.static_share,
            min_support=options.min_support,
            min_duration_us=options.min_duration_ms * 1000,
            places_given=bool(options.regions),
        )

    def _read(
        self, spans: Generator[Span, None, None], passed: Passed, rows: list[Row], report: Report
    ) -> list[Sighting]:
        """Collect rows; where an engine fails on the way, those before it become cues."""
        with closing(spans):
            read = readings(
                to_be_read(spans) if self.lying else spans,
                self.readers.engine,
                model=self.readers.model,
                min_confidence=self.options.min_confidence,
                report=passed.report,
                pictures=self.pictures,
            )
            try:
                found = rows_of(read, pictures=self.pictures)
                for row in of_columns(found, passed.report) if self.lying else found:
                    rows.append(row)
            except (EngineError, DependencyError):
                read_us = max((row.end_us for row in rows), default=0) - self.options.start_us
                judge = self.judgement(max(read_us, report.film_us))
                report.partial = tuple(timeline(rows, judge, Report()))
                raise
        report.add(passed.report)
        report.film_us = max(0, passed.counts.end_us - self.options.start_us)
        _note_decoding(report, passed.counts)
        return passed.found

    def _work(self, regions: tuple[Region, ...]) -> Work:
        options = self.options
        audit_us = int(options.audit_s * US_PER_S)
        cores = os.cpu_count() or 1
        threads = options.decode_threads or max(
            1, cores // options.jobs if options.jobs > 1 else min(_MOST_THREADS, cores + 2)
        )
        decode = partial(
            frames,
            self.video.path,
            [Area.of(region, _read_scale(region)) for region in regions],
            threads=threads,
            fast=options.fast,
            hwaccel=options.hwaccel,
            whole_every_us=None if options.regions or self.lying else audit_us,
            lying=self.lying,
        )
        return Work(
            path=self.video.path,
            decode=decode,
            start_us=options.start_us,
            end_us=options.end_us,
            regions=regions,
            detector=self.detector,
            width=self.size[0],
            grid_us=options.grid_ms * 1000,
            audit_us=audit_us,
        )

    def _known_end_us(self) -> int | None:
        ends_us = [us for us in (self.options.end_us, self.video.duration_us) if us is not None]
        return min(ends_us) if self.video.duration_us is not None else None

    def _advance(self, time_us: int) -> None:
        self.progress.advance(time_us - self.options.start_us)


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
