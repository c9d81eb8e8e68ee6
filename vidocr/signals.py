"""Signals that end a process unwind it first, so that nothing half done is left behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from vidocr.errors import EXIT_INTERRUPTED

READER_GONE = 141
"""The exit code that a shell shows for a process whose output nobody reads any more."""

_HELD = (signal.SIGINT, signal.SIGTERM)


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


@contextmanager
def held_back() -> Iterator[None]:
    """Let signals wait while a process is started, for one that is half started would complain.

    The new process gets none either until it calls :func:`deaf_to_interrupts`.
    """
    came: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()  # which alone is told
    numbers = _HELD if is_main else ()
    taken = {each: signal.signal(each, lambda number, _: came.append(number)) for each in numbers}
    mask = getattr(signal, "pthread_sigmask", None)  # inherited; there is none on Windows
    before = mask(signal.SIG_BLOCK, _HELD) if mask else None
    try:
        yield
    finally:
        if mask:
            mask(signal.SIG_SETMASK, before)
        for each, handler in taken.items():
            signal.signal(each, handler)
        for number in came[:1]:
            signal.raise_signal(number)


def deaf_to_interrupts() -> None:
    """In a process that another one started: Ctrl-C is for that one, which then ends this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)
