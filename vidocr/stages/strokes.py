"""Stroke masks, and how well a line's strokes still stand in a later frame.

A stroke is where the luma changes steeply. Comparing two frames only on the strokes of a
line of text makes SSIM deaf to the background that moves behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import Box, Luma

LINE_HEIGHT_PX = 32
"""Line height to which regions are resized before strokes are taken."""

_GRADIENT = 60
_FAINT = 18  # of strokes that are white: light grey behind them leaves no more
_WHITE = 235
_CROSS = np.ones((3, 3), np.uint8)
_WINDOW = 0.8  # of the line height: about one glyph
_QUARTERS = 4
_SURE = 0.99  # above it no glyph can differ
_MIN_STROKES = 0.25  # of line height squared
_CLEARLY = 1.1


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV on the calling thread alone: its pool would compete with the decoder's threads."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def stroke_mask(luma: Luma, steep: int = _GRADIENT) -> Luma:
    """Pixels on steep edges: 255 where the morphological gradient exceeds ``steep``, else 0.

    Edges of white need not be as steep: it stands out as far as it can.
    """
    high, low = cv2.dilate(luma, _CROSS), cv2.erode(luma, _CROSS)
    gradient = cv2.subtract(high, low)
    mask = cv2.threshold(gradient, steep, 255, cv2.THRESH_BINARY)[1]
    faint = cv2.threshold(gradient, _FAINT, 255, cv2.THRESH_BINARY)[1]
    white = cv2.threshold(high, _WHITE - 1, 255, cv2.THRESH_BINARY)[1]
    return np.asarray(cv2.bitwise_or(mask, cv2.bitwise_and(faint, white)), np.uint8)


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
    """Windows of one glyph, made of neighbouring columns of pixels.

    The template's pixels are sorted by column; ``bins`` are where each quarter of a window
    begins among them, ``filled`` which quarters hold any, ``kept`` the windows that count.
    """

    bins: NDArray[np.intp]
    filled: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    count: NDArray[np.float32]
    sum: NDArray[np.float32]
    variance: NDArray[np.float32]

    @classmethod
    def along(
        cls, columns: NDArray[np.intp], values: NDArray[np.float32], width: int, window: int
    ) -> _Windows | None:
        """Windows over the columns of a template; None where it is no wider than one."""
        step = max(1, window // _QUARTERS)
        edges = np.searchsorted(columns, np.arange(0, width + step, step))
        counts = np.diff(edges)
        if len(counts) <= _QUARTERS:
            return None
        filled = counts > 0
        count = _quartets(counts.astype(np.float32))
        everything = np.ones(len(count), bool)
        windows = cls(edges[:-1][filled], filled, everything, count, count, count)
        sums, squares = windows.sums(values), windows.sums(values * values)
        least = np.maximum(count, 1)
        variance = ((squares - sums * sums / least) / least).astype(np.float32)
        overall = float(values @ values) / len(values)
        kept = (count > 0.35 * np.median(count)) & (variance > 0.25 * overall)
        if not kept.any():
            return None
        return cls(windows.bins, filled, kept, count[kept], sums[kept], variance[kept])

    def sums(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sum of ``values`` in each window."""
        quarters = np.zeros(len(self.filled), np.float32)
        quarters[self.filled] = np.add.reduceat(values, self.bins)
        return _quartets(quarters)[self.kept]


def _quartets(quarters: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sums of each run of four."""
    ends = len(quarters) - _QUARTERS + 1
    total = quarters[:ends].copy()
    for shift in range(1, _QUARTERS):
        total += quarters[shift : shift + ends]
    return total


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
        window = max(_QUARTERS, int(_WINDOW * line_height))
        self._windows = _Windows.along(columns, values, mask.shape[1], window)

    @classmethod
    def build(
        cls,
        runs: Sequence[Sequence[Luma]],
        rect: Rect,
        line_height: float,
        steep: int = _GRADIENT,
    ) -> StrokeTemplate | None:
        """A template from the run of neighbouring frames in which most strokes stand.

        A later run must be clearly better than an earlier one. None where too few strokes
        stand in any of them.
        """
        best, most = None, 0.0
        for smalls in runs:
            crops = [rect.of(small) for small in smalls]
            mask = np.bitwise_and.reduce([stroke_mask(crop, steep) for crop in crops])
            strokes = cv2.countNonZero(mask)
            if strokes > _CLEARLY * most:
                best, most = (crops, mask), strokes
        if best is None or most < _MIN_STROKES * line_height**2:
            return None
        crops, mask = best
        return cls(rect, dilated(mask), np.mean(crops, axis=0, dtype=np.float32), line_height)

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
        count, sums = windows.count, windows.sums(found)
        variance = (windows.sums(found * found) - sums * sums / count) / count
        covariance = (windows.sums(found * self._values) - sums * windows.sum / count) / count
        return float(np.min(covariance / np.sqrt(np.maximum(variance * windows.variance, 1e-3))))
