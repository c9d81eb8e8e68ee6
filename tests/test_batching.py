import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from vidocr.errors import DependencyError, EngineError
from vidocr.model import Image, Line
from vidocr.ocr.batching import BatchingEngine
from vidocr.ocr.fake import FakeEngine


def picture(number: int) -> Image:
    return np.full((4, 4, 3), number, np.uint8)


def number_of(image: Image) -> list[Line]:
    return [Line(str(image[0, 0, 0]), None, 1.0)]


class Recording(FakeEngine):
    """Batches of eight; fails on pictures of some numbers."""

    batch_size = 8

    def __init__(self, bad: set[int] | None = None) -> None:
        super().__init__(number_of)
        self.bad = bad or set()
        self.threads: set[str] = set()

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        self.threads.add(threading.current_thread().name)
        if any(int(image[0, 0, 0]) in self.bad for image in images):
            raise EngineError("a picture is bad")
        return super().read(images)


def texts(answers: Sequence[Sequence[Line]]) -> list[str]:
    return [line.text for lines in answers for line in lines]


def test_films_side_by_side_fill_batches_and_get_their_own_answers() -> None:
    engine = Recording()
    films = [[picture(10 * film + at) for at in range(6)] for film in range(8)]
    with BatchingEngine(engine, max_wait_ms=500) as shared, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(shared.read, films))
    for film, answer in enumerate(answers):
        assert texts(answer) == [str(10 * film + at) for at in range(6)]
    assert engine.batches == [8] * 6
    assert engine.threads == {"batching"}


def test_a_lone_film_does_not_wait_for_others() -> None:
    engine = Recording()
    with BatchingEngine(engine, max_wait_ms=1) as shared:
        assert texts(shared.read([picture(1), picture(2)])) == ["1", "2"]
    assert sum(engine.batches) == 2


def test_a_bad_picture_hurts_its_own_film_alone() -> None:
    engine = Recording(bad={3})
    with BatchingEngine(engine, max_wait_ms=300) as shared, ThreadPoolExecutor(2) as pool:
        hurt = pool.submit(shared.read, [picture(n) for n in (1, 2, 3, 4)])
        whole = pool.submit(shared.read, [picture(n) for n in (5, 6, 7, 8)])
        with pytest.raises(EngineError, match="a picture is bad"):
            hurt.result()
        assert texts(whole.result()) == ["5", "6", "7", "8"]


def test_a_missing_server_is_told_to_all_at_once() -> None:
    calls = 0

    def gone(image: Image) -> list[Line]:
        nonlocal calls
        calls += 1
        raise DependencyError("no server")

    with BatchingEngine(FakeEngine(gone), max_wait_ms=1) as shared:
        with pytest.raises(DependencyError, match="no server"):
            shared.read([picture(1), picture(2), picture(3)])
        assert calls == 1


def test_too_few_answers_are_an_error() -> None:
    class Short(FakeEngine):
        def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
            return []

    with (
        BatchingEngine(Short(), max_wait_ms=1) as shared,
        pytest.raises(EngineError, match="it read 0 of 1 pictures"),
    ):
        shared.read([picture(1)])


def test_closing_reads_what_was_given_and_ends_the_thread() -> None:
    shared = BatchingEngine(Recording(), max_wait_ms=1)
    assert texts(shared.read([picture(7)])) == ["7"]
    shared.close()
    shared.close()
    assert "batching" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(RuntimeError, match="closed"):
        shared.read([picture(1)])
