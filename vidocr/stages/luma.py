"""Luma crops out of decoded frames, in displayed orientation and square pixels.

The luma plane is a view into the decoder's buffer. It is cut before anything else is
done, so that orienting, stretching and converting touch only the few rows that are
asked for. Levels are those of limited range (16 to 235): it is what nearly all video
carries and costs nothing; full-range pictures are squeezed to match.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import Luma, Region

_PLANAR_8 = re.compile(r"yuvj?4\d\dp|yuva4\d\dp|nv(12|21|16|24|42)|gray")
_PLANAR_16 = re.compile(r"(?:yuva?4\d\dp|gray)(9|10|12|14|16)le")
_SEMIPLANAR_16 = re.compile(r"p[024](10|12|16)le")  # samples stand in the high bits
_TO_LIMITED = np.rint(16 + np.arange(256) * (219 / 255)).astype(np.uint8)
_UPRIGHT = (1, 0, 0, 0, 1, 0, 0, 0, 1)
_STRANGEST_SAR = 8
"""A sample aspect ratio beyond 1:8 is a broken header, not an anamorphic film."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the displayed picture (px, half-open), to be resized by ``scale`` <= 1."""

    x: int
    y: int
    width: int
    height: int
    scale: float = 1.0

    @classmethod
    def of(cls, region: Region, scale: float = 1.0) -> Area:
        """The area that a region covers."""
        return cls(region.x, region.y, region.width, region.height, scale)


