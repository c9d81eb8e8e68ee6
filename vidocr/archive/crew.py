"""A crew on this machine: processes that read a film each, watched by the one that started them."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import NamedTuple, Protocol, TypeAlias

from vidocr.archive.family import die_with_parent, end, memory_mb
from vidocr.archive.shared import Door, Host, SharedModel
from vidocr.archive.work import FilmReader, MakeReader, Order, Outcome, whatever_comes
from vidocr.engines import OcrEngine
from vidocr.errors import DependencyError, InputError, VidocrError
from vidocr.processes import started, starting

_TELL_S = 0.2
_WATCH_S = 1.0
_START_S = 120.0  # that a process may take beside the time for its film, until it can begin


class Told(NamedTuple):
    """How far a film is, in us of it; ``total_us`` is None where its length is not known."""

    number: int
    done_us: int
    total_us: int | None


class Read(NamedTuple):
    """A film was read."""

    number: int
    outcome: Outcome


class Failed(NamedTuple):
    """A film was not read."""

    number: int
    error: VidocrError
    is_read: bool = True  # or ended on the way, which tells nothing of what the file is


Event: TypeAlias = Told | Read | Failed


class Crew(Protocol):
    """Reads films, several at once. Used as a context manager; leaving it ends the work."""

    @property
    def room(self) -> int:
        """How many films it can take now."""
        ...

    @property
    def busy(self) -> int:
        """How many films it reads."""
        ...

    def give(self, order: Order) -> None:
        """Have a film read."""
        ...

    def events(self, timeout_s: float) -> Iterator[Event]:
        """What happened, after waiting for something to happen.

        Raises:
            VidocrError: nothing can be read at all.
        """
        ...

    def __enter__(self) -> Crew: ...

    def __exit__(self, *_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What a film may take; 0 for no limit. ``stall_s`` is without any progress."""

    time_s: float = 0.0
    stall_s: float = 0.0
    memory_mb: float = 0.0


@dataclass(slots=True)
class _Member:
    """A process, and the film that it reads, if any."""

    process: BaseProcess
    connection: Connection
    order: Order | None = None
    began: float = field(default_factory=time.monotonic)
    told: float = 0.0
    is_ready: bool = False


