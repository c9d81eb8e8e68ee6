"""Calls of an engine that are under way, and can be told from any thread to end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Calls:
    """Keeps an event for each call; those who work look at it now and then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: set[threading.Event] = set()

    @contextmanager
    def begin(self) -> Iterator[threading.Event]:
        """The event of a call; it is set when the call is to end."""
        stop = threading.Event()
        with self._lock:
            self._under_way.add(stop)
        try:
            yield stop
        finally:
            with self._lock:
                self._under_way.discard(stop)

    def stop(self) -> None:
        """End the calls that are under way now."""
        with self._lock:
            for stop in self._under_way:
                stop.set()
