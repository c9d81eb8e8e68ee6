"""Upright columns of Chinese and Japanese: read as rows, told as columns.

They are followed in a film whose pictures are turned to the left: there a column is a row from
left to right, the right one of several the upper one, and its glyphs lie on their backs. Before
such a row is read each glyph is turned back where it lies. They stand at one pitch, whatever
strokes they have, and that is how they are told apart: 二 has a gap where no glyph ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import Box, Cue, Luma, Region, Span
from vidocr.report import Reject, Report
from vidocr.stages.rows import Row
from vidocr.stages.strokes import Rect, stroke_mask
from vidocr.text import is_ideographic

_PITCHES = (0.72, 1.5, 0.01)  # of glyphs, in heights of their ink: from, to, step
_STEP_PX = 0.5
_BEARING = (-0.08, 0.5)  # pitches from the edge of a line's first or last cell to its ink
_UNEVEN = 0.3  # what bearings that differ weigh against ink between the cells
_WIDE = 0.3  # what wide bearings weigh
_INKED, _FAINT = 0.35, 0.2  # of the mean along and across a line: less is no glyph's
_ALONE = 0.3  # what a cell without neighbours weighs
_LEAST_PX = 4
_DASH, _LONG = 0.35, 0.7  # of a cell: how thick a dash is at most, and how long at least
_MIRRORED = 0.2  # of its contrast by which it may differ from its mirror image
_WITHIN = 0.15  # pitches from the edge of a cell: what its neighbour's strokes may cross
_AS_INKED = 0.6  # of what the blackest pixel columns of a glyph usually hold


class _Cells(NamedTuple):
    """``number`` cells of one pitch, side by side from ``first`` on, across ``middle``; px."""

    first: float
    pitch: float
    number: int
    middle: float = 0.0

    @property
    def end(self) -> float:
        """Where the last one ends."""
        return self.first + self.number * self.pitch


def to_be_read(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans of a turned film with each of their glyphs turned back in its place."""
    for span in spans:
        zoom = span.image.shape[1] / span.image_box.width
        box = span.box.moved(-span.image_box.x0, -span.image_box.y0).scaled(zoom)
        cells = _cells(span.image, box)
        if cells is None:
            yield span
            continue
        first, end = (edge / zoom + span.image_box.x0 for edge in (cells.first, cells.end))
        yield replace(
            span,
            box=span.box._replace(x0=min(span.box.x0, first), x1=max(span.box.x1, end)),
            image=_with_glyphs_up(span.image, cells),
            frame=None if span.frame is None else _with_glyphs_up(span.frame, cells),
        )


def of_columns(rows: Iterable[Row], report: Report) -> Iterator[Row]:
    """The rows whose script is written in columns, too; ``report`` tells of the others."""
    for row in rows:
        if is_ideographic(row.text):
            yield row
        else:
            report.reject("lying")
            told = Reject("lying", row.start_us, row.end_us, row.text, row.box, row.picture)
            report.rejects.append(told)


def lying(region: Region, width: int) -> Region:
    """A region once a picture of this width is turned to the left."""
    return _placed(region, Box.lying, width)


def standing(region: Region, width: int) -> Region:
    """A region of a turned picture in the picture as it was, of this width."""
    return _placed(region, Box.standing, width)


def stood_up(cue: Cue) -> Cue:
    """A cue of a turned film where it stands in the film as it was."""
    proof = replace(cue.proof, boxes=tuple(box.standing(1) for box in cue.proof.boxes))
    return replace(cue, place=cue.place.standing(1), proof=proof)


def add_lying(report: Report, lying: Report, regions: Sequence[Region], width: int) -> None:
    """Add what was reported of a turned film, where it stands in the film as it was.

    Args:
        report: of the film as it was, whose pictures have this width.
        lying: of the turned film.
        regions: that were followed in it.
        width: in px.
    """
    lying.rejects = [replace(each, box=each.box.standing(width)) for each in lying.rejects]
    report.add(lying)
    report.regions += tuple(standing(region, width) for region in regions)


def _placed(region: Region, place: Callable[[Box, float], Box], width: int) -> Region:
    box = Box(region.x, region.y, region.x + region.width, region.y + region.height)
    x0, y0, x1, y1 = (round(edge) for edge in place(box, width))
    return Region(x0, y0, x1 - x0, y1 - y0, region.line_height)


def _cells(luma: Luma, box: Box) -> _Cells | None:
    """Where the glyphs of the line in ``box`` stand; None where no pitch fits."""
    rect = Rect.around(box, luma.shape, 0, 0)
    line = rect.of(luma)
    along = cv2.absdiff(line[:, 1:], line[:, :-1])  # a box behind the line has no edge there
    top, bottom = _inked(_smooth(along.sum(axis=1, dtype=np.float32)), _FAINT)
    if bottom - top < _LEAST_PX:
        return None
    rows = luma[rect.y0 + top : rect.y0 + bottom]
    ink = _smooth(np.ptp(rows, axis=0).astype(np.float32))  # nor one across
    found = _grid(ink[rect.x0 : rect.x1], bottom - top)
    if found is None:
        return None
    cells = found._replace(first=found.first + rect.x0, middle=rect.y0 + (top + bottom) / 2)
    return _with_ends(cells, ink)


