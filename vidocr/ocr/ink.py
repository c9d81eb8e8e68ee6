"""Cuts the strokes of a line of text out of its picture: black on white, nothing beside.

Three brightnesses matter: that of the strokes, which is one along the whole line; that of the
ground, as the margins above and below show it; and that of an outline, the darkest that stands
between the letters. Where strokes stand out more from the outline than from the ground, as on
snow, the outline parts them from it, and what it encloses beside them is told by its
brightness. All are ratios of what the picture itself shows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import Box, Luma

LINE_HEIGHT_PX = 64
"""Line height to which pictures are resized: 48 reads a little worse, 96 hardly better."""
PICTURE = 1.7
"""Height of a picture in line heights: the line and 0.35 above and below."""

_LEAST_HEIGHT_PX = 12
_MARGIN = 0.15  # of the picture's height, above and below: ground, never the line
_CORE = 0.25, 0.75  # of the picture's height: letters, and no ground above them
_ENDS = 0.6  # line heights at both ends without letters
_STROKES_PERCENTILE = 97
_GROUND_PERCENTILE = 75  # strokes of a row beside may stand in the margins
_OUTLINE_PERCENTILE = 5
_LEAST_CONTRAST = 30
_TALLEST = 1.25  # line heights; taller are the edges of boxes
_THICKEST = 0.3  # half a stroke's width in line heights
_PAD_X, _PAD_Y = 0.1, 0.15  # line heights of white around: with none, or more, it reads worse
_SMOOTH, _PITCH = 0.2, 0.55  # line heights: of the rows' profile, and least between two rows
_VALLEY = 0.7  # of the lower hill beside it
_TOLD_APART = 12  # brightness of strokes against that of the ground
_SQUARE = np.ones((3, 3), np.uint8)


class Ink(NamedTuple):
    """Strokes, uint8, black on white, and where they stand in px of the picture given.

    ``clear`` says that they stand out from the ground more than any darker strokes do.
    """

    picture: Luma
    box: Box
    clear: bool


def ink_of(luma: Luma) -> Ink | None:
    """The bright strokes of the line in the middle of ``luma``; None where there are none.

    Args:
        luma: one line of text with 0.35 line heights above and below it; of dark letters, the
            inverse.
    """
    if luma.shape[0] < _LEAST_HEIGHT_PX:
        return None
    zoom = LINE_HEIGHT_PX * PICTURE / luma.shape[0]
    way = cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
    picture = np.asarray(cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=way), np.uint8)
    strokes, ground, outline = _levels(picture)
    # What strokes stand out from more parts them from the rest ...
    stand_out = strokes - ground > ground - outline
    apart = np.where(stand_out, ground, outline)
    mask = _letters(_cover(picture, strokes, apart) >= 0.5, picture, ground)
    if not mask.any():
        return None
    # ... but what touches them says how far they cover a pixel.
    cover = _cover(picture, strokes, np.minimum(ground, outline))
    soft = np.clip((cover - 0.3) / 0.4, 0, 1) * cv2.dilate(mask, _SQUARE)
    x, y, width, height = cv2.boundingRect(mask)
    cut = np.asarray(255 - 255 * soft[y : y + height, x : x + width], np.uint8)
    across, down = round(_PAD_X * LINE_HEIGHT_PX), round(_PAD_Y * LINE_HEIGHT_PX)
    framed = np.pad(cut, ((down, down), (across, across)), constant_values=255)
    box = Box(x, y, x + width, y + height).scaled(1 / zoom)
    return Ink(framed, box, bool(stand_out.mean() > 0.5))


def _cover(picture: Luma, strokes: float, around: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far strokes cover each pixel, 0 to 1 and beyond, where ``around`` is beside them."""
    return (picture - around) / np.maximum(strokes - around, _LEAST_CONTRAST)


