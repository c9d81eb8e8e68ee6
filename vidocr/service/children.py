"""Processes that open media: what a film does to one of them hurts nobody else.

A child is told what to do by us, and answers in JSON: what has been taken over by a film that it
opened can't make this process run anything.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeAlias

from vidocr.archive.family import die_with_parent, end, memory_mb
from vidocr.errors import EngineError, InputError, VidocrError
from vidocr.processes import started, starting

Tell: TypeAlias = Callable[[int, "int | None"], None]
"""Told how far a film is: us of it that are done, and how long it is, if that is known."""

Task: TypeAlias = Callable[[Tell], dict[str, Any]]
"""What a child does. It can be pickled; its answer can be told in JSON."""

_START_S = 120.0  # that a process may take beside the time for its task, until it can begin
_POLL_S = 0.1
_WATCH_S = 0.5
_TELL_S = 0.2
_MOST_BYTES = 64 << 20  # of an answer
_RESERVED_MB = 8192  # addresses that libraries and their threads reserve and hardly use
_NICE = 10  # below what people wait for


class Stopped(Exception):
    """The work is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task may take; 0 for no limit. ``stall_s`` is without any progress.

    ``cpu_s`` is what the process may reckon in all, on all cores. One that ``gives_way`` is for
    work that nobody waits for.
    """

    time_s: float = 0.0
    stall_s: float = 0.0
    cpu_s: float = 0.0
    memory_mb: float = 0.0
    gives_way: bool = False


class Child:
    """A process that does one task after another; it is started anew after one that ended it.

    Use it as a context manager, in one thread at a time.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(
        self, task: Task, *, tell: Tell | None = None, stop: threading.Event | None = None
    ) -> dict[str, Any]:
        """Have a task done, and wait for its answer.

        Args:
            task: what to do.
            tell: told how far it is.
            stop: ends the work when it is set.

        Raises:
            Stopped: ``stop`` was set.
            VidocrError: what the task raised; InputError where it took too much or died.
        """
        if self._process and not self._process.is_alive():
            self.close()  # it was killed while it had nothing to do
        connection = self._connection or self._start()
        try:
            with suppress(OSError):  # it has just died: seen at once
                connection.send(task)
            answer = self._answer(connection, tell, stop)
        except BaseException:  # whatever it is, what the child does now is wanted by nobody
            self.close()
            raise
        if "error" in answer:
            raise _error(answer)
        said: dict[str, Any] = answer["answer"]
        return said

    def close(self) -> None:
        """End the process, and those that it started."""
        if self._process and self._process.pid:
            end(self._process.pid)
            self._process.join()
        if self._connection:
            self._connection.close()
        self._process = self._connection = None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        with starting():
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._limits))
            process.start()
            theirs.close()  # so that ours ends when the process does
        self._process, self._connection = process, ours
        return ours

    def _answer(
        self, connection: Connection, tell: Tell | None, stop: threading.Event | None
    ) -> dict[str, Any]:
        began = told = time.monotonic() + _START_S
        watched = 0.0
        while True:
            if stop and stop.is_set():
                raise Stopped
            now = time.monotonic()
            if now - watched >= _WATCH_S:  # however much it has to say
                watched = now
                self._check(now - began, now - told)
            if connection.poll(_POLL_S):
                said = self._heard(connection)
                if "answer" in said or "error" in said:
                    return said
                told = time.monotonic()
                if "begun" in said:
                    began = told
                elif tell:
                    tell(*said["told"])

    def _heard(self, connection: Connection) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads(connection.recv_bytes(_MOST_BYTES))
        except (EOFError, OSError, ValueError, RecursionError):
            raise InputError(self._why_gone()) from None
        return said

    def _why_gone(self) -> str:
        assert self._process is not None
        self._process.join(_WATCH_S)
        code = self._process.exitcode or 0
        if code == -getattr(signal, "SIGXCPU", 0):
            return f"it took more than {self._limits.cpu_s:g} s of reckoning, and was given up"
        how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
        return (
            f"the process that read it died ({how}: a crash of the decoder, or it was killed); "
            "convert the film, e.g. to H.264, if this happens again"
        )

    def _check(self, taken_s: float, silent_s: float) -> None:
        """Raise InputError where the task takes too much."""
        assert self._process is not None and self._process.pid is not None
        limits = self._limits
        if 0 < limits.time_s < taken_s:
            raise InputError(f"it took longer than {limits.time_s:g} s, and was given up")
        if 0 < limits.stall_s < silent_s:
            raise InputError(
                f"nothing of it was read for {limits.stall_s:g} s; the file may be damaged"
            )
        if limits.memory_mb and memory_mb(self._process.pid) > limits.memory_mb:
            raise InputError(f"it took more than {limits.memory_mb:g} MiB, and was given up")


def _error(said: dict[str, Any]) -> VidocrError:
    kinds: dict[str, type[VidocrError]] = {"VidocrError": VidocrError}
    kinds |= {kind.__name__: kind for kind in VidocrError.__subclasses__()}
    kind = kinds.get(str(said["error"]), EngineError)
    return kind(str(said["message"]), may_pass=bool(said.get("may_pass")))


def _serve(connection: Connection, limits: Limits) -> None:
    """Do the tasks that come in, until the first process ends this one."""
    started()
    die_with_parent()
    _bind(limits)

    def say(**words: Any) -> None:
        connection.send_bytes(json.dumps(words).encode())

    with suppress(EOFError, OSError):  # the first process is gone
        while True:
            task: Task = connection.recv()  # from ours
            say(begun=True)
            say(**_done(task, say))


def _done(task: Task, say: Callable[..., None]) -> dict[str, Any]:
    said = 0.0

    def tell(done_us: int, total_us: int | None) -> None:
        nonlocal said
        if time.monotonic() - said >= _TELL_S:
            said = time.monotonic()
            say(told=(done_us, total_us))

    try:
        return {"answer": task(tell)}
    except VidocrError as error:
        kind = next(each for each in type(error).__mro__ if each.__module__ == "vidocr.errors")
        return {"error": kind.__name__, "message": str(error), "may_pass": error.may_pass}
    except MemoryError:
        return {"error": "InputError", "message": "it needs more memory than it may have"}
    except Exception as error:  # a bug, or a library's: it costs this task alone
        message = f"this is a bug in vidocr: {type(error).__name__}: {error}; please report it"
        return {"error": "VidocrError", "message": message}


def _bind(limits: Limits) -> None:
    """Have the system hold this process to what it may take."""
    if sys.platform == "win32":
        return
    import resource

    if limits.gives_way:
        give_way()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.cpu_s:
        most_s = int(limits.cpu_s) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s + 1))
    if limits.memory_mb:
        most = (int(limits.memory_mb) + _RESERVED_MB) << 20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def give_way() -> None:
    """Let processes go first that answer people, where both have work."""
    if sys.platform != "win32":
        os.nice(_NICE)
