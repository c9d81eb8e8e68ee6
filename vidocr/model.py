"""The frozen types that pass between the stages.

Times are ``int`` microseconds counted from the start time of the container, as
players count them. Pixels are those of the picture as it is displayed (rotated,
square), with the origin at the top left; ranges are half-open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Luma: TypeAlias = NDArray[np.uint8]
"""Brightness of a picture, uint8, shape (height, width)."""

Image: TypeAlias = NDArray[np.uint8]
"""RGB picture, uint8, shape (height, width, 3)."""

US_PER_S = 1_000_000


class Box(NamedTuple):
    """A rectangle in px, half-open."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def x_centre(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def y_centre(self) -> float:
        return (self.y0 + self.y1) / 2

    def scaled(self, factor: float) -> Box:
        """The box in a picture resized by ``factor``."""
        return Box(*(v * factor for v in self))

    def moved(self, dx: float, dy: float) -> Box:
        """The box shifted by (dx, dy) px."""
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)

    def overlap(self, other: Box) -> tuple[float, float]:
        """Shared width and height with ``other`` in px; negative where they stand apart."""
        return (
            min(self.x1, other.x1) - max(self.x0, other.x0),
            min(self.y1, other.y1) - max(self.y0, other.y0),
        )

    def lying(self, width: float) -> Box:
        """The box once a picture of this width is turned to its left, columns into rows."""
        return Box(self.y0, width - self.x1, self.y1, width - self.x0)

    def standing(self, width: float) -> Box:
        """The box, found in a turned picture, in the picture as it was; see ``lying``."""
        return Box(width - self.y1, self.x0, width - self.y0, self.x1)

    def union(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )


@dataclass(frozen=True, slots=True)
class SubtitleStream:
    """A soft subtitle track that the container already holds."""

    codec: str
    language: str | None


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What the container says of its video stream. ``width`` and ``height`` are as displayed."""

    path: Path
    width: int
    height: int
    duration_us: int | None
    frame_rate: Fraction | None
    rotation_deg: int
    subtitle_streams: tuple[SubtitleStream, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """A band of the picture (px, half-open) where subtitles of one size stand.

    ``line_height`` is that of a detected text box in px.
    """

    x: int
    y: int
    width: int
    height: int
    line_height: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame: its crops, one per region asked for.

    ``whole`` is the full luma plane on the frames for which it was asked, else None.
    """

    start_us: int
    crops: tuple[Luma, ...]
    whole: Luma | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """One line of text stands still from ``start_us`` to ``end_us`` (exclusive).

    ``end_us`` is the start of the first frame without the line. ``image`` is the mean of up
    to nine of its frames; ``image_box`` says which part of the picture it shows, ``box``
    where the line itself stands. ``changed_before``/``changed_after`` are the columns
    (x0, x1) of the glyphs that changed where this span was cut off its neighbour. A span that is
    ``over`` shows what was laid over a line of print, which spans of its own show with it.
    """

    region: int
    box: Box
    start_us: int
    end_us: int
    frames: int
    image: Luma = field(repr=False, compare=False)
    image_box: Box
    changed_before: tuple[float, float] | None = None
    changed_after: tuple[float, float] | None = None
    frame: Luma | None = field(default=None, repr=False, compare=False)
    over: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text that an engine read.

    ``box`` is in px of the picture that the engine was given; None where it reads text alone,
    and the line stands where the span does.
    """

    text: str
    box: Box | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine read in a span; no lines = no text. Boxes in px of the whole picture."""

    span: Span
    lines: tuple[Line, ...]
    engine: str


class Position(Enum):
    """Where a cue stands, in thirds of the picture's height."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Proof:
    """What bears a cue out.

    ``boxes`` say where each of its lines stands, as fractions of the picture's width and height;
    ``alternatives`` are other readings of its text. ``frames`` are the numbers of its first
    frame and of the first one after it, counted from the first that was decoded; None where
    frames were skipped. ``pictures`` are JPEGs of its lines, top line first, if they were asked
    for.
    """

    engine: str = ""
    boxes: tuple[Box, ...] = ()
    alternatives: tuple[str, ...] = ()
    frames: tuple[int, int] | None = None
    pictures: tuple[bytes, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """What a translated cue said before, and what translated it."""

    lines: tuple[str, ...]
    language: str | None
    translator: str


class Change(NamedTuple):
    """What one step did to a cue: ``step`` by name, what was there before, and after."""

    step: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle: ``start_us`` < ``end_us``, ``lines`` not blank, top line first.

    ``place`` holds its extents as fractions (0 to 1) of the picture's width and height.
    ``language`` is that of ``lines``, as a code of BCP 47. ``source`` is what was read, where
    ``lines`` are a translation of it. ``changes`` tell what was done to the cue after it was read,
    ``flags`` what a person should look at.
    """

    start_us: int
    end_us: int
    lines: tuple[str, ...]
    place: Box = Box(0.1, 0.85, 0.9, 0.95)
    confidence: float = 1.0
    language: str | None = None
    proof: Proof = Proof()
    source: Source | None = None
    changes: tuple[Change, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The lines joined by newlines."""
        return "\n".join(self.lines)

    @property
    def position(self) -> Position:
        """The third of the picture in which the cue's centre stands."""
        thirds = (Position.TOP, Position.MIDDLE, Position.BOTTOM)
        return thirds[min(2, max(0, int(self.place.y_centre * 3)))]
