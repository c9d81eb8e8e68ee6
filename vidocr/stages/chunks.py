"""A film in chunks, each followed by itself, so that several can be followed at once.

One job takes the same chunks one after the other as several do side by side, so the track does
not depend on how many there are. A chunk begins to watch some time before the lines that are its
own may begin, and goes on for a moment after its end. A line that stands across the border is
seen from both sides; the timeline joins the two.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from vidocr.model import US_PER_S, Frame, Span

CHUNK_US = 60 * US_PER_S
LEAD_US = 2 * US_PER_S
"""Longer than what a follower remembers: then it is as if it had seen all that was before."""
TAIL_US = 2 * US_PER_S
_SLACK_US = 100_000  # a line that begins on the border is taken by both sides rather than by none


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines that begin from ``start_us`` (None: before the film) to ``end_us`` (None: its end)."""

    start_us: int | None
    end_us: int | None

    @property
    def from_us(self) -> int:
        """When the first frame that it has to see may stand."""
        return 0 if self.start_us is None else max(0, self.start_us - LEAD_US)

    @property
    def until_us(self) -> int | None:
        """When the first frame stands that it need not see."""
        return None if self.end_us is None else self.end_us + TAIL_US

    def holds(self, time_us: int) -> bool:
        """Whether a frame belongs to this chunk and to no other."""
        return (self.start_us or 0) <= time_us and (self.end_us is None or time_us < self.end_us)

    def owns(self, span: Span) -> bool:
        """Whether it is this chunk that tells of the span."""
        begins = self.end_us is None or span.start_us < self.end_us + _SLACK_US
        if self.start_us is None or span.start_us >= self.start_us:
            return begins
        return begins and span.end_us > self.start_us + TAIL_US  # else the one before saw it whole


def chunks_of(start_us: int, end_us: int | None, audit_us: int) -> list[Chunk]:
    """The chunks of a film from ``start_us`` to ``end_us`` (None: unknown, so there is one).

    Borders stand at multiples of some whole number of audits, wherever the film is begun.
    """
    step_us = -(-CHUNK_US // audit_us) * audit_us
    first = start_us // step_us + 1
    borders = range(first * step_us, end_us, step_us) if end_us is not None else range(0)
    starts, ends = [None, *borders], [*borders, None]
    return [Chunk(start, end) for start, end in zip(starts, ends, strict=True)]


class Follower(Protocol):
    """Follows the lines of a film from some frame on."""

    def push(self, frame: Frame) -> Iterator[Span]:
        """Take the next frame; the spans that ended."""
        ...

    def close(self) -> Iterator[Span]:
        """There are no more frames: what still stands."""
        ...


def in_chunks(
    frames: Iterable[Frame], chunks: Sequence[Chunk], make: Callable[[], Follower]
) -> Iterator[Span]:
    """The spans of each chunk in turn, of frames that come one after the other."""
    waiting = deque(chunks)
    live: deque[_Live] = deque()
    for frame in frames:
        while waiting and frame.start_us >= waiting[0].from_us:
            live.append(_Live(waiting.popleft(), make()))
        for each in live:
            each.push(frame)
        while len(live) > 1 and live[0].closed:
            yield from live.popleft().take()
        if live:
            yield from live[0].take()
    for each in live:
        each.close()
        yield from each.take()


class _Live:
    """A chunk that is under way; holds its spans until it is their turn."""

    def __init__(self, chunk: Chunk, follower: Follower) -> None:
        self._chunk = chunk
        self._follower = follower
        self._held: list[Span] = []
        self.closed = False

    def push(self, frame: Frame) -> None:
        until_us = self._chunk.until_us
        if until_us is not None and frame.start_us >= until_us:
            self.close()
        else:
            self._hold(self._follower.push(frame))

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._hold(self._follower.close())

    def take(self) -> list[Span]:
        held, self._held = self._held, []
        return held

    def _hold(self, spans: Iterable[Span]) -> None:
        self._held += [span for span in spans if self._chunk.owns(span)]
