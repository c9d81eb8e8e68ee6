"""Signals that end a process unwind it first, so that nothing half done is left behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from vidocr.errors import EXIT_INTERRUPTED

READER_GONE = 141
"""The exit code that a shell shows for a process whose output nobody reads any more."""


class Stopped(KeyboardInterrupt):
    """A signal that ends the process came."""

    def __init__(self, number: int) -> None:
        self.exit_code = 128 + number  # as shells show it


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """The exit code of a process that was interrupted."""
    return interrupt.exit_code if isinstance(interrupt, Stopped) else EXIT_INTERRUPTED


@contextmanager
def unwinding() -> Iterator[None]:
    """Raise :class:`Stopped` at a signal that would end the process at once.

    One that is ignored, as under nohup, or that the caller handles, stays so. The first one
    counts: those that follow it would cut the unwinding short.
    """
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    usual = (signal.SIG_DFL, signal.default_int_handler)
    taken = {number: signal.getsignal(number) for number in numbers}
    taken = {number: handler for number, handler in taken.items() if handler in usual}

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for other in taken:
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(number)

    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)
