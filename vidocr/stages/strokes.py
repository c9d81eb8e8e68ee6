"""Stroke masks, and how well a line's strokes still stand in a later frame.

A stroke is where the luma changes steeply. Comparing two frames only on the strokes of a
line of text makes SSIM deaf to the background that moves behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import Box, Luma

LINE_HEIGHT_PX = 32
"""Line height to which regions are resized before strokes are taken."""

_GRADIENT = 60
_CROSS = np.ones((3, 3), np.uint8)
_WINDOW = 0.8  # of the line height: about one glyph
_SURE = 0.99  # above it no glyph can differ
_MIN_STROKES = 0.25  # of line height squared


def stroke_mask(luma: Luma) -> Luma:
    """Pixels on steep edges: 255 where the morphological gradient exceeds a threshold, else 0."""
    gradient = cv2.morphologyEx(luma, cv2.MORPH_GRADIENT, _CROSS)
    return np.asarray(cv2.threshold(gradient, _GRADIENT, 255, cv2.THRESH_BINARY)[1], np.uint8)


def dilated(mask: Luma) -> Luma:
    """The mask grown by one pixel."""
    return np.asarray(cv2.dilate(mask, _CROSS), np.uint8)


class Match(NamedTuple):
    """A frame against a template, on the template's strokes.

    ``structure`` is SSIM's structure term over the line, ``weakest`` its least value in a
    window of one glyph, ``contrast`` the ratio of variances (1 = as strong).
    """

    structure: float
    weakest: float
    contrast: float


class Rect(NamedTuple):
    """Integer px range of a crop, half-open."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def around(cls, box: Box, shape: tuple[int, ...], dx: float, dy: float) -> Rect:
        """``box`` grown by (dx, dy) on each side and clipped to a picture of ``shape``."""
        height, width = shape[:2]
        return cls(
            max(0, int(box.x0 - dx)),
            max(0, int(box.y0 - dy)),
            min(width, int(np.ceil(box.x1 + dx))),
            min(height, int(np.ceil(box.y1 + dy))),
        )

    def of(self, luma: Luma) -> Luma:
        """The view of ``luma`` in this range."""
        return luma[self.y0 : self.y1, self.x0 : self.x1]


@dataclass(frozen=True, slots=True)
class _Windows:
    """Ranges of the template's pixels (sorted by column) that make up windows of one glyph."""

    low: NDArray[np.intp]
    high: NDArray[np.intp]
    count: NDArray[np.float32]
    sum: NDArray[np.float32]
    variance: NDArray[np.float32]


class StrokeTemplate:
    """The strokes of one line of text: what later frames are matched against.

    The structure and contrast terms are those of SSIM (Wang et al., "Image Quality
    Assessment: From Error Visibility to Structural Similarity", 2004), taken over the
    stroke mask instead of a square window.
    """

    def __init__(self, rect: Rect, mask: Luma, mean: NDArray[np.float32], line_height: float):
        self.rect = rect
        columns, rows = np.nonzero(mask.T)
        self._at = rows * mask.shape[1] + columns
        values = mean.reshape(-1)[self._at]
        self._centre = np.float32(values.mean())
        values -= self._centre
        self._values = values
        self._variance = float(values @ values) / len(values)
        self._windows = self._glyph_windows(columns, mask.shape[1], line_height)

    @classmethod
    def build(cls, smalls: list[Luma], rect: Rect, line_height: float) -> StrokeTemplate | None:
        """A template from neighbouring frames; None where too few strokes stand in all of them."""
        crops = [rect.of(small) for small in smalls]
        mask = stroke_mask(crops[0])
        for crop in crops[1:]:
            mask = np.asarray(cv2.bitwise_and(mask, stroke_mask(crop)), np.uint8)
        if cv2.countNonZero(mask) < _MIN_STROKES * line_height**2:
            return None
        mean = np.mean(crops, axis=0, dtype=np.float32)
        return cls(rect, dilated(mask), mean, line_height)

    def _glyph_windows(
        self, columns: NDArray[np.intp], width: int, line_height: float
    ) -> _Windows | None:
        window = max(4, int(_WINDOW * line_height))
        if width <= window:
            return None
        starts = np.arange(0, width - window + 1, max(1, window // 4))
        low, high = np.searchsorted(columns, starts), np.searchsorted(columns, starts + window)
        filled = high - low > 0.35 * np.median(high - low)
        low, high = low[filled], high[filled]
        count = (high - low).astype(np.float32)
        sums, squares = _ranges(self._values, low, high), _ranges(self._values**2, low, high)
        variance = (squares - sums * sums / count) / count
        strong = variance > 0.25 * self._variance
        if not strong.any():
            return None
        return _Windows(low[strong], high[strong], count[strong], sums[strong], variance[strong])

    def match(self, small: Luma) -> Match:
        """Compare the frame ``small`` (uint8, the whole resized region) with this template."""
        found = self.rect.of(small).reshape(-1)[self._at].astype(np.float32)
        found -= self._centre
        count = len(found)
        variance = (float(found @ found) - float(found.sum()) ** 2 / count) / count
        covariance = float(found @ self._values) / count
        structure = covariance / max(1e-3, variance * self._variance) ** 0.5
        contrast = variance / max(self._variance, 1e-3)
        weakest = structure if structure > _SURE else min(structure, self._weakest(found))
        return Match(structure, weakest, contrast)

    def _weakest(self, found: NDArray[np.float32]) -> float:
        windows = self._windows
        if windows is None:
            return 1.0
        low, high, count = windows.low, windows.high, windows.count
        sums = _ranges(found, low, high)
        variance = (_ranges(found * found, low, high) - sums * sums / count) / count
        products = _ranges(found * self._values, low, high)
        covariance = (products - sums * windows.sum / count) / count
        return float(np.min(covariance / np.sqrt(np.maximum(variance * windows.variance, 1e-3))))


def _ranges(
    values: NDArray[np.float32], low: NDArray[np.intp], high: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Sums of ``values[low:high]`` for each pair."""
    total = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    return (total[high] - total[low]).astype(np.float32)
