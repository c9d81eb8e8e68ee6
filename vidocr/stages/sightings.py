"""Text that stands still in two stills of a film, a moment apart.

A detector looks once at both: at their mean, in which what moves is blurred, and only where
strokes stand in either.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.engines import TextDetector
from vidocr.model import Box, Luma, Region
from vidocr.stages.lines import join_rows
from vidocr.stages.strokes import Rect, StrokeTemplate, stroke_mask

_STANDS = 0.6  # SSIM's structure term on the strokes of a row that both stills show
_GRADIENT = 40  # less than in a line that is followed: a still is shrunk
_WINDOW_PX = (24, 10)
_COLUMN = 2.5  # height to width: fewer glyphs do not tell a column from a row
_PIECE = 0.7  # of one in which a detector sees gaps
_DENSE = 0.12  # share of strokes in a window that may hold a piece of text
_AROUND_PX = (24, 12)  # of it that a detector has to see with it
_LEAST_STRIP_PX = 16
_STRIP_PX = 256
_OVERLAP_PX = 64


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A row or a column of text that stood still in both stills of a pair; px of the picture."""

    box: Box
    picture: Luma
    time_us: int = 0

    @property
    def is_column(self) -> bool:
        """Whether it is taller than any row is."""
        return self.box.height > _COLUMN * self.box.width

    def lying(self, width: int) -> Sighting:
        """A column as a row of a picture that had this width before it was turned to the left."""
        return Sighting(self.box.lying(width), np.rot90(self.picture), self.time_us)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stills a fraction of a second apart, and the picture px per px of theirs.

    ``time_us`` is when the first one begins.
    """

    first: Luma
    second: Luma
    zoom: float
    time_us: int = 0


def sightings(pair: Pair, detector: TextDetector, regions: Sequence[Region] = ()) -> list[Sighting]:
    """Text outside of ``regions`` that stands in both stills of a pair: rows, then columns."""
    both = cv2.addWeighted(pair.first, 0.5, pair.second, 0.5, 0)
    standing = stroke_mask(pair.first, _GRADIENT) & stroke_mask(pair.second, _GRADIENT)
    found: list[Box] = []
    for top, bottom in _between(regions, pair):
        for area in _areas(standing[top:bottom], top):
            found += _boxes(detector, np.asarray(both, np.uint8), area)
    rows = [row for row in join_rows(found) if row.width > 0.8 * row.height and row.height >= 2]
    standing_rows = [row for row in rows if _stands(row, pair)]
    return [
        Sighting(
            box.scaled(pair.zoom),
            Rect.around(box, both.shape, 0, 0).of(pair.first).copy(),
            pair.time_us,
        )
        for box in (*standing_rows, *_columns(found, pair))
    ]


def _columns(found: Sequence[Box], pair: Pair) -> list[Box]:
    """Columns among what was found that stand in both stills: rows, once these are turned."""
    width = pair.first.shape[1]
    lines = join_rows([box.lying(width) for box in found if box.height > _PIECE * box.width])
    long = [line for line in lines if line.width > _COLUMN * line.height and line.height >= 2]
    if not long:
        return []
    turned = replace(pair, first=_turned(pair.first), second=_turned(pair.second))
    return [line.standing(width) for line in long if _stands(line, turned)]


def _turned(luma: Luma) -> Luma:
    return np.ascontiguousarray(np.rot90(luma))


def _between(regions: Sequence[Region], pair: Pair) -> Iterator[tuple[int, int]]:
    """Rows of the stills, from and to, that no region covers."""
    top = 0
    for region in sorted(regions, key=lambda region: region.y):
        yield top, int(region.y / pair.zoom)
        top = max(top, math.ceil((region.y + region.height) / pair.zoom))
    yield top, pair.first.shape[0]


def _areas(standing: Luma, top: int) -> Iterator[Rect]:
    """Bands of rows that hold strokes as dense as text's, cut to the columns that do."""
    if standing.shape[0] < _LEAST_STRIP_PX:
        return
    share = cv2.boxFilter(standing, -1, _WINDOW_PX, borderType=cv2.BORDER_CONSTANT)
    dense = cv2.threshold(share, int(255 * _DENSE), 1, cv2.THRESH_BINARY)[1]
    across, down = _AROUND_PX
    around = cv2.dilate(dense, np.ones((2 * down + 1, 2 * across + 1), np.uint8))
    for y0, y1 in _runs(np.any(around, axis=1).reshape(-1)):
        columns = np.flatnonzero(np.any(around[y0:y1], axis=0))
        yield Rect(int(columns[0]), top + y0, int(columns[-1]) + 1, top + y1)


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Where runs of True begin and end (exclusive)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _boxes(detector: TextDetector, still: Luma, area: Rect) -> Iterator[Box]:
    """Text in a part of a still, found in strips: a detector's memory grows with them.

    Strips overlap by more than a line; a box counts in the one whose middle it is nearer.
    """
    step = _STRIP_PX - _OVERLAP_PX
    starts = range(area.y0, max(area.y0 + 1, area.y1 - _OVERLAP_PX), step)
    for start in starts:
        low = area.y0 if start == starts[0] else start + _OVERLAP_PX / 2
        high = area.y1 if start == starts[-1] else start + _STRIP_PX - _OVERLAP_PX / 2
        strip = area._replace(y0=start, y1=min(area.y1, start + _STRIP_PX))
        for box in detector.detect(np.ascontiguousarray(strip.of(still))):
            if low <= start + box.y_centre < high:
                yield box.moved(area.x0, start)


def _stands(row: Box, pair: Pair) -> bool:
    """Whether the first still's strokes of a row stand in the second one, too."""
    rect = Rect.around(row, pair.first.shape, 2, 1)
    template = StrokeTemplate.build([[pair.first]], rect, row.height, _GRADIENT)
    return template is not None and template.match(pair.second).structure > _STANDS
