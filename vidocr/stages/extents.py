"""Where a line of text begins and ends, to the pixel: a detector's box is less exact."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import Box, Luma
from vidocr.stages.changes import Ring
from vidocr.stages.strokes import Rect

_REACH = 2.5  # line heights beyond the box in which the line may go on
_GAP = 0.9  # between glyphs of one line, the dots of an ellipsis among them
_FREE = 0.2  # above and below a line, where nothing of it stands
_STRONG = 0.5  # of the steepness of the line's own strokes
_USUAL = 95  # percentile of the steepness in the box: that of its strokes
_AS_BRIGHT = 30  # luma by which glyphs of one line may differ
_LEAST_PX = 2  # a dot has as many in a column
_BESIDE_PX = 2
_FRAMES = 3
_GONE = 0.7  # of the steepness that a frame before keeps: a part may be left by a codec
_TALL = 1.25  # of a line's height: a detector's box around a short word may be
_AIRY = 1.2  # of the strokes' own height: what a line has at least
_LEVEL = 0.6  # of the taller of two boxes on one row, that both cover
_TO_END = 0.5  # line heights to the end of a row that a part of it reaches
_LEAST_REST = 1.0
_CROSS = np.ones((3, 3), np.uint8)


def refined(box: Box, index: int, ring: Ring, line_height: float, within: Box | None = None) -> Box:
    """The box with its ends where the strokes end that stand around frame ``index``.

    What is less steep than the line's own strokes is of the background and left out. What is as
    steep and as bright and stands near and free is taken in: dots and dashes, that a detector
    may cut off, unless it is not ``within`` a box. A box that is taller than lines usually are is
    cut to their height.
    """
    height, width = ring.nearest(index).small.shape
    reach = Rect.around(box, (height, width), _REACH * box.height, _FREE * box.height)
    if within:
        reach = reach._replace(x0=max(reach.x0, int(within.x0)), x1=min(reach.x1, int(within.x1)))
    first = max(0, int(box.x0) - reach.x0)
    end = min(reach.x1 - reach.x0, int(np.ceil(box.x1)) - reach.x0)
    top = max(0, int(box.y0) - reach.y0)
    bottom = min(reach.y1 - reach.y0, int(np.ceil(box.y1)) - reach.y0)
    crops, steep = _standing(reach, index, ring, np.s_[top:bottom, first:end])
    inside = steep[top:bottom, first:end]
    if not inside.size:
        return box
    strong = steep > _STRONG * np.percentile(inside, _USUAL)
    inked = np.count_nonzero(strong[top:bottom], axis=0) >= _LEAST_PX
    own = first + np.flatnonzero(inked[first:end])
    if not len(own):
        return box
    spoilt = np.asarray(strong[:top].any(axis=0) | strong[bottom:].any(axis=0), np.bool_)
    bright = np.minimum.reduce(crops)[top:bottom].max(axis=0)
    least = float(np.median(bright[own])) - _AS_BRIGHT
    x0, x1 = int(own[0]), int(own[-1]) + 1
    gap = int(_GAP * box.height)
    left, right = slice(x0 - 1, None, -1) if x0 else slice(0), slice(x1, None)
    x0 -= _going_on(inked[left], spoilt[left], bright[left], least, gap)
    x1 += _going_on(inked[right], spoilt[right], bright[right], least, gap)
    if box.height > _TALL * line_height:
        box = _levelled(box, np.flatnonzero(strong[top:bottom, first:end].any(axis=1)), line_height)
    return box._replace(
        x0=float(max(0, reach.x0 + x0 - _BESIDE_PX)),
        x1=float(min(width, reach.x0 + x1 + _BESIDE_PX)),
    )


def _standing(
    reach: Rect, index: int, ring: Ring, inside: tuple[slice, slice]
) -> tuple[list[Luma], Luma]:
    """Three frames that show a line, and how steep it is in all of them.

    They begin with frame ``index``, but where the line is gone by the last of them.
    """
    later, earlier = (_run(reach, start, ring) for start in (index, index - 1))
    gone = int(later[1][inside].sum()) < _GONE * int(earlier[1][inside].sum())
    return earlier if gone else later


def _run(reach: Rect, start: int, ring: Ring) -> tuple[list[Luma], Luma]:
    crops = [reach.of(ring.nearest(at).small) for at in range(start, start + _FRAMES)]
    steep = np.minimum.reduce([cv2.morphologyEx(c, cv2.MORPH_GRADIENT, _CROSS) for c in crops])
    return crops, np.asarray(steep, np.uint8)


def whole(boxes: Sequence[Box], index: int, ring: Ring, line_height: float) -> list[Box]:
    """The boxes, those as one that touch once they end where their strokes do.

    A detector may part a line at dots, or at a gap that is wide in its font.
    """
    found: list[Box] = []
    for box in boxes:
        for at, other in enumerate(found):
            if _are_beside(other, box) and _touch(other, box, index, ring, line_height):
                found[at] = other.union(box)
                break
        else:
            found.append(box)
    return found


def _are_beside(a: Box, b: Box) -> bool:
    """Whether two boxes stand on one row, each for itself."""
    width, height = a.overlap(b)
    return width < 0 and height > _LEVEL * max(a.height, b.height)


def _touch(a: Box, b: Box, index: int, ring: Ring, line_height: float) -> bool:
    ends = [refined(box, index, ring, line_height) for box in (a, b)]
    return ends[0].overlap(ends[1])[0] > 0


def _levelled(box: Box, rows: NDArray[np.intp], line_height: float) -> Box:
    """The box with the height of a line, in the middle of the rows (from its top) with strokes."""
    middle = box.y0 + (int(rows[0]) + int(rows[-1]) + 1) / 2
    half = max(line_height, _AIRY * (int(rows[-1]) + 1 - int(rows[0]))) / 2
    return box._replace(y0=max(box.y0, middle - half), y1=min(box.y1, middle + half))


def _going_on(
    inked: NDArray[np.bool_],
    spoilt: NDArray[np.bool_],
    bright: NDArray[np.uint8],
    least: float,
    gap: int,
) -> int:
    """How many columns beyond its end a line goes on.

    Args:
        inked: which columns, outwards, hold strokes.
        spoilt: which hold some above or below the line, too.
        bright: the brightest luma of each.
        least: how bright a glyph is at least.
        gap: px between glyphs.
    """
    taken = 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], inked.astype(np.int8), [0]))))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        glyph = slice(start, end)
        if start - taken > gap or spoilt[glyph].any() or bright[glyph].max() < least:
            break
        taken = end
    return taken


def rest_of(box: Box, others: Sequence[Box]) -> Box | None:
    """What is left of a box beside others on its row; None if they are not at its ends."""
    x0, x1 = box.x0, box.x1
    for other in others:
        if other.x0 < box.x0 + _TO_END * box.height:
            x0 = max(x0, other.x1)
        elif other.x1 > box.x1 - _TO_END * box.height:
            x1 = min(x1, other.x0)
        else:
            return None
    return box._replace(x0=x0, x1=x1) if x1 - x0 > _LEAST_REST * box.height else None
