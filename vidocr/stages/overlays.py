"""What a subtitle laid over a line of print, told by the print before it and after."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import Box, Luma
from vidocr.stages.changes import Ring
from vidocr.stages.strokes import Rect

_CHANGED = 24  # luma
_ALIKE = 16  # luma by which what shines through may differ from what was reckoned
_INK = 48  # luma by which letters differ from the ground
_LEAST_PX = 3  # of them in a row or column
_ABOVE = 1.0  # line heights in which the subtitle may stand beside the line that it covers
_TALLEST = 2.0  # of it: more than one row is not told apart
_LEAST_WIDTH = 2.0  # of its height: a glyph that changes is no text laid over another
_EDGE_PX = 2  # of a box behind letters that is blurred
_MARGIN = 0.15  # of the text's height
_FRAMES = 9
_GREY = 128


class Overlay(NamedTuple):
    """Text without the ground, on grey: ``image`` shows ``rect`` of the crop, ``box`` the text."""

    image: Luma
    rect: Rect
    box: Box


def laid_over(ring: Ring, stands: range, away: range, box: Box) -> Overlay | None:
    """The text that stood over a line of print; None where there is none of one row.

    Args:
        ring: holds frames of both; those it has lost are not needed.
        stands: frames that show the text.
        away: frames that show the line of print alone.
        box: of the line of print, px of the crop.
    """
    rect = Rect.around(box, ring[away[0]].crop.shape, 0, _ABOVE * box.height)
    shown, ground = _mean(ring, stands, rect), _mean(ring, away, rect)
    if shown is None or ground is None:
        return None
    patch = _extents(np.abs(shown - ground) > _CHANGED)
    if patch is None:
        return None
    ink = _ink(shown[_slices(patch)], ground[_slices(patch)])
    text = _extents(np.abs(ink) > _INK)
    if text is None:
        return None
    tall = text.y1 - text.y0
    if tall > _TALLEST * box.height or text.x1 - text.x0 < _LEAST_WIDTH * tall:
        return None
    margin = round(_MARGIN * tall)
    grey = np.clip(ink[_slices(text)] + _GREY, 0, 255).astype(np.uint8)
    image = np.pad(grey, 2 * margin, constant_values=_GREY)
    x, y = rect.x0 + patch.x0 + text.x0, rect.y0 + patch.y0 + text.y0
    found = Rect(x, y, x + text.x1 - text.x0, y + text.y1 - text.y0)
    return Overlay(image, _grown(found, 2 * margin), Box(*_grown(found, margin)))


def _slices(rect: Rect) -> tuple[slice, slice]:
    return slice(rect.y0, rect.y1), slice(rect.x0, rect.x1)


def _grown(rect: Rect, by: int) -> Rect:
    return Rect(rect.x0 - by, rect.y0 - by, rect.x1 + by, rect.y1 + by)


def _mean(ring: Ring, frames: range, rect: Rect) -> NDArray[np.float32] | None:
    kept = [index for index in frames if index in ring][-_FRAMES:]
    if not kept:
        return None
    mean = np.mean([rect.of(ring[index].crop) for index in kept], axis=0, dtype=np.float32)
    return np.asarray(mean, np.float32)


def _ink(shown: NDArray[np.float32], ground: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is brighter and darker than the ground: as it was, or seen through a box."""
    middle = (ground.min() + ground.max()) / 2
    dark = ground < middle
    (low, high), (dim, bright) = (
        (float(np.median(luma[dark])), float(np.median(luma[~dark]))) for luma in (ground, shown)
    )
    dimmed = dim + (ground - low) * np.float32((bright - dim) / max(1.0, high - low))
    plain, boxed = shown - ground, shown - dimmed
    if np.count_nonzero(abs(plain) < _ALIKE) >= np.count_nonzero(abs(boxed) < _ALIKE):
        return plain
    boxed[:_EDGE_PX] = boxed[-_EDGE_PX:] = 0
    boxed[:, :_EDGE_PX] = boxed[:, -_EDGE_PX:] = 0
    return boxed


def _extents(mask: NDArray[np.bool_]) -> Rect | None:
    """Where a mask is set in more than single px."""
    clean = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    rows = np.flatnonzero(np.count_nonzero(clean, axis=1) >= _LEAST_PX)
    columns = np.flatnonzero(np.count_nonzero(clean, axis=0) >= _LEAST_PX)
    if min(len(rows), len(columns)) <= 2 * _EDGE_PX:
        return None
    return Rect(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
