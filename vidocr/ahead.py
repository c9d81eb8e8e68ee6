"""Runs an iterator in a thread of its own, a bounded number of items ahead."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class Ahead(Generic[T]):
    """Items of ``source``, made in a thread while earlier ones are used.

    What ``source`` raises is raised here, after the items before it. Closing (or leaving the
    ``with`` block) stops the thread and waits for it.

    The queues are SimpleQueues, whose locks are let go whatever happens: an interrupt that
    came inside of a Queue's could leave it locked, and the thread would wait for ever.
    """

    def __init__(self, source: Iterable[T], depth: int, name: str) -> None:
        self._source = source
        self._items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        self._room: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(depth):
            self._room.put(None)
        self._stop = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Iterator[T]:
        self._thread.start()
        return iter(self)

    def __exit__(self, *_: object) -> None:
        self._stop = True
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._items.get()
            self._room.put(None)
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._source:
                if not self._put(item):
                    return
        except BaseException as raised:  # handed to the consumer, whatever it is
            error = raised
        self._put(_End(error))

    def _put(self, item: T | _End) -> bool:
        while not self._stop:
            try:
                self._room.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            self._items.put(item)
            return True
        return False