class LocalCrew:
    """Processes of this machine.

    A process that crashes, hangs or takes too much memory costs the film that it reads, and
    another takes its place.

    Args:
        make_reader: called in each process.
        size: processes.
        limits: of a film.
        make_model: makes the model that all share, in a process of its own.
    """

    def __init__(
        self,
        make_reader: MakeReader,
        size: int,
        limits: Limits,
        make_model: Callable[[], OcrEngine] | None = None,
    ) -> None:
        self._make_reader = make_reader
        self._size = size
        self._limits = limits
        self._make_model = make_model
        self._door = Door.new() if make_model else None
        self._host: Host | None = None
        self._members: list[_Member] = []
        self._watched = time.monotonic()

    def __enter__(self) -> LocalCrew:
        self._start_host()
        return self

    def __exit__(self, *_: object) -> None:
        for member in self._members:
            _end(member)
        self._members.clear()
        if self._host:
            self._host.close()

    @property
    def room(self) -> int:
        """As ``Crew``; none while the model is loaded."""
        is_ready = self._host is None or self._host.is_ready
        return self._size - self.busy if is_ready else 0

    @property
    def busy(self) -> int:
        """As ``Crew``."""
        return sum(member.order is not None for member in self._members)

    def pids(self) -> list[int]:
        """Of the processes that read films, and of the one with the model, which is the last."""
        pids = [member.process.pid for member in self._members]
        return [pid for pid in (*pids, self._host and self._host.pid) if pid]

    def give(self, order: Order) -> None:
        """As ``Crew``."""
        idle = [member for member in self._members if member.order is None]
        member = idle[0] if idle else self._hire()
        member.order = order
        member.began = member.told = time.monotonic()
        with suppress(OSError):  # it died while it had nothing to do: seen as soon as we look
            member.connection.send(order)

    def _hire(self) -> _Member:
        context = multiprocessing.get_context("spawn")
        with starting():
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._make_reader, self._door))
            process.start()
            theirs.close()  # so that ours ends when the process does
            member = _Member(process, ours)
            self._members.append(member)
        return member

    def _start_host(self) -> None:
        if self._make_model and self._door:
            with starting():
                self._host = Host(self._make_model, self._door)

    def events(self, timeout_s: float) -> Iterator[Event]:
        """As ``Crew``."""
        connections = {member.connection: member for member in self._members}
        told = [self._host.told] if self._host else []
        ready = wait([*connections, *told], min(timeout_s, _WATCH_S))
        if self._host and self._host.told in ready and not self._host.look():
            self._start_host()
        for connection, member in connections.items():
            if connection in ready and (event := self._heard(member)):
                yield event
        if time.monotonic() - self._watched >= _WATCH_S:
            self._watched = time.monotonic()
            yield from filter(None, map(self._watch, tuple(self._members)))

    def _heard(self, member: _Member) -> Event | None:
        try:
            said = member.connection.recv()
        except (EOFError, OSError):
            return self._lost(member)
        order = member.order
        if isinstance(said, _Ready):
            if said.error:
                raise said.error
            member.is_ready = True
            member.began = member.told = time.monotonic()
            return None
        assert order is not None, "who has no film says nothing"
        if isinstance(said, Outcome):
            member.order = None
            return Read(order.number, said)
        if isinstance(said, VidocrError):
            if isinstance(said, DependencyError) and not said.may_pass:
                raise said  # the next film would lack it, too
            member.order = None
            return Failed(order.number, said)
        member.told = time.monotonic()
        return Told(order.number, *said)

    def _lost(self, member: _Member) -> Event | None:
        """A process died by itself. It may have been killed, so another try is due."""
        self._members.remove(member)
        _end(member)
        if member.order is None:
            return None
        code = member.process.exitcode or 0
        how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
        return self._failed(
            member.order,
            f"the process that read it died ({how}: a crash of the decoder, or it was killed); "
            "convert the film, e.g. to H.264, if this happens again",
            may_pass=True,
        )

    def _watch(self, member: _Member) -> Event | None:
        """Whether the film takes too much."""
        order, limits = member.order, self._limits
        now = time.monotonic() - (0.0 if member.is_ready else _START_S)
        if order is None or member.process.pid is None:
            return None
        why = ""
        if 0 < limits.time_s < now - member.began:
            why = f"it took longer than {limits.time_s:g} s; give a longer --film-timeout-s"
        elif 0 < limits.stall_s < now - member.told:
            why = (
                f"nothing of it was read for {limits.stall_s:g} s; the file may be damaged, "
                "or give a longer --stall-timeout-s"
            )
        elif limits.memory_mb and memory_mb(member.process.pid) > limits.memory_mb:
            why = f"it took more than {limits.memory_mb:g} MiB; give a higher --film-memory-mb"
        if not why:
            return None
        self._members.remove(member)
        _end(member)
        return self._failed(order, why)

    def _failed(self, order: Order, why: str, *, may_pass: bool = False) -> Failed:
        error = InputError(f"{order.source}: {why}", may_pass=may_pass)
        return Failed(order.number, error, is_read=False)


def _end(member: _Member) -> None:
    if member.process.pid is not None:
        end(member.process.pid)
    member.process.join()
    member.connection.close()


class _Ready(NamedTuple):
    """The process can begin; or not, and then none can."""

    error: VidocrError | None = None


def _serve(connection: Connection, make_reader: MakeReader, door: Door | None) -> None:
    """Read the films that come in, until the first process ends this one."""
    started()
    die_with_parent()
    with suppress(EOFError, OSError):  # the first process is gone
        try:
            reader = make_reader((lambda: SharedModel(door)) if door else None)
        except VidocrError as error:
            connection.send(_Ready(error))
            return
        except Exception as error:  # a library's: no film is to blame
            why = f"an engine can't be made: {type(error).__name__}: {error}; report this"
            connection.send(_Ready(DependencyError(why)))
            return
        connection.send(_Ready())
        while True:
            order = connection.recv()
            connection.send(_read(reader, order, connection))


def _read(reader: FilmReader, order: Order, connection: Connection) -> Outcome | VidocrError:
    said = 0.0

    def tell(done_us: int, total_us: int | None) -> None:
        nonlocal said
        if time.monotonic() - said >= _TELL_S:
            said = time.monotonic()
            connection.send((done_us, total_us))

    return whatever_comes(reader, order, tell)
