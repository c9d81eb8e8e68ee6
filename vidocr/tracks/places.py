"""Where a cue stands across the picture, for formats that tell it by one edge."""

from __future__ import annotations

from enum import Enum

from vidocr.model import Box

_OFF_CENTRE = 0.05
"""Centres of cues that nearer to the picture's middle, as a share of its width, are centred."""
_HALF_WIDTH = 0.4


class Side(Enum):
    """Where a cue stands across the picture; its value is the word of WebVTT."""

    LEFT = "left"
    CENTRE = "center"
    RIGHT = "right"


def side_of(place: Box) -> Side:
    """The side on which a cue stands."""
    off = place.x_centre - 0.5
    if abs(off) <= _OFF_CENTRE:
        return Side.CENTRE
    return Side.LEFT if off < 0 else Side.RIGHT


def x_of(place: Box, side: Side) -> float:
    """The edge, or the centre, by which a cue of that side is placed."""
    return {Side.LEFT: place.x0, Side.CENTRE: place.x_centre, Side.RIGHT: place.x1}[side]


def extents(x: float, side: Side) -> tuple[float, float]:
    """Left and right edge of a cue of which a file says ``x_of`` alone.

    Centred ones get a usual width, others none, so that they stay on their side.
    """
    if side is Side.CENTRE and abs(x - 0.5) <= _OFF_CENTRE:
        return x - _HALF_WIDTH, x + _HALF_WIDTH
    return x, x
