"""Frames to spans: finds each line of text in a region and follows it while it stands."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np

from vidocr.model import US_PER_S, Box, Frame, Luma, Region, Report, Span, TextDetector
from vidocr.stages.changes import Onsets, Ring, Sample
from vidocr.stages.lines import MIN_FRAMES, FollowedLine, Segment, join_rows
from vidocr.stages.strokes import LINE_HEIGHT_PX, Rect, dilated, stroke_mask

_STANDING_US = 40_000
_LOOKS_REMEMBERED = 3
_NEW_STROKES = 0.1  # of line height squared, in a window of two line heights by one
_MOVING_US = 600_000  # a line that moves and lives less is no subtitle
_MOVING_ON_ROW = 4  # moving lines on one row before the row is passed over
_DETECT_HEIGHT_PX = 40
_DETECT_SIDE_PX = 960
_DETECT_PAD_PX = 16
_MARGIN = 3.0  # line heights around new strokes in which text is detected
_HEIGHTS = (0.55, 2.2)  # of a line against its region's


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
    followers = [
        RegionFollower(number, region, detector, grid_us, report)
        for number, region in enumerate(regions)
    ]
    for frame in frames:
        for follower, crop in zip(followers, frame.crops, strict=True):
            yield from follower.push(frame.start_us, crop)
    for follower in followers:
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
        self._due: list[int] = []
        self._next_look_us = 0
        self._seen: deque[Luma] = deque(maxlen=_LOOKS_REMEMBERED)
        self._moving_rows: deque[tuple[float, float]] = deque(maxlen=12)
        self._shrink = 1.0
        self._line_height = region.line_height

    def push(self, start_us: int, crop: Luma) -> Iterator[Span]:
        """Take the next frame of the region; yield the spans that ended."""
        sample = self._sample(start_us, crop)
        self._ring.push(sample)
        for line in list(self._lines):
            yield from self._advance(line, sample)
        onset = self._onsets.push(self._ring, self._line_height)
        if onset is not None:
            self._due.append(onset + self._standing())
        if start_us >= self._next_look_us:
            self._due.append(sample.index)
            self._next_look_us = start_us + self._grid_us - 2000
        yield from self._looks_due(sample.index - max(2, self._standing()))

    def close(self) -> Iterator[Span]:
        """The film has ended: yield what still stands."""
        if not self._count:
            return
        yield from self._looks_due(self._ring.last)
        for line in list(self._lines):
            end = self._count - line.doubtful_frames
            yield from self._emit(line, line.close(end, self._start_us(end), self._ring))

    def _sample(self, start_us: int, crop: Luma) -> Sample:
        if not self._count:
            read_height = self._region.line_height * crop.shape[1] / self._region.width
            self._shrink = max(1, round(read_height / LINE_HEIGHT_PX))
            self._line_height = read_height / self._shrink
        small = crop
        if self._shrink > 1:
            size = (max(1, int(crop.shape[1] / self._shrink)), max(1, int(crop.shape[0] / self._shrink)))
            small = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
        sample = Sample(self._count, start_us, crop, small, stroke_mask(small))
        self._count += 1
        return sample

    def _standing(self) -> int:
        return self._ring.frames_in(_STANDING_US)

    def _start_us(self, index: int) -> int:
        if index in self._ring:
            return self._ring[index].start_us
        step_us = (self._ring[self._ring.last].start_us - self._ring[self._ring.first].start_us) // max(
            1, self._ring.last - self._ring.first
        )
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
        heir = FollowedLine.sow(seed, line.box, self._ring, line.read_rect)
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
            self._moving_rows.append((line.box.y0, line.box.y1))
            self._report.reject("moving")
            return
        for segment in segments:
            if segment.end - segment.first >= MIN_FRAMES:
                yield self._span(line, segment)

    def _span(self, line: FollowedLine, segment: Segment) -> Span:
        per_crop = self._region.width / self._ring[self._ring.last].crop.shape[1]
        per_small = per_crop * self._shrink
        x, y = self._region.x, self._region.y

        def columns(changed: tuple[float, float] | None) -> tuple[float, float] | None:
            return changed and (x + changed[0] * per_small, x + changed[1] * per_small)

        self._report.spans += 1
        return Span(
            region=self._number,
            box=line.box.scaled(per_small).moved(x, y),
            start_us=segment.start_us,
            end_us=segment.end_us,
            frames=segment.end - segment.first,
            image=segment.image,
            image_box=Box(*line.read_rect).scaled(per_crop).moved(x, y),
            changed_before=columns(segment.before),
            changed_after=columns(segment.after),
        )

    # Looking for new lines

    def _looks_due(self, latest: int) -> Iterator[Span]:
        due = sorted({index for index in self._due if index <= latest})
        self._due = [index for index in self._due if index > latest]
        for index in due:
            if index in self._ring:
                yield from self._look(index)

    def _look(self, index: int) -> Iterator[Span]:
        standing = self._standing_strokes(index)
        new = standing.copy()
        for line in self._alive(index):
            _blank(new, line.box)
        for y0, y1 in self._ticker_rows():
            new[max(0, int(y0)) : int(y1) + 1] = 0
        if len(self._seen) == _LOOKS_REMEMBERED:
            known = np.bitwise_and.reduce(list(self._seen))
            new &= ~known
        where = self._where_dense(new)
        if where is None:
            return
        rows = self._detect(index, where)
        if _touches_side(rows, where, new.shape[1]):
            rows = self._detect(index, where._replace(x0=0, x1=new.shape[1]))
        for box in rows:
            yield from self._take(index, box)
        for line in self._alive(index):
            _blank(standing, line.box)
        self._seen.append(dilated(standing))

    def _standing_strokes(self, index: int) -> Luma:
        step = self._standing()
        standing = self._ring[index].strokes
        for other in (index - step, index + step):
            standing = standing & self._ring.nearest(other).strokes
        return standing

    def _alive(self, index: int) -> list[FollowedLine]:
        return [line for line in (*self._lines, *self._left) if line.covers(index)]

    def _ticker_rows(self) -> list[tuple[float, float]]:
        rows = list(self._moving_rows)
        centres = [(y0 + y1) / 2 for y0, y1 in rows]
        near = 0.6 * self._line_height
        return [
            row
            for row, centre in zip(rows, centres, strict=True)
            if sum(abs(centre - other) < near for other in centres) >= _MOVING_ON_ROW
        ]

    def _where_dense(self, strokes: Luma) -> Rect | None:
        """The part of the region around places with enough new strokes for a glyph."""
        line_height = self._line_height
        window = (max(1, round(2 * line_height)), max(1, round(line_height)))
        density = cv2.boxFilter(
            (strokes > 0).astype(np.float32),
            -1,
            window,
            normalize=False,
            borderType=cv2.BORDER_CONSTANT,
        )
        rows, columns = np.nonzero(density > _NEW_STROKES * line_height**2)
        if not len(rows):
            return None
        found = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        return Rect.around(found, strokes.shape, _MARGIN * line_height, 0.5 * line_height)

    def _detect(self, index: int, where: Rect) -> list[Box]:
        """Rows of text in the part ``where`` of frame ``index``, in px of ``small``."""
        crop = self._ring[index].crop
        shrink = self._shrink
        part = Rect(*(int(v * shrink) for v in where)).of(crop)
        zoom = min(
            1.0,
            _DETECT_SIDE_PX / max(part.shape),
            _DETECT_HEIGHT_PX / (self._line_height * shrink),
        )
        if zoom < 1:
            part = np.asarray(
                cv2.resize(part, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA), np.uint8
            )
        pad = _DETECT_PAD_PX
        padded = cv2.copyMakeBorder(part, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        self._report.detect_calls += 1
        boxes = self._detector.detect(np.asarray(padded, np.uint8))
        found = [
            box.moved(-pad, -pad).scaled(1 / (zoom * shrink)).moved(where.x0, where.y0)
            for box in boxes
        ]
        return [row for row in join_rows(found) if self._is_line(row)]

    def _is_line(self, box: Box) -> bool:
        low, high = _HEIGHTS
        fits = low * self._line_height < box.height < high * self._line_height
        return fits and box.width > 0.6 * box.height

    def _take(self, index: int, box: Box) -> Iterator[Span]:
        """Follow the line in ``box`` unless it is followed already."""
        if self._overlapping(box, index):
            return
        line = FollowedLine.sow(index, box, self._ring, self._read_rect(box))
        if line is None:
            return
        for clipped in [other for other in self._lines if _is_part(other, line)]:
            self._lines.remove(clipped)
            line.reach_back(clipped)
        yield from self._start(line)

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
        return Rect.around(scaled, shape, 1.2 * scaled.height, 0.5 * scaled.height)


def _blank(mask: Luma, box: Box) -> None:
    rect = Rect.around(box, mask.shape, 5, 3)
    mask[rect.y0 : rect.y1, rect.x0 : rect.x1] = 0


def _touches_side(rows: Sequence[Box], where: Rect, width: int) -> bool:
    """Whether a row may go on beyond the part of the region that was looked at."""
    return any(
        (where.x0 > 0 and row.x0 < where.x0 + 0.5 * row.height)
        or (where.x1 < width and row.x1 > where.x1 - 0.5 * row.height)
        for row in rows
    )


def _is_part(clipped: FollowedLine, line: FollowedLine) -> bool:
    """Whether ``clipped`` was detected too narrow, and ``line`` is the whole of it."""
    height = line.box.height
    within = (
        clipped.box.x0 > line.box.x0 - height
        and clipped.box.x1 < line.box.x1 + height
        and clipped.box.overlap(line.box)[1] > 0.5 * height
    )
    return within and line.box.width > clipped.box.width + 0.6 * height
