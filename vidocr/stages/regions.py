"""Where subtitles stand: a sparse scan of the film and a vote.

Text that stands in place for a moment, on a row where it changes over the film, near the
middle, with a common left edge or now on the left and now on the right, is a subtitle; text
that stands for good is a logo.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from vidocr.model import Box, Region
from vidocr.stages.sightings import Sighting

_STEADY = 0.35  # line heights by which a box may differ between the stills of a pair
_HEIGHT = 0.7  # least ratio of line heights at one place
_MIDDLE = 0.04  # of the width: how far from the middle centred text may stand
_SPREAD = 0.015  # of the width: how much the centres of centred text may vary
_EDGE = 0.25  # of the height: below and above, lines may stand left and right
_LEVEL = 0.12  # line heights by which those on one row may differ in place and height
_SIDES_TEXTS = 3
_STATIC = 0.7  # share of the stills in which a static text stands
_SAME_PICTURE = 0.55  # SSIM of two stills that show the same text; others stay below 0.45
_SSIM_WINDOW_PX = 7
_FEW_PAIRS = 4  # too few to tell what stands for good
_ENOUGH = 40  # sightings of a place that are compared with each other, of however many
_SUPPORT = 0.12  # of the best place's
_STRIP = 10  # width to height of a clip that is cropped to its subtitles
_ROWS_ABOVE = 1.6  # line heights of room for a second row
_MARGIN = 0.6
_MIN_HEIGHT_PX = 6
_STEP = 8  # px to which bands are rounded, so that they can be halved


class Alike(NamedTuple):
    """By how much lines of one place may differ.

    ``centre`` in line heights, where their middles stand; ``left`` as a share of the picture's
    width, where they begin.
    """

    centre: float
    left: float


ROWS = Alike(0.35, 0.01)
COLUMNS = Alike(1.5, 0.02)
"""Once they lie: they stand side by side, and detectors leave out what is flat, as 一."""


def holds(regions: Sequence[Region], row: Box) -> bool:
    """Whether one of the regions covers the row."""
    return any(_mostly_in(row, Box(0, r.y, 0, r.y + r.height)) for r in regions)


def _same_extents(a: Box, b: Box) -> bool:
    near = _STEADY * a.height
    return (
        abs(a.x0 - b.x0) < near
        and abs(a.x1 - b.x1) < near
        and abs(a.y_centre - b.y_centre) < near
        and _HEIGHT < a.height / b.height < 1 / _HEIGHT
    )


def vote(
    found: Sequence[Sighting],
    size: tuple[int, int],
    pairs: int,
    max_line_height: float,
    *,
    least: int = 1,
    alike: Alike = ROWS,
) -> tuple[Region, ...]:
    """Places where rows of subtitles stand, top first.

    Args:
        found: what the scan saw.
        size: width and height of the picture in px.
        pairs: how many pairs of stills were looked at.
        max_line_height: tallest line, as a share of the picture's height.
        least: sightings that a place needs; from two on, they must show different texts.
        alike: how alike lines of one place stand.
    """
    rows = [sighting for sighting in found if not sighting.is_column]
    places = [
        place
        for place in (_without_static(place, pairs) for place in _places(rows, alike.centre))
        if len(place) >= least
        and (least == 1 or different_texts(place))
        and _may_hold(place, size, max_line_height, alike.left)
    ]
    most = max((len(place) for place in places), default=0)
    kept = [place for place in places if len(place) >= _SUPPORT * most]
    return _bands(kept, size)


def given(area: tuple[int, int, int, int], found: Sequence[Sighting], height: int) -> Region:
    """The region that the user named; its line height is that of the text seen there."""
    x, y, width, tall = area
    box = Box(x, y, x + width, y + tall)
    inside = [s.box.height for s in found if is_in(s, box)]
    usual = min(0.9 * tall, max(_MIN_HEIGHT_PX, 0.055 * height))
    return Region(x, y, width, tall, float(np.median(inside)) if inside else usual)


def is_in(sighting: Sighting, box: Box) -> bool:
    """Whether a row was seen in the box."""
    row = sighting.box
    return not sighting.is_column and row.overlap(box)[0] > 0 and _mostly_in(row, box)


def _mostly_in(row: Box, box: Box) -> bool:
    return row.overlap(box)[1] > 0.7 * row.height


def _places(found: Sequence[Sighting], centre: float) -> list[list[Sighting]]:
    """Sightings of one row centre and one line height belong to one place."""
    left = list(found)
    places = []
    while left:
        seeds = left[:: len(left) // _ENOUGH + 1]
        groups = [[other for other in left if _same_place(seed, other, centre)] for seed in seeds]
        best = max(groups, key=len)
        places.append(best)
        left = [sighting for sighting in left if sighting not in best]
    return places


def _same_place(a: Sighting, b: Sighting, centre: float) -> bool:
    near = abs(a.box.y_centre - b.box.y_centre) < centre * a.box.height
    return near and _HEIGHT < b.box.height / a.box.height < 1 / _HEIGHT


def _may_hold(
    place: Sequence[Sighting], size: tuple[int, int], max_line_height: float, left_spread: float
) -> bool:
    if not place:
        return False
    width, height = size
    line_height = float(np.median([s.box.height for s in place]))
    tallest = max_line_height * max(height, 0.3 * width)
    strip = width > _STRIP * height
    if line_height < _MIN_HEIGHT_PX or (line_height > tallest and not strip):
        return False
    return strip or _is_aligned(place, width, left_spread) or _is_of_sides(place, size)


def _is_aligned(place: Sequence[Sighting], width: int, left_spread: float) -> bool:
    """Whether the rows are centred in the picture, or begin at one left edge."""
    centres = np.array([s.box.x_centre for s in place])
    lefts = np.array([s.box.x0 for s in place])
    if len(place) > 3 and _deviation(lefts) < left_spread * width:
        return True
    centred = abs(np.median(centres) - width / 2) <= _MIDDLE * width
    return bool(centred and (len(place) < 3 or _deviation(centres) <= _SPREAD * width))


def _is_of_sides(place: Sequence[Sighting], size: tuple[int, int]) -> bool:
    """Whether texts stand left and right in turn, on just one row near the picture's edge.

    So do those of people who each have their words below them.
    """
    width, height = size
    lines = np.array([(s.box.y_centre, s.box.height) for s in place])
    level, tall = np.median(lines, axis=0)
    if _EDGE * height < level < (1 - _EDGE) * height:
        return False
    if max(_deviation(lines[:, 0]), _deviation(lines[:, 1])) > _LEVEL * tall:
        return False
    left, right = (
        [s for s in place if sign * (s.box.x_centre - width / 2) > _MIDDLE * width]
        for sign in (-1, 1)
    )
    return bool(left and right) and _has_texts([*left, *right], _SIDES_TEXTS)


def _deviation(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def _without_static(place: list[Sighting], pairs: int) -> list[Sighting]:
    """The place without text that stands for good, told by its picture, not by its extents."""
    stride = len(place) // _ENOUGH + 1
    some = place[::stride]
    if pairs <= _FEW_PAIRS or len(place) <= _STATIC * pairs:
        return place
    return [
        sighting
        for sighting in place
        if stride * sum(_same_picture(sighting, other) for other in some) <= _STATIC * pairs
    ]


def _same_picture(a: Sighting, b: Sighting) -> bool:
    """Whether two sightings show one text, by SSIM (Wang et al. 2004) as scikit-image has it."""
    if not _same_extents(a.box, b.box):
        return False
    from skimage import metrics  # slow to load, and seldom needed

    height, width = a.picture.shape
    other = cv2.resize(b.picture, (width, height))
    window = min(_SSIM_WINDOW_PX, (min(height, width) - 1) | 1)
    if window < 3:
        return True
    likeness = metrics.structural_similarity(  # type: ignore[no-untyped-call]  # no types yet
        a.picture, other, win_size=window
    )
    return float(likeness) > _SAME_PICTURE


def _bands(places: Iterable[Sequence[Sighting]], size: tuple[int, int]) -> tuple[Region, ...]:
    """Full-width bands with room for a second row; those that overlap are joined."""
    bands: list[tuple[float, float, float]] = []
    for y0, y1, line_height in sorted(_extents(place, size) for place in places):
        if bands and y0 < bands[-1][1]:
            last = bands.pop()
            bands.append((last[0], max(last[1], y1), min(last[2], line_height)))
        else:
            bands.append((y0, y1, line_height))
    width, height = size
    regions = []
    for y0, y1, line_height in bands:
        top, bottom = max(0, int(y0) // _STEP * _STEP), min(height, -(-int(y1) // _STEP) * _STEP)
        regions.append(Region(0, top, width, bottom - top, line_height))
    return tuple(regions)


def _extents(place: Sequence[Sighting], size: tuple[int, int]) -> tuple[float, float, float]:
    y0 = float(np.quantile([s.box.y0 for s in place], 0.1))
    y1 = float(np.quantile([s.box.y1 for s in place], 0.9))
    line_height = float(np.median([s.box.height for s in place]))
    above, below = _ROWS_ABOVE, _MARGIN
    if (y0 + y1) / 2 < size[1] / 2:
        above, below = below, above
    return y0 - above * line_height, y1 + below * line_height, line_height


def _has_texts(found: Sequence[Sighting], least: int) -> bool:
    """Whether the sightings show ``least`` different texts."""
    texts: list[Sighting] = []
    for sighting in found:
        if not any(_same_picture(sighting, text) for text in texts):
            texts.append(sighting)
        if len(texts) >= least:
            return True
    return False


def different_texts(found: Sequence[Sighting]) -> bool:
    """Whether at least two of the sightings show different texts."""
    return any(not _same_picture(found[0], other) for other in found[1:])
