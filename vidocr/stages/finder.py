"""Where new text stands in a region: looks only where strokes stand that were not there before."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import cv2
import numpy as np

from vidocr.engines import TextDetector
from vidocr.model import Box, Luma
from vidocr.report import Report
from vidocr.stages.changes import Ring
from vidocr.stages.lines import join_rows
from vidocr.stages.strokes import Rect, dilated

_STANDING_US = (40_000, 120_000)
_STILL = 24  # luma by which a stroke may change meanwhile
_LOOKS_REMEMBERED = 3
_NEW_STROKES = 0.1  # of line height squared, in a window of two line heights by one
_MOVING_ON_ROW = 4  # moving lines on one row before the row is passed over
_MOVING_REMEMBERED = 12
_DETECT_HEIGHTS_PX = (24, 40)  # of a line: most are found at a third of the cost
_DETECT_SIDE_PX = 960
_DETECT_PAD_PX = 8
_MARGIN = 3.0  # line heights around new strokes in which text is detected
_HEIGHTS = (0.55, 2.2)  # of a line against its region's


def standing_frames(ring: Ring, onset: bool) -> int:
    """How many frames before and after one strokes must stand to be text.

    What has just come up may leave as soon; what is sought on the grid has to stand for longer.
    """
    brief, long = _STANDING_US
    return ring.frames_in(brief if onset else long)


class Finder:
    """Finds lines that are not followed yet.

    Text detection is the dearest step by far, so it runs only where enough strokes stand that
    belong to no line that is followed, and were not seen, without text, at the last looks.
    Boxes are in px of the resized region; ``shrink`` is how much larger its crop is.
    """

    def __init__(
        self, detector: TextDetector, line_height: float, shrink: int, report: Report
    ) -> None:
        self._detector = detector
        self._line_height = line_height
        self._shrink = shrink
        self._report = report
        self._seen: deque[Luma] = deque(maxlen=_LOOKS_REMEMBERED)
        self._moving: deque[Box] = deque(maxlen=_MOVING_REMEMBERED)

    def find(self, index: int, ring: Ring, followed: Sequence[Box], step: int) -> list[Box] | None:
        """Rows of text at frame ``index``; None where nothing new stands and none was sought.

        ``step`` says how many frames before and after strokes must stand.
        """
        new = _standing(index, ring, step)
        for box in followed:
            _blank(new, box)
        for box in self._moving_rows():
            new[max(0, int(box.y0)) : int(box.y1) + 1] = 0
        if len(self._seen) == _LOOKS_REMEMBERED:
            new &= ~np.bitwise_and.reduce(list(self._seen))
        where = self._where_dense(new)
        if where is None:
            return None
        rows = self._look(ring[index].crop, where, _DETECT_HEIGHTS_PX[0])
        for row in rows:
            _blank(new, row)
        left = self._where_dense(new)
        if left is not None:
            rows += self._look(ring[index].crop, left, _DETECT_HEIGHTS_PX[1])
        return rows

    def _look(self, crop: Luma, where: Rect, height_px: int) -> list[Box]:
        """Rows of text around the part ``where`` of the region."""
        height, width = (side // self._shrink for side in crop.shape)
        rows = self._detect(crop, where, height_px)
        if _touches_side(rows, where, width):
            rows = self._detect(crop, where._replace(x0=0, x1=width), height_px)
        return [row for row in rows if not _is_cut(row, where, height)]

    def remember(self, index: int, ring: Ring, followed: Sequence[Box], step: int) -> None:
        """After a look: what still stands outside of the lines followed is no text."""
        standing = _standing(index, ring, step)
        for box in followed:
            _blank(standing, box)
        self._seen.append(dilated(standing))

    def note_moving(self, box: Box) -> None:
        """A line moved through ``box``: a row where many do is a ticker's."""
        self._moving.append(box)

    def _moving_rows(self) -> list[Box]:
        near = 0.6 * self._line_height
        return [
            box
            for box in self._moving
            if sum(abs(box.y_centre - other.y_centre) < near for other in self._moving)
            >= _MOVING_ON_ROW
        ]

    def _where_dense(self, strokes: Luma) -> Rect | None:
        """The part of the region around places with enough new strokes for a glyph."""
        line_height = self._line_height
        window = max(1, round(2 * line_height)), max(1, round(line_height))
        share = cv2.boxFilter(strokes, -1, window, borderType=cv2.BORDER_CONSTANT)
        least = int(255 * _NEW_STROKES * line_height**2 / (window[0] * window[1]))
        dense = np.asarray(cv2.threshold(share, least, 255, cv2.THRESH_BINARY)[1], np.uint8)
        x, y, width, height = cv2.boundingRect(dense)
        if not width:
            return None
        found = Box(x, y, x + width, y + height)
        return Rect.around(found, strokes.shape, _MARGIN * line_height, 0.5 * line_height)

    def _detect(self, crop: Luma, where: Rect, height_px: int) -> list[Box]:
        """Rows of text in the part ``where`` of the region, where a line has ``height_px``."""
        shrink = self._shrink
        part = Rect(*(v * shrink for v in where)).of(crop)
        zoom = min(
            1.0,
            _DETECT_SIDE_PX / max(part.shape),
            height_px / (self._line_height * shrink),
        )
        if zoom < 1:
            resized = cv2.resize(part, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
            part = np.asarray(resized, np.uint8)
        pad = _DETECT_PAD_PX
        padded = cv2.copyMakeBorder(part, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        self._report.detect_calls += 1
        found = [
            box.moved(-pad, -pad).scaled(1 / (zoom * shrink)).moved(where.x0, where.y0)
            for box in self._detector.detect(np.asarray(padded, np.uint8))
        ]
        return [row for row in join_rows(found) if self._is_line(row)]

    def _is_line(self, box: Box) -> bool:
        low, high = _HEIGHTS
        fits = low * self._line_height < box.height < high * self._line_height
        return fits and box.width > 0.6 * box.height


def _standing(index: int, ring: Ring, step: int) -> Luma:
    """Strokes that stand still from ``step`` frames before ``index`` to as many after it."""
    before, here, after = (ring.nearest(at) for at in (index - step, index, index + step))
    still = cv2.absdiff(before.small, after.small) < _STILL
    return here.strokes & before.strokes & after.strokes & (still * np.uint8(255))


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


def _is_cut(row: Box, where: Rect, height: int) -> bool:
    """Whether the upper or lower edge of what was looked at goes through a row.

    So it does where little of the row stood before, by chance; all of it does at the next look.
    """
    return 0 < where.y0 > row.y0 or row.y1 > where.y1 < height
