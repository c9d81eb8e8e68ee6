"""One engine for many who ask at once: what they ask about is gathered into full batches."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from vidocr.engines import OcrEngine, answers_of
from vidocr.errors import EngineError
from vidocr.model import Image, Line

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


class _Order(NamedTuple, Generic[_Item, _Answer]):
    item: _Item
    answer: Future[_Answer]


class Batching(Generic[_Item, _Answer]):
    """Hands what several threads ask about to ``answers`` together, and each its own answers.

    A batch goes when it is full, or when the oldest item has waited for ``max_wait_ms``.
    An item on which the engine fails (EngineError) raises in the thread that gave it: the
    batch that it was in is read again in halves, so that nobody else is hurt. What else goes
    wrong, as a server that is gone, is raised to all who wait.

    Args:
        answers: gives an answer for each item, in order; called in one thread.
        size: of a full batch.
        max_wait_ms: how long the first item of a batch waits for others.
    """

    def __init__(
        self,
        answers: Callable[[Sequence[_Item]], Sequence[_Answer]],
        size: int,
        max_wait_ms: float = 20.0,
    ) -> None:
        self._answers = answers
        self._size = size
        self._max_wait_s = max_wait_ms / 1000
        self._orders: queue.SimpleQueue[_Order[_Item, _Answer] | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()  # nothing is let in behind the end
        self._thread = threading.Thread(target=self._run, name="batching", daemon=True)
        self._thread.start()

    def ask(self, items: Sequence[_Item]) -> list[_Answer]:
        """The answer about each item; waits for them. May be called from many threads.

        Raises:
            RuntimeError: it is closed.
            EngineError: the engine failed on one of these items.
        """
        orders: list[_Order[_Item, _Answer]] = [_Order(item, Future()) for item in items]
        with self._door:
            if self._closed:
                raise RuntimeError("the batching engine is closed")
            for order in orders:
                self._orders.put(order)
        return [order.answer.result() for order in orders]

    def close(self) -> None:
        """Answer what was asked, then end the thread."""
        with self._door:
            if not self._closed:
                self._orders.put(None)
            self._closed = True
        self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            first = self._orders.get()
            if first is None:
                return
            batch = [first]
            latest = time.monotonic() + self._max_wait_s
            while len(batch) < self._size and open_:
                try:
                    order = self._orders.get(timeout=max(0.0, latest - time.monotonic()))
                except queue.Empty:
                    break
                if order is None:
                    open_ = False
                else:
                    batch.append(order)
            self._read(batch)

    def _read(self, batch: Sequence[_Order[_Item, _Answer]]) -> None:
        try:
            answers = self._answers([order.item for order in batch])
        except EngineError as error:
            if len(batch) == 1:
                batch[0].answer.set_exception(error)
                return
            middle = len(batch) // 2
            self._read(batch[:middle])
            self._read(batch[middle:])
        except BaseException as error:  # whatever it is belongs to those who wait
            for order in batch:
                order.answer.set_exception(error)
        else:
            for order, answer in zip(batch, answers, strict=True):
                order.answer.set_result(answer)


class BatchingEngine:
    """Hands pictures of several threads to ``engine`` together, and each its own lines.

    Args:
        engine: reads in one thread at a time, in batches of its ``batch_size``.
        max_wait_ms: how long the first picture of a batch waits for others.
    """

    def __init__(self, engine: OcrEngine, max_wait_ms: float = 20.0) -> None:
        self.name = engine.name
        self.batch_size = engine.batch_size
        self._batching: Batching[Image, Sequence[Line]] = Batching(
            partial(answers_of, engine), engine.batch_size, max_wait_ms
        )

    def read(self, images: Sequence[Image]) -> list[Sequence[Line]]:
        """Lines of each picture; as ``Batching.ask``."""
        return self._batching.ask(images)

    def close(self) -> None:
        """Read what was given, then end the thread."""
        self._batching.close()

    def __enter__(self) -> BatchingEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
