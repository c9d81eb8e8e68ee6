"""Times of frames: from what a decoder says to a film's clock that only runs forward."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from heapq import heappop, heappush
from itertools import pairwise
from statistics import median
from typing import NamedTuple, TypeVar

T = TypeVar("T")

_GAP_STEPS = 3
_GAP_US = 500_000
_HISTORY = 32
_FRAMES_BEFORE_A_GAP = 4
_FRAMES_BEHIND = 12
"""So many frames in a row behind the clock mean that the stream's clock was set back."""


@dataclass(slots=True)
class DecodeCounts:
    """What decoding met so far; complete once the frames are exhausted.

    Attributes:
        frames: Frames that were handed on.
        damaged_packets: Could not be read or decoded.
        corrupt_frames: Were decoded with errors, concealed and handed on all the same.
        pts_gaps: Places where frames are missing or the stream's clock jumps.
        untimed_frames: Came without a PTS.
        end_us: When the last frame that was handed on ends.
        ends_early: Frames that the container promises are missing at the end.
        skipped: Frames that were left out between those handed on, on purpose.
        late_us: By how much a frame's time may be too late for what it is the first to show.
        early_us: Or too early.
        device: What decoded; empty for software.
        software_why: Why no device did though one was wanted.
        starts_us: When each frame begins that was handed on.
    """

    frames: int = 0
    damaged_packets: int = 0
    corrupt_frames: int = 0
    pts_gaps: int = 0
    untimed_frames: int = 0
    end_us: int = 0
    ends_early: bool = False
    skipped: int = 0
    late_us: int = 0
    early_us: int = 0
    device: str = ""
    software_why: str = ""
    starts_us: array[int] = field(default_factory=lambda: array("q"), repr=False, compare=False)

    def reset(self) -> None:
        """Set all to zero."""
        fresh = DecodeCounts()
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))

    def placed(self, time_us: int, skipped_us: Sequence[int]) -> int:
        """The time to give a frame at ``time_us`` before which some were skipped.

        What it is the first to show may have come up with any of them, so the middle one's
        time is the least wrong. Notes by how much that may be.
        """
        times = (*skipped_us, time_us)
        middle = times[len(times) // 2]
        self.skipped += len(skipped_us)
        self.late_us = max(self.late_us, middle - times[0])
        self.early_us = max(self.early_us, time_us - middle)
        return middle


class Timed(NamedTuple):
    """A time (None = unknown) and a length in microseconds, as the decoder tells them.

    ``skipped_us`` are the times, on the same clock, of frames before it that were skipped.
    """

    time_us: int | None
    length_us: int
    skipped_us: tuple[int, ...] = ()

    def skipped_between(self, before_us: int | None, time_us: int) -> tuple[int, ...]:
        """Times of the skipped frames if this one's is ``time_us`` and follows ``before_us``."""
        if self.time_us is None or before_us is None:
            return ()
        shift_us = time_us - self.time_us
        return tuple(t + shift_us for t in self.skipped_us if t + shift_us > before_us)


class Announced:
    """Times that packets announced and no frame has come for yet."""

    def __init__(self) -> None:
        self._times: list[int] = []

    def note(self, time_us: int) -> None:
        """A packet announces a frame at ``time_us``."""
        heappush(self._times, time_us)

    def skipped_before(self, time_us: int) -> tuple[int, ...]:
        """A frame has come: times before its own for which none will, in order."""
        skipped = set()
        while self._times and self._times[0] <= time_us:
            skipped.add(heappop(self._times))
        return tuple(sorted(skipped - {time_us}))


def in_order(
    timed: Iterable[tuple[Timed, T]], counts: DecodeCounts
) -> Iterator[tuple[int, Timed, T]]:
    """Frames whose times increase strictly, from 0 on.

    A frame without time follows the one before it. A frame that does not come after the
    one before is dropped; when the stream's clock was set back for good, time goes on from
    where it was. A frame that leaps ahead is held until the next one confirms it: a
    flipped bit in one time must not shift or cost what follows.
    """
    pace = _Pace()
    last_us, offset_us, behind = -1, 0, 0
    held: tuple[int, Timed, T] | None = None
    for raw, item in timed:
        floor_us = last_us if held is None else held[0]
        if raw.time_us is None:
            time_us = 0 if floor_us < 0 else floor_us + raw.length_us
        else:
            time_us = max(0, raw.time_us + offset_us)
        if held is not None:
            if time_us > held[0]:
                counts.pts_gaps += 1
                last_us = held[0]
                yield held
            else:
                counts.damaged_packets += 1
            held = None
        if time_us <= last_us:
            behind += 1
            if behind < _FRAMES_BEHIND:
                continue
            offset_us += last_us + raw.length_us - time_us
            time_us = last_us + raw.length_us
            counts.pts_gaps += 1
        behind = 0
        marks = (last_us, *raw.skipped_between(last_us, time_us), time_us)
        step_us = max(after - before for before, after in pairwise(marks))
        if last_us >= 0 and pace.leaps(step_us):
            held = (time_us, raw, item)
        else:
            if last_us >= 0:
                pace.note(step_us, raw.length_us)
            last_us = time_us
            yield time_us, raw, item
    if held is not None:
        yield held


class _Pace:
    """The usual step between frames, to tell missing frames from a variable frame rate."""

    def __init__(self) -> None:
        self._steps: deque[int] = deque(maxlen=_HISTORY)
        self._lengths: deque[int] = deque(maxlen=_FRAMES_BEFORE_A_GAP)

    def note(self, step_us: int, length_us: int) -> None:
        self._steps.append(step_us)
        self._lengths.append(length_us)

    def leaps(self, step_us: int) -> bool:
        """Whether a step is far above the usual one and not announced by a frame's length."""
        if step_us <= _GAP_US or len(self._steps) < _FRAMES_BEFORE_A_GAP:
            return False
        return step_us > _GAP_STEPS * median(self._steps) and step_us > 1.5 * max(self._lengths)


class Pairs:
    """Says when a pair of pictures is due: once in each period, and again a gap later.

    A period in which no second came begins none the later: pairs depend on times alone, not on
    where in the film one begins to count.
    """

    def __init__(self, period_us: int | None, gap_us: int, from_us: int = 0) -> None:
        """``period_us`` None means never; nothing is due before ``from_us``."""
        self._period_us = period_us
        self._gap_us = gap_us
        self._from_us = from_us
        self._period = -1
        self._second_us: int | None = None

    def due(self, time_us: int) -> bool:
        """Whether the frame at ``time_us`` is one of a pair."""
        if self._period_us is None or time_us < self._from_us:
            return False
        period = time_us // self._period_us
        if period != self._period:
            self._period = period
            self._second_us = time_us + self._gap_us
            return True
        if self._second_us is not None and time_us >= self._second_us:
            self._second_us = None
            return True
        return False
