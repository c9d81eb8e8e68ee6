import threading
import time
from collections.abc import Iterator

import pytest

from vidocr.ahead import Ahead


def alive(name: str) -> bool:
    return any(thread.name == name for thread in threading.enumerate())


def counting(made: list[int], until: int = 10**9) -> Iterator[int]:
    for number in range(until):
        made.append(number)
        yield number


def settled(made: list[int]) -> int:
    """How many items were made once no more are."""
    before = -1
    while before != len(made):
        before = len(made)
        time.sleep(0.15)
    return before


def test_items_come_in_order() -> None:
    with Ahead(range(100), 3, "order") as items:
        assert list(items) == list(range(100))
    assert not alive("order")


def test_nothing_comes_of_nothing() -> None:
    with Ahead(list[int](), 3, "nothing") as items:
        assert list(items) == []


def test_what_the_source_raises_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("no more")

    taken = []
    with pytest.raises(OSError, match="no more"), Ahead(failing(), 5, "failing") as items:
        for item in items:
            taken.append(item)
    assert taken == [1, 2]
    assert not alive("failing")


def test_a_keyboard_interrupt_of_the_source_is_passed_on() -> None:
    def interrupted() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Ahead(interrupted(), 5, "interrupted") as items:
        list(items)


def test_no_more_is_made_than_the_depth_allows() -> None:
    made: list[int] = []
    with Ahead(counting(made), 4, "bounded") as items:
        assert next(items) == 0
        assert settled(made) <= 1 + 4 + 1  # taken, waiting, and one in the hand


def test_leaving_early_stops_the_thread() -> None:
    made: list[int] = []
    with Ahead(counting(made), 2, "early") as items:
        assert next(items) == 0
    assert not alive("early")
    assert len(made) <= 4


def test_an_error_of_the_consumer_stops_the_thread() -> None:
    with pytest.raises(ValueError), Ahead(counting([]), 2, "consumer"):
        raise ValueError
    assert not alive("consumer")


def test_items_are_made_beside_the_consumer() -> None:
    made: list[int] = []
    with Ahead(counting(made, until=3), 8, "beside") as items:
        assert next(items) == 0
        assert settled(made) == 3


def test_the_source_runs_in_a_thread_of_its_own_name() -> None:
    def names() -> Iterator[str]:
        yield threading.current_thread().name

    with Ahead(names(), 1, "its own") as items:
        assert list(items) == ["its own"]
