"""Processes that work for another one: how they are started, and what they do first."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_HELD = (signal.SIGINT, signal.SIGTERM)
_SAFE = "PYTHONSAFEPATH"
_TURN = threading.Lock()  # the environment, which is changed for a while, is that of all threads


@contextmanager
def starting() -> Iterator[None]:
    """Start processes in this block, undisturbed by signals and by files that lie about.

    Signals wait until its end, for a process that is half started would complain of them; the
    new one gets none until it calls :func:`started`. And it imports nothing from the folder
    that the user stands in, where a ``re.py`` may lie that is not Python's. Threads take turns.
    """
    with _TURN:
        yield from _undisturbed()


def _undisturbed() -> Iterator[None]:
    came: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()  # which alone is told
    numbers = _HELD if is_main else ()
    taken = {each: signal.signal(each, lambda number, _: came.append(number)) for each in numbers}
    mask = getattr(signal, "pthread_sigmask", None)  # inherited; there is none on Windows
    before = mask(signal.SIG_BLOCK, _HELD) if mask else None
    safe = os.environ.get(_SAFE)
    os.environ[_SAFE] = "1"
    try:
        yield
    finally:
        if safe is None:
            del os.environ[_SAFE]
        else:
            os.environ[_SAFE] = safe
        if mask:
            mask(signal.SIG_SETMASK, before)
        for each, handler in taken.items():
            signal.signal(each, handler)
        for number in came[:1]:
            signal.raise_signal(number)


def cores() -> int:
    """Those that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # on Linux
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def started() -> None:
    """In a process that another one started: Ctrl-C is for that one, which then ends this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)
