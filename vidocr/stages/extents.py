"""Where a line of text begins and ends, to the pixel: a detector's box is less exact."""

from __future__ import annotations

import cv2
import numpy as np

from vidocr.model import Box
from vidocr.stages.changes import Ring
from vidocr.stages.strokes import Rect

_REACH = 2.5  # line heights beyond the box in which the line may go on
_GAP = 0.9  # between glyphs of one line, the dots of an ellipsis among them
_STRONG = 0.5  # of the steepness of the line's own strokes
_USUAL = 95  # percentile of the steepness in the box: that of its strokes
_LEAST_PX = 2  # a dot has as many in a column
_BESIDE_PX = 2
_FRAMES = 3
_CROSS = np.ones((3, 3), np.uint8)


def refined(box: Box, index: int, ring: Ring) -> Box:
    """The box with its ends where the strokes end that stand from frame ``index`` on.

    What is less steep than the line's own strokes is of the background and left out, what is
    as steep and near is taken in: full stops and dashes, that a detector may cut off.
    """
    smalls = [ring.nearest(at).small for at in range(index, index + _FRAMES)]
    reach = Rect.around(box, smalls[0].shape, _REACH * box.height, 0)
    steep = np.minimum.reduce(
        [cv2.morphologyEx(reach.of(small), cv2.MORPH_GRADIENT, _CROSS) for small in smalls]
    )
    first, last = int(box.x0) - reach.x0, int(np.ceil(box.x1)) - reach.x0
    inside = steep[:, max(0, first) : last]
    if not inside.size:
        return box
    strong = steep >= _STRONG * np.percentile(inside, _USUAL)
    columns = np.flatnonzero(np.count_nonzero(strong, axis=0) >= _LEAST_PX)
    own = np.flatnonzero((columns >= first) & (columns < last))
    if not len(own):
        return box
    apart = np.diff(columns) > _GAP * box.height
    before, after = np.flatnonzero(apart[: own[0]]), np.flatnonzero(apart[own[-1] :])
    start = columns[before[-1] + 1] if len(before) else columns[0]
    end = columns[own[-1] + after[0]] if len(after) else columns[-1]
    return box._replace(
        x0=float(max(0, reach.x0 + start - _BESIDE_PX)),
        x1=float(min(smalls[0].shape[1], reach.x0 + end + 1 + _BESIDE_PX)),
    )