@dataclass(frozen=True, slots=True)
class Orientation:
    """How the coded picture is turned for display: transposed first, then flipped."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of_matrix(cls, matrix: Sequence[int]) -> Orientation:
        """The nearest of the eight orientations to a display matrix (9 numbers, row by row).

        The matrix maps a coded point (p, q) to (a p + c q, b p + d q).
        """
        a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, c < 0, b < 0)
        return cls(False, a < 0, d < 0)

    @property
    def clockwise_deg(self) -> int:
        """The turn (0, 90, 180 or 270 degrees clockwise); a mirrored picture counts as turned."""
        if self.transpose:
            return 90 if self.flip_x else 270
        return 180 if self.flip_y else 0

    @property
    def to_the_left(self) -> Orientation:
        """This one and a quarter turn to the left: columns become rows, the right one the first."""
        return Orientation(not self.transpose, self.flip_y, not self.flip_x)

    def apply(self, picture: NDArray[Any]) -> NDArray[Any]:
        """A view of a coded picture as it is displayed."""
        if self.transpose:
            picture = picture.swapaxes(0, 1)
        return picture[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]


class Cut(NamedTuple):
    """Where to slice the coded plane, and the size to resize to before turning (or None)."""

    rows: slice
    columns: slice
    size: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Geometry:
    """From displayed pixels to coded ones.

    ``square_width`` and ``square_height`` are those of the coded picture stretched to
    square pixels. It is never shrunk: with a sample aspect ratio below 1 it grows in
    height, so no pixel is lost.
    """

    coded_width: int
    coded_height: int
    square_width: int
    square_height: int
    orientation: Orientation

    @classmethod
    def of(cls, width: int, height: int, sar: Fraction | None, turn: Orientation) -> Geometry:
        """The geometry of a stream with coded size ``width`` x ``height``."""
        if not sar or not Fraction(1, _STRANGEST_SAR) <= sar <= _STRANGEST_SAR:
            sar = Fraction(1)
        square_width = round(width * max(sar, Fraction(1)))
        square_height = round(height / min(sar, Fraction(1)))
        return cls(width, height, square_width, square_height, turn)

    @property
    def displayed(self) -> tuple[int, int]:
        """Width and height as displayed."""
        size = (self.square_width, self.square_height)
        return size[::-1] if self.orientation.transpose else size

    def shown_as(self, first: Geometry) -> Geometry:
        """This geometry stretched to the displayed size of ``first``: the film changed size."""
        width, height = first.displayed
        if self.orientation.transpose:
            width, height = height, width
        return replace(self, square_width=width, square_height=height)

    def cut(self, area: Area) -> Cut:
        """Where ``area``, clamped to the picture, stands in the coded plane."""
        width, height = self.displayed
        x0, x1 = _clamp(area.x, area.width, width)
        y0, y1 = _clamp(area.y, area.height, height)
        size = (max(1, round((x1 - x0) * area.scale)), max(1, round((y1 - y0) * area.scale)))
        if self.orientation.flip_x:
            x0, x1 = width - x1, width - x0
        if self.orientation.flip_y:
            y0, y1 = height - y1, height - y0
        if self.orientation.transpose:
            x0, x1, y0, y1, size = y0, y1, x0, x1, size[::-1]
        columns = _coded(x0, x1, self.coded_width, self.square_width)
        rows = _coded(y0, y1, self.coded_height, self.square_height)
        same = size == (columns.stop - columns.start, rows.stop - rows.start)
        return Cut(rows, columns, None if same else size)


def _clamp(start: int, length: int, limit: int) -> tuple[int, int]:
    low = min(max(0, start), limit - 1)
    return low, min(max(low + 1, start + length), limit)


def _coded(low: int, high: int, coded: int, square: int) -> slice:
    return slice(low * coded // square, math.ceil(high * coded / square))


class Plane(NamedTuple):
    """The luma of a frame as a view; ``shift`` brings a sample down to 8 bits."""

    samples: NDArray[Any]
    shift: int
    full_range: bool


def plane_of(frame: Any) -> Plane:
    """The luma plane of a decoded ``av.VideoFrame``, shape (height, width).

    Planar and semi-planar YUV and gray of 8 to 16 bits (little-endian) come as a view;
    RGB, palettes, packed and big-endian formats go through a conversion to gray.
    """
    name = frame.format.name
    full = frame.color_range == 2 or name.startswith(("yuvj", "gray"))
    if _PLANAR_8.fullmatch(name):
        return Plane(_view(frame, np.uint8), 0, full)
    if match := _PLANAR_16.fullmatch(name):
        return Plane(_view(frame, np.uint16), int(match[1]) - 8, full)
    if _SEMIPLANAR_16.fullmatch(name):
        return Plane(_view(frame, np.uint16), 8, full)
    return Plane(_view(frame.reformat(format="gray"), np.uint8), 0, True)


def _view(frame: Any, dtype: type[np.unsignedinteger[Any]]) -> NDArray[Any]:
    plane = frame.planes[0]
    stride = abs(plane.line_size) // np.dtype(dtype).itemsize
    rows = np.frombuffer(plane, dtype).reshape(-1, stride)[: frame.height, : frame.width]
    return rows[::-1] if plane.line_size < 0 else rows


def display_matrix(frame: Any) -> Sequence[int]:
    """The 9 numbers that turn an ``av.VideoFrame`` for display; of no turn where it has none."""
    try:
        data = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # a kind of side data that PyAV doesn't know
        data = None
    return _UPRIGHT if data is None else struct.unpack("=9i", bytes(data))


def crop(plane: Plane, cut: Cut, orientation: Orientation) -> Luma:
    """A copy of the part of ``plane`` that ``cut`` names, as displayed."""
    part = plane.samples[cut.rows, cut.columns]
    if cut.size is not None:
        part = _resize(part, cut.size)
    if plane.shift:
        part = cv2.convertScaleAbs(part, alpha=2.0**-plane.shift)
    if plane.full_range:
        part = cv2.LUT(np.ascontiguousarray(part), _TO_LIMITED)
    # Always a copy: a view would keep the decoder's whole frame alive.
    return np.array(orientation.apply(part), order="C")


def _resize(part: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    height, width = part.shape
    if size[0] * size[1] >= width * height:
        return cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
    if size[0] * 2 <= width and size[1] * 2 <= height:
        # Halving takes a fast path; the rest then works on a quarter of the pixels.
        half = (width // 2, height // 2)
        part = cv2.resize(part[: half[1] * 2, : half[0] * 2], half, interpolation=cv2.INTER_AREA)
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA)
