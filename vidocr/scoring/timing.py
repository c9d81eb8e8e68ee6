"""Errors of time, in ms and in frames."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_ROUNDING_US = 1000  # tracks hold milliseconds


@dataclass(frozen=True, slots=True)
class Frames:
    """When the frames of a film start: ``times_us``, two or more, or else one each ``frame_us``.

    Without both, errors are not known in frames.
    """

    frame_us: float | None = None
    times_us: tuple[int, ...] = ()

    def between(self, from_us: int, to_us: int) -> float | None:
        """Frames from one time to another, a part of a frame as a part."""
        if self.times_us:
            return self._number(to_us) - self._number(from_us)
        return None if self.frame_us is None else (to_us - from_us) / self.frame_us

    def _number(self, time_us: int) -> float:
        """The frame at a time; before the first and after the last, they go on as they do there."""
        times = self.times_us
        first = min(max(0, bisect_right(times, time_us) - 1), len(times) - 2)
        return first + (time_us - times[first]) / (times[first + 1] - times[first])


class Slip(NamedTuple):
    """How late a cue starts or ends, negative if early. ``near`` is within one frame.

    A frame may be 1 ms longer, since tracks hold ms. In frames, both None if these are unknown.
    """

    us: int
    frames: float | None
    near: bool | None


def slip(right_us: tuple[int, int], found_us: int, frames: Frames) -> Slip:
    """The error of a time that is right anywhere between two (both included)."""
    low, high = right_us
    nearest = min(max(found_us, low), high)
    late_us = found_us - nearest
    late = frames.between(nearest, found_us)
    if late is None:
        return Slip(late_us, None, None)
    rounding = min(abs(late_us), _ROUNDING_US) * (1 if late_us > 0 else -1)
    surely_late = frames.between(nearest, found_us - rounding) or 0.0
    return Slip(late_us, late, abs(surely_late) <= 1)


class Spread(NamedTuple):
    """Absolute errors in short; ``bias`` is their mean with its sign."""

    median: float
    p95: float
    max: float
    bias: float


def spread(errors: Sequence[float]) -> Spread | None:
    """None without errors to look at. Quantiles lie between two values, as NumPy has them."""
    if not errors:
        return None
    sizes = sorted(map(abs, errors))
    return Spread(
        _quantile(sizes, 0.5), _quantile(sizes, 0.95), sizes[-1], sum(errors) / len(errors)
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