def _grid(ink: NDArray[np.float32], height: int) -> _Cells | None:
    """The cells of a line of ink of this height, as far as a detector saw it."""
    low, high = _inked(ink, _INKED)
    if high - low < _LEAST_PX:
        return None
    ink = np.asarray(ink / ink.mean(), np.float32)
    best: tuple[float, _Cells] | None = None
    for pitch in height * np.arange(*_PITCHES):
        least, most = (round((high - low + 2 * share * pitch) / pitch) for share in _BEARING)
        for number in range(max(1, least), most + 1):
            scored = _best_of(ink, low, high, float(pitch), number)
            if scored is not None and (best is None or scored[0] < best[0]):
                best = scored
    return None if best is None else best[1]


def _with_ends(cells: _Cells, ink: NDArray[np.float32]) -> _Cells:
    """The cells and those beside the ends that hold as much ink: detectors leave out 。 and 二."""

    def most(at: int) -> float:
        low, high = (cells.first + (at + side) * cells.pitch for side in (_WITHIN, 1 - _WITHIN))
        return float(ink[round(low) : round(high)].max(initial=0)) if low >= 0 else 0.0

    usual = float(np.median([most(at) for at in range(cells.number)]))
    before, after = (most(at) > _AS_INKED * usual for at in (-1, cells.number))
    return cells._replace(
        first=cells.first - before * cells.pitch, number=cells.number + before + after
    )


def _smooth(profile: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.convolve(np.pad(profile, 1, mode="edge"), np.full(3, 1 / 3, np.float32), "valid")


def _inked(ink: NDArray[np.float32], share: float) -> tuple[int, int]:
    """From where to where there is more than a share of the usual ink."""
    ink = ink - np.percentile(ink, 2)
    found = np.flatnonzero(ink > share * ink.mean())
    return (int(found[0]), int(found[-1]) + 1) if len(found) else (0, 0)


def _best_of(
    ink: NDArray[np.float32], low: int, high: int, pitch: float, number: int
) -> tuple[float, _Cells] | None:
    """The best place of so many cells for ink from ``low`` to ``high``, lower scores first."""
    near, far = (share * pitch for share in _BEARING)
    slack = number * pitch - (high - low)
    before = np.arange(max(near, slack - far), min(far, slack - near) + 1e-6, _STEP_PX)
    if not len(before):
        return None
    after = slack - before
    between = (low - before)[:, None] + pitch * np.arange(1, number)
    crossed = np.interp(between, np.arange(len(ink)), ink).mean(axis=1) if number > 1 else _ALONE
    scores = crossed + (_UNEVEN * np.abs(before - after) + _WIDE * slack) / pitch
    at = int(np.argmin(scores))
    return float(scores[at]), _Cells(float(low - before[at]), pitch, number)


def _with_glyphs_up(luma: Luma, cells: _Cells) -> Luma:
    """A copy with what stands in each cell turned to the right, but for what is drawn upright."""
    side = min(round(cells.pitch), luma.shape[0])
    padded = np.pad(luma, ((0, 0), (side, side)), mode="edge")
    turned = padded.copy()
    top = min(max(0, round(cells.middle - side / 2)), luma.shape[0] - side)
    for at in range(cells.number):
        middle = cells.first + (at + 0.5) * cells.pitch
        left = side + round(middle - side / 2)
        glyph = np.s_[top : top + side, left : left + side]
        if not _is_dash(padded[glyph]):
            turned[glyph] = np.rot90(padded[glyph], -1)
    return np.ascontiguousarray(turned[:, side:-side])


def _is_dash(glyph: Luma) -> bool:
    """Whether a glyph that lies is a thin line along the row: ー, — and … stand so in columns.

    Both ends of them look alike, other than those of an exclamation mark.
    """
    edge = round(_WITHIN * len(glyph))
    inner = glyph[edge:-edge, edge:-edge]
    strokes = stroke_mask(glyph)[edge:-edge, edge:-edge] > 0
    rows = np.flatnonzero(strokes.any(axis=1))
    if not len(rows) or strokes.any(axis=0).mean() < _LONG:
        return False
    band = inner[rows[0] : rows[-1] + 1]
    middle = band.max(axis=0).astype(np.float32)
    alike = np.abs(middle - middle[::-1]).mean() < _MIRRORED * np.ptp(inner)
    return bool(alike and len(band) < _DASH * len(glyph))
