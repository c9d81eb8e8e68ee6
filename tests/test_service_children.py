"""Processes that open films, and what becomes of those that take too much."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial

import psutil
import pytest

from tests.serving import until
from vidocr.errors import EngineError, InputError, VidocrError
from vidocr.service.children import Child, Limits, Stopped, Tell

# Tasks, as modules have them: they are sent by their names


def double(number: int, tell: Tell) -> dict[str, int]:
    return {"pid": os.getpid(), "number": 2 * number}


def tells(tell: Tell) -> dict[str, int]:
    for done in range(3):
        tell(done, 3)
        time.sleep(0.25)
    return {}


def raises(error: Exception, tell: Tell) -> dict[str, int]:
    raise error


def dies(number: int, tell: Tell) -> dict[str, int]:
    os.kill(os.getpid(), number)
    return {}


def sleeps(tell: Tell) -> dict[str, int]:
    time.sleep(60)
    return {}


def tells_for_ever(tell: Tell) -> dict[str, int]:
    while True:
        tell(1, None)
        time.sleep(0.05)


def reckons(tell: Tell) -> dict[str, int]:
    while True:
        pass


def grows(mb: int, tell: Tell) -> dict[str, int]:
    held = [bytes(1 << 20) and bytearray(os.urandom(1 << 20)) for _ in range(mb)]
    time.sleep(60)
    return {"held": len(held)}


def niceness(tell: Tell) -> dict[str, int]:
    return {"nice": psutil.Process().nice()}


def reserves(tell: Tell) -> dict[str, int]:
    return {"length": len(bytearray(1 << 37))}


def lies(tell: Tell) -> dict[str, object]:
    return {"what": "x" * (65 << 20)}


@pytest.fixture
def child() -> Iterator[Child]:
    with Child(Limits(time_s=20)) as child:
        yield child
    assert not psutil.Process().children() or not _spawned()


def _spawned() -> list[psutil.Process]:
    ours = psutil.Process().children(recursive=True)
    return [each for each in ours if "spawn_main" in " ".join(each.cmdline())]


def test_one_process_does_many_tasks(child: Child) -> None:
    first, second = child.do(partial(double, 4)), child.do(partial(double, 5))
    assert (first["number"], second["number"]) == (8, 10)
    assert first["pid"] == second["pid"] != os.getpid()


@pytest.mark.parametrize(("gives_way", "more"), [(False, 0), (True, 10)])
def test_work_that_nobody_waits_for_gives_way(gives_way: bool, more: int) -> None:
    with Child(Limits(time_s=20, gives_way=gives_way)) as child:
        assert child.do(niceness)["nice"] == psutil.Process().nice() + more


def test_it_tells_how_far_it_is(child: Child) -> None:
    told: list[tuple[int, int | None]] = []
    child.do(tells, tell=lambda *done: told.append(done))
    assert told == [(0, 3), (1, 3), (2, 3)]


def test_errors_are_told_and_cost_nothing_else(child: Child) -> None:
    pid = child.do(partial(double, 1))["pid"]
    with pytest.raises(EngineError, match="away") as away:
        child.do(partial(raises, EngineError("away", may_pass=True)))
    assert away.value.may_pass
    with pytest.raises(InputError, match="more memory"):
        child.do(partial(raises, MemoryError()))
    with pytest.raises(VidocrError, match="bug in vidocr: ZeroDivisionError") as bug:
        child.do(partial(raises, ZeroDivisionError("by zero")))
    assert type(bug.value) is VidocrError
    assert child.do(partial(double, 1))["pid"] == pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_another_takes_the_place_of_one_that_died(child: Child, number: int) -> None:
    pid = child.do(partial(double, 1))["pid"]
    with pytest.raises(InputError, match="the process that read it died"):
        child.do(partial(dies, number))
    assert child.do(partial(double, 1))["pid"] != pid


def test_one_that_was_killed_idle_costs_nothing(child: Child) -> None:
    process = psutil.Process(child.do(partial(double, 1))["pid"])
    process.kill()
    until(lambda: not multiprocessing.active_children())
    assert child.do(partial(double, 1))["number"] == 2


@pytest.mark.parametrize(
    ("limits", "task", "why"),
    [
        (Limits(time_s=0.5), tells_for_ever, "longer than 0.5 s"),
        (Limits(stall_s=0.5), sleeps, "nothing of it was read for 0.5 s"),
        (Limits(cpu_s=1, time_s=30), reckons, "more than 1 s of reckoning"),
        (Limits(memory_mb=300, time_s=30), partial(grows, 400), "more than 300 MiB"),
        (Limits(memory_mb=300, time_s=30), reserves, "more memory than it may have"),
    ],
)
def test_one_that_takes_too_much_is_ended(limits: Limits, task: object, why: str) -> None:
    with Child(limits) as child, pytest.raises(InputError, match=why):
        child.do(task)  # type: ignore[arg-type]  # of several kinds
    assert not _spawned()


def test_an_answer_without_end_is_not_taken_in(child: Child) -> None:
    with pytest.raises(InputError, match="died"):
        child.do(lies)


def test_work_that_is_not_wanted_any_more_ends(child: Child) -> None:
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Stopped):
        child.do(sleeps, stop=stop)
    assert not _spawned()