def _levels(picture: Luma) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Brightness of the strokes, and of ground and outline for each column."""
    height, width = picture.shape
    margin = int(_MARGIN * height)
    margins = np.concatenate((picture[:margin], picture[-margin:]))
    core = picture[int(_CORE[0] * height) : int(_CORE[1] * height)]
    ends = int(_ENDS * LINE_HEIGHT_PX) if width > 3 * LINE_HEIGHT_PX else 0
    return (
        float(np.percentile(core[:, ends : width - ends], _STROKES_PERCENTILE)),
        _along(margins, _GROUND_PERCENTILE),
        _along(core, _OUTLINE_PERCENTILE),
    )


def _along(rows: Luma, percentile: float) -> NDArray[np.float64]:
    """A percentile for each column, over what stands half a line height around it."""
    half = LINE_HEIGHT_PX // 2
    padded = np.pad(rows, ((0, 0), (half, half)), mode="edge")
    columns = np.arange(0, rows.shape[1], LINE_HEIGHT_PX // 4)
    values = [np.percentile(padded[:, at : at + 2 * half + 1], percentile) for at in columns]
    return np.interp(np.arange(rows.shape[1]), columns, values)


def _letters(bright: NDArray[np.bool_], picture: Luma, ground: NDArray[np.float64]) -> Luma:
    """Mask (0 or 1) of the connected parts that are letters, dots and accents of the line."""
    mask = np.asarray(bright, np.uint8)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    parts, levels = [], []
    for part in range(1, count):
        x, y, width, height, _ = stats[part]
        here = np.s_[y : y + height, x : x + width]
        inside = labels[here] == part
        if (
            _fits(stats[part], mask.shape)
            and depth[here][inside].max() < _THICKEST * LINE_HEIGHT_PX
        ):
            parts.append(part)
            levels.append(float(np.percentile(picture[here][inside], 90)))
    kept = np.zeros(count, np.uint8)
    if parts:
        under = ground[centres[parts, 0].astype(int)]
        kept[np.array(parts)[_bright(np.array(levels), stats[parts, 4], under)]] = 1
        top, bottom = _row(kept[labels].sum(axis=1))
        kept[(centres[:, 1] < top) | (centres[:, 1] > bottom)] = 0
    return np.asarray(kept[labels], np.uint8)


def _fits(stats: NDArray[Any], shape: tuple[int, ...]) -> bool:
    """Whether a part lies in the line's row, clear of the picture's edges."""
    x, y, width, height, _ = (int(value) for value in stats)
    clear = x > 0 and y > 0 and x + width < shape[1] and y + height < shape[0]
    in_row = y + height > 0.2 * shape[0] and y < 0.8 * shape[0]
    return clear and in_row and height < _TALLEST * LINE_HEIGHT_PX


def _row(ink: NDArray[Any]) -> tuple[int, int]:
    """From where to where the line in the middle stands, by the ink in each row of pixels.

    What stands beside it is parted from it by a valley.
    """
    window = int(_SMOOTH * LINE_HEIGHT_PX)
    hills = np.convolve(ink, np.ones(window), "same")
    weights = 1 - np.abs(np.linspace(-1, 1, len(hills)))
    peak = int(np.argmax(hills * weights))
    apart = int(_PITCH * LINE_HEIGHT_PX)
    top = _valley(hills[peak::-1], apart)
    bottom = _valley(hills[peak:], apart)
    return (
        0 if top is None else peak - top,
        len(hills) if bottom is None else peak + bottom,
    )


def _valley(hills: NDArray[Any], apart: int) -> int | None:
    """Where between the line, which stands at 0, and another, ``apart`` or more away."""
    if len(hills) <= apart:
        return None
    other = apart + int(np.argmax(hills[apart:]))
    valley = int(np.argmin(hills[: other + 1]))
    return valley if hills[valley] < _VALLEY * hills[other] else None


def _bright(
    levels: NDArray[np.float64], sizes: NDArray[Any], ground: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which parts are as bright as most strokes, and not as the ground that outlines enclose."""
    order = np.argsort(levels)
    weights = np.cumsum(sizes[order])
    usual = levels[order][np.searchsorted(weights, weights[-1] / 2)]
    told_apart = np.abs(usual - ground) > _TOLD_APART
    is_ground = np.abs(levels - ground) < 0.5 * np.abs(levels - usual)
    return np.asarray(~(told_apart & is_ground), np.bool_)
