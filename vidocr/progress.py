"""How far a run is: shown to nobody, on a terminal, or as lines of JSON."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from vidocr.messages import printable

if TYPE_CHECKING:
    from tqdm import tqdm

_US_PER_S = 1_000_000
_TERMINAL_STEP_S = 0.1
_JSON_STEP_S = 0.5
_NAME_WIDTH = 30
_WIDTH = 80

Clock = Callable[[], float]
"""Seconds since some moment, never running backwards."""


class Progress(Protocol):
    """Is told how far a run is. Times are microseconds of film from where the run began."""

    def start(self, total_us: int | None, name: str) -> None:
        """The run begins; ``total_us`` is None where the length of the film is not known."""
        ...

    def advance(self, done_us: int) -> None:
        """So much of the film is done; may be called for each frame."""
        ...

    def finish(self) -> None:
        """The run is over, well or not; may be called without a start, and again."""
        ...


def choose(stream: TextIO, *, quiet: bool = False, as_json: bool = False) -> Progress:
    """JSON where it was asked for, else a bar if ``stream`` is a terminal, else nothing."""
    if as_json:
        return JsonProgress(stream)
    if quiet or not stream.isatty():
        return SilentProgress()
    return TerminalProgress(stream)


class ToldProgress:
    """Tells another process: us of the film that are done, and how long it is, if known."""

    def __init__(self, tell: Callable[[int, int | None], None]) -> None:
        self._tell = tell
        self._total_us: int | None = None

    def start(self, total_us: int | None, name: str) -> None:
        """That nothing is done."""
        self._total_us = total_us
        self._tell(0, total_us)

    def advance(self, done_us: int) -> None:
        """So much."""
        self._tell(done_us, self._total_us)

    def finish(self) -> None:
        """What comes of the run says so."""


class SilentProgress:
    """Says nothing."""

    def start(self, total_us: int | None, name: str) -> None:
        """Nothing."""

    def advance(self, done_us: int) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""


class Meter:
    """Work done over time, and whether it is time to say so.

    The speed is that since the first advance: what comes before it (a scan, say) takes as
    long for a short film as for a long one, and would make the time left come out too long.
    """

    def __init__(self, total_us: int | None, step_s: float, clock: Clock) -> None:
        self.total_s = total_us / _US_PER_S if total_us else None
        self.done_s = 0.0
        self._clock = clock
        self._step_s = step_s
        self._began = self._said = clock()
        self._first: tuple[float, float] | None = None  # its time, and what was done then

    @property
    def elapsed_s(self) -> float:
        """Seconds since the work began."""
        return self._clock() - self._began

    @property
    def speed(self) -> float | None:
        """Seconds of film a second; None while it is not known."""
        if self._first is None:
            return None
        since, from_s = self._first
        elapsed_s, done_s = self._clock() - since, self.done_s - from_s
        return done_s / elapsed_s if elapsed_s > 0 and done_s > 0 else None

    @property
    def eta_s(self) -> float | None:
        """Seconds that are left; None while they are not known."""
        if self.total_s is None or not self.speed:
            return None
        return max(0.0, self.total_s - self.done_s) / self.speed

    def advance(self, done_us: int) -> bool:
        """Take note; whether the last time that it was said lies a step back."""
        now = self._clock()
        done_s = done_us / _US_PER_S
        if self._first is None or done_s < self.done_s:  # the film may be gone through again
            self._first = (now, done_s)
        self.done_s = done_s
        if now - self._said < self._step_s:
            return False
        self._said = now
        return True


class TerminalProgress:
    """A bar with per cent, time left and speed, once the film is being gone through."""

    def __init__(self, stream: TextIO, clock: Clock = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._meter: Meter | None = None
        self._bar: tqdm[Any] | None = None

    def start(self, total_us: int | None, name: str) -> None:
        """Say that the film is looked at, until it is known how fast that goes."""
        from tqdm import tqdm  # tens of ms, which --help need not wait for

        self.finish()
        self._meter = Meter(total_us, _TERMINAL_STEP_S, self._clock)
        self._bar = tqdm(
            desc=_short(printable(name)),
            total=self._meter.total_s,
            file=self._stream,
            bar_format="{desc}: looking where subtitles stand",
            mininterval=0,
            miniters=0,
            leave=False,
            **_width(self._stream),
        )

    def advance(self, done_us: int) -> None:
        """Move the bar, ten times a second at most."""
        if self._meter is None or self._bar is None or not self._meter.advance(done_us):
            return
        if self._meter.speed is None:
            return
        shown = "{desc}: {elapsed} gone"
        if self._meter.eta_s is not None:
            left = self._bar.format_interval(self._meter.eta_s)
            shown = f"{{l_bar}}{{bar}}| {left} left"
        self._bar.bar_format = f"{shown}, {self._meter.speed:.1f} x real time"
        self._bar.update(self._meter.done_s - self._bar.n)

    def finish(self) -> None:
        """Take the bar away; the summary takes its place."""
        if self._bar is not None:
            self._bar.close()
        self._bar = self._meter = None


class JsonProgress:
    """One JSON object a line, for programs. The field ``event`` says what it tells.

    - ``start``: ``name`` of the film, ``total_s`` of film (null if unknown)
    - ``progress``, twice a second at most: ``done_s`` and ``total_s`` of film, ``share`` of it
      (0 to 1), ``speed`` (seconds of film a second) and ``eta_s`` (null while unknown)
    - ``finish``: ``done_s`` of film, ``elapsed_s`` of the run
    """

    def __init__(self, stream: TextIO, clock: Clock = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._meter: Meter | None = None

    def start(self, total_us: int | None, name: str) -> None:
        """Write ``start``."""
        self.finish()
        self._meter = Meter(total_us, _JSON_STEP_S, self._clock)
        self._write("start", name=name, total_s=self._meter.total_s)

    def advance(self, done_us: int) -> None:
        """Write ``progress`` if the last one is half a second old."""
        meter = self._meter
        if meter is None or not meter.advance(done_us):
            return
        share = min(1.0, meter.done_s / meter.total_s) if meter.total_s else None
        self._write(
            "progress",
            done_s=rounded(meter.done_s),
            total_s=meter.total_s,
            share=rounded(share),
            speed=rounded(meter.speed),
            eta_s=rounded(meter.eta_s),
        )

    def finish(self) -> None:
        """Write ``finish``."""
        if self._meter is not None:
            done_s, elapsed_s = self._meter.done_s, self._meter.elapsed_s
            self._write("finish", done_s=rounded(done_s), elapsed_s=rounded(elapsed_s))
        self._meter = None

    def _write(self, event: str, **fields: object) -> None:
        self._stream.write(json.dumps({"event": event, **fields}) + "\n")
        self._stream.flush()


def rounded(value: float | None) -> float | None:
    """To milliseconds, or thousandths."""
    return None if value is None else round(value, 3)


def _width(stream: TextIO) -> dict[str, Any]:
    """How wide the bar is: as the terminal, which in a container may not know its width."""
    try:
        is_known = os.get_terminal_size(stream.fileno()).columns > 0
    except OSError:  # also of a stream without a file
        is_known = True
    return {"dynamic_ncols": True} if is_known else {"ncols": _WIDTH}


def _short(name: str) -> str:
    """The beginning of a name that would leave no room for the bar."""
    return name if len(name) <= _NAME_WIDTH else name[: _NAME_WIDTH - 1] + "…"
