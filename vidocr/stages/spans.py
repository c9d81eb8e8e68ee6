"""Frames to spans: finds each line of text in a region and follows it while it stands."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np

from vidocr.engines import TextDetector
from vidocr.model import Box, Frame, Luma, Region, Span
from vidocr.report import Reject, Report
from vidocr.stages.changes import Onsets, Ring, Sample
from vidocr.stages.extents import refined, rest_of, whole
from vidocr.stages.finder import Finder, standing_frames
from vidocr.stages.kin import goes_on, is_apart, is_back, is_part
from vidocr.stages.lines import MIN_FRAMES, FollowedLine, Segment
from vidocr.stages.overlays import laid_over
from vidocr.stages.strokes import LINE_HEIGHT_PX, Rect, stroke_mask

_MOVING_US = 600_000  # a line that moves and lives less is no subtitle
_AWAY_FRAMES = 3  # looked at for it
_READ_MARGIN = 0.35  # line heights above and below; more would show the row beside


def spans(
    frames: Iterable[Frame],
    regions: Sequence[Region],
    detector: TextDetector,
    *,
    grid_us: int,
    report: Report,
) -> Iterator[Span]:
    """Follow every line of text in ``regions``; yield a span when its line has left.

    Args:
        frames: decoded frames in order; ``crops`` belong to ``regions``.
        regions: where to look; px of the picture.
        detector: finds text in a crop.
        grid_us: longest time between two looks for new text.
        report: counts detections and rejected lines.
    """
    follower = FilmFollower(regions, detector, grid_us=grid_us, report=report)
    for frame in frames:
        yield from follower.push(frame)
    yield from follower.close()


class FilmFollower:
    """Follows the lines of all regions; see ``spans``."""

    def __init__(
        self, regions: Sequence[Region], detector: TextDetector, *, grid_us: int, report: Report
    ) -> None:
        self._followers = [
            RegionFollower(number, region, detector, grid_us, report)
            for number, region in enumerate(regions)
        ]

    def push(self, frame: Frame) -> Iterator[Span]:
        """Take the next frame; yield the spans that ended."""
        for follower, crop in zip(self._followers, frame.crops, strict=True):
            yield from follower.push(frame.start_us, crop)

    def close(self) -> Iterator[Span]:
        """There are no more frames: yield what still stands."""
        for follower in self._followers:
            yield from follower.close()


class RegionFollower:
    """Follows the lines of one region. Keeps a ring of frames, never the film."""

    def __init__(
        self, number: int, region: Region, detector: TextDetector, grid_us: int, report: Report
    ) -> None:
        self._number = number
        self._region = region
        self._detector = detector
        self._grid_us = grid_us
        self._report = report
        self._ring = Ring()
        self._onsets = Onsets()
        self._count = 0
        self._lines: list[FollowedLine] = []
        self._left: deque[FollowedLine] = deque(maxlen=16)
        self._due: dict[int, int] = {}  # frames to look at, and how long strokes must stand
        self._next_look_us = 0
        self._halvings, self._shrink = 0, 1
        self._line_height = region.line_height
        self._finder = Finder(detector, region.line_height, 1, report)

    def push(self, start_us: int, crop: Luma) -> Iterator[Span]:
        """Take the next frame of the region; yield the spans that ended."""
        sample = self._sample(start_us, crop)
        self._ring.push(sample)
        for line in list(self._lines):
            yield from self._advance(line, sample)
        onset = self._onsets.push(self._ring, self._line_height)
        if onset is not None:
            step = standing_frames(self._ring, onset=True)
            self._due[onset + step] = step
        if start_us >= self._next_look_us:
            self._due.setdefault(sample.index, standing_frames(self._ring, onset=False))
            self._next_look_us = start_us + self._grid_us - 2000
        yield from self._looks_due(sample.index)

    def close(self) -> Iterator[Span]:
        """The film has ended: yield what still stands."""
        if not self._count:
            return
        yield from self._looks_due(self._ring.last + max(self._due.values(), default=0) + 2)
        for line in list(self._lines):
            end = self._count - line.doubtful_frames
            yield from self._emit(line, line.close(end, self._start_us(end), self._ring))

    def _sample(self, start_us: int, crop: Luma) -> Sample:
        if not self._count:
            read_height = self._region.line_height * crop.shape[1] / self._region.width
            self._halvings = max(0, round(math.log2(read_height / LINE_HEIGHT_PX)))
            self._shrink = 2**self._halvings
            self._line_height = read_height / self._shrink
            self._finder = Finder(self._detector, self._line_height, self._shrink, self._report)
        small = crop
        for _ in range(self._halvings):
            small = _halved(small)
        sample = Sample(self._count, start_us, crop, small, stroke_mask(small))
        self._count += 1
        return sample

    def _start_us(self, index: int) -> int:
        if index in self._ring:
            return self._ring[index].start_us
        step_us = (
            self._ring[self._ring.last].start_us - self._ring[self._ring.first].start_us
        ) // max(1, self._ring.last - self._ring.first)
        return self._ring[self._ring.last].start_us + max(1, step_us)

    # Following

    def _advance(self, line: FollowedLine, sample: Sample) -> Iterator[Span]:
        segments = line.advance(sample, self._ring)
        if segments:
            yield from self._emit(line, segments)
        if line.end is not None and line.only_part:
            yield from self._follow_rest(line, line.end)

    def _follow_rest(self, line: FollowedLine, end: int) -> Iterator[Span]:
        """Only a part of the line changed: what stands in its box now is another line."""
        seed = end + 1
        if seed + 1 not in self._ring or self._overlapping(line.box, seed):
            return
        heir = self._sown(seed, line.box)
        if heir is not None:
            yield from self._start(heir, not_before=end)

    def _start(self, line: FollowedLine, not_before: int = 0) -> Iterator[Span]:
        if not_before > line.first:
            line.begin_at(not_before, self._ring)
        self._lines.append(line)
        for index in range(line.first, self._ring.last + 1):
            if line.end is None:
                yield from self._advance(line, self._ring[index])

    def _emit(self, line: FollowedLine, segments: list[Segment]) -> Iterator[Span]:
        moving = False
        if line.end is not None:
            self._lines.remove(line)
            self._left.append(line)
            lived_us = segments[-1].end_us - line.start_us
            moving = lived_us < _MOVING_US and line.moved(self._ring)
        if moving:
            self._finder.note_moving(line.box)
            self._report.reject("moving")
            box = self._in_picture(line.box.scaled(self._shrink))
            self._report.rejects.append(
                Reject("moving", line.start_us, segments[-1].end_us, "", box)
            )
            return
        for segment in segments:
            if segment.end - segment.first >= MIN_FRAMES:
                yield self._span(line, segment)
                yield from self._laid_over(line, segment)

    def _laid_over(self, line: FollowedLine, segment: Segment) -> Iterator[Span]:
        """What stood over print, if that is there again as it was before."""
        end = segment.end
        away = range(end, min(end + _AWAY_FRAMES, self._ring.last + 1))[-2:]
        if not away or away[0] not in self._ring:
            return
        before = [line] if segment.first > line.first else []
        before += [other for other in self._left if goes_on(other, line, segment.first)]
        covered, now = self._ring.nearest(end - 2).small, self._ring[away[-1]].small
        if not any(is_back(other, covered, now) for other in before):
            return
        box = line.box.scaled(self._shrink)
        overlay = laid_over(self._ring, range(segment.first, end), away, box)
        if overlay is None:
            return
        self._report.spans += 1
        yield Span(
            region=self._number,
            box=self._in_picture(overlay.box),
            start_us=segment.start_us,
            end_us=segment.end_us,
            frames=end - segment.first,
            image=overlay.image,
            image_box=self._in_picture(Box(*overlay.rect)),
            over=True,
        )

    def _in_picture(self, box: Box) -> Box:
        """A box in px of the crop in px of the picture."""
        per_crop = self._region.width / self._ring[self._ring.last].crop.shape[1]
        return box.scaled(per_crop).moved(self._region.x, self._region.y)

    def _span(self, line: FollowedLine, segment: Segment) -> Span:
        def columns(changed: tuple[float, float] | None) -> tuple[float, float] | None:
            if not changed:
                return None
            box = self._in_picture(Box(changed[0], 0, changed[1], 0).scaled(self._shrink))
            return box.x0, box.x1

        self._report.spans += 1
        return Span(
            region=self._number,
            box=self._in_picture(line.box.scaled(self._shrink)),
            start_us=segment.start_us,
            end_us=segment.end_us,
            frames=segment.end - segment.first,
            image=segment.image,
            image_box=self._in_picture(Box(*line.read_rect)),
            changed_before=columns(segment.before),
            changed_after=columns(segment.after),
            frame=segment.frame,
        )

    def _looks_due(self, latest: int) -> Iterator[Span]:
        """Look where enough frames after the one in question are known."""
        due = sorted(index for index, step in self._due.items() if index + max(2, step) <= latest)
        for index in due:
            step = self._due.pop(index)
            if index in self._ring:
                yield from self._look(index, step)

    def _look(self, index: int, step: int) -> Iterator[Span]:
        boxes = self._finder.find(index, self._ring, self._boxes_at(index), step)
        if boxes is None:
            return
        for box in whole(boxes, index, self._ring, self._line_height):
            yield from self._take(index, box)
        self._finder.remember(index, self._ring, self._boxes_at(index), step)

    def _boxes_at(self, index: int) -> list[Box]:
        return [line.box for line in self._alive(index)]

    def _alive(self, index: int) -> list[FollowedLine]:
        return [line for line in (*self._lines, *self._left) if line.covers(index)]

    def _take(self, index: int, box: Box) -> Iterator[Span]:
        """Follow the line in ``box`` unless it is followed already."""
        line = self._newcomer(index, box)
        if line is None and not self._overlapping(box, index):
            line = self._sown(index, box)
        if line is None:
            return
        for clipped in [other for other in self._lines if is_part(other, line)]:
            self._lines.remove(clipped)
            line.reach_back(clipped)
        yield from self._start(line)

    def _sown(self, index: int, box: Box, within: Box | None = None) -> FollowedLine | None:
        box = refined(box, index, self._ring, self._line_height, within)
        return FollowedLine.sow(index, box, self._ring, self._read_rect(box))

    def _newcomer(self, index: int, box: Box) -> FollowedLine | None:
        """The part of a row that came up beside another: a sign near a subtitle, or it near one.

        A detector takes for one row what stands close together. A row that it saw in part at
        first has no such gap, and came up as a whole.
        """
        others = [
            line
            for line in self._alive(index)
            if min(line.box.overlap(box)) > 0 and line.box.overlap(box)[1] > 0.5 * box.height
        ]
        rest = rest_of(box, [line.box for line in others]) if others else None
        line = rest and self._sown(index, rest, rest)
        if not line or any(not is_apart(line, other) for other in others):
            return None
        return line

    def _overlapping(self, box: Box, index: int) -> bool:
        for line in self._alive(index):
            width, height = box.overlap(line.box)
            same_row = height > 0.5 * min(box.height, line.box.height)
            if same_row and width > 0.7 * box.width:
                return True
        return False

    def _read_rect(self, box: Box) -> Rect:
        scaled = box.scaled(self._shrink)
        shape = self._ring[self._ring.last].crop.shape
        return Rect.around(scaled, shape, 1.2 * scaled.height, _READ_MARGIN * scaled.height)


def _halved(luma: Luma) -> Luma:
    """Half the size; OpenCV is several times faster at just this factor."""
    width, height = max(1, luma.shape[1] // 2), max(1, luma.shape[0] // 2)
    even = luma[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
