"""The parts of a service that runs, put together, started and ended."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, Semaphore, to_thread
from starlette.requests import Request

from vidocr.errors import UsageError
from vidocr.ocr.choice import wanted_of
from vidocr.service.children import Limits
from vidocr.service.desk import Desk
from vidocr.service.identity import LOCAL, Authenticator, Identity
from vidocr.service.interpreter import Interpreter
from vidocr.service.looks import AT_ONCE_EACH, Looks
from vidocr.service.metrics import Metrics
from vidocr.service.places import Places
from vidocr.service.refusals import full
from vidocr.service.runner import Runner
from vidocr.service.settings import Settings
from vidocr.service.shapes import job_told
from vidocr.service.store import Job, Store
from vidocr.service.webhooks import Webhooks

_T = TypeVar("_T")
_LOOKS = 16  # threads that wait for short looks at films, or look after uploads


class Service:
    """What all routes share.

    Args:
        settings: of the operator.
        authentication: tells who asks; None where whoever reaches the service may do all.

    Raises:
        OutputError: the data folder can't be used.
        UsageError: another service uses it.
    """

    def __init__(self, settings: Settings, authentication: Authenticator | None) -> None:
        self.settings = settings
        self.authentication = authentication
        self.places = Places(settings.data)
        self._lock = _locked(settings.data / "lock.sqlite")
        each = settings.queue_each if authentication else settings.queue
        self.store = Store(settings.data / "service.sqlite", settings.queue, each)
        self.desk = Desk(wanted_of(settings.options))
        limits = Limits(settings.look_timeout_s, memory_mb=settings.look_memory_mb)
        self.looks = Looks(limits, settings.film_s, settings.film_pixels)
        self.interpreter = Interpreter(settings.options)
        self.runner = Runner(self.store, self.places, self.desk, self.interpreter, settings)
        self.webhooks = Webhooks(self.store, settings, self.told)
        self.metrics = Metrics(self.store, self.desk)
        self.uploads = Room(settings.uploads, settings.uploads_each)
        self.pictures = Room(settings.pictures, settings.pictures_each)
        self.pixels = Amount(settings.pixels)
        self.looking = Room(settings.looks, settings.looks_each)
        self.turns = Turns(AT_ONCE_EACH)
        self.look_threads = CapacityLimiter(_LOOKS)
        self.picture_threads = CapacityLimiter(settings.pictures)

    def start(self) -> None:
        """Begin to work."""
        self.desk.start()
        self.runner.start()
        self.webhooks.start()

    def close(self) -> None:
        """End all work; what was not done is done after the next start."""
        self.webhooks.close()
        self.runner.close()
        self.interpreter.close()
        self.looks.close()
        self.desk.close()
        self.store.close()
        self._lock.close()

    async def looked(self, look: Callable[[], _T], who: Identity) -> _T:
        """What a short look at a film gives.

        Raises:
            Refusal: 429, they have asked for too many.
        """
        with self.looking.taken("looks at films", who):
            async with self.turns.taken(who):
                return await to_thread.run_sync(look, limiter=self.look_threads)

    def told(self, job: Job) -> dict[str, object]:
        """A job as it is told to those who ask."""
        hook = self.store.hook(job.id) if job.webhook else None
        revision, _ = self.store.edits(job.id)
        return job_told(job, self.runner.progress(job.id), revision, hook)


class Room:
    """For so many at once; used in one thread, that of the event loop.

    Args:
        size: for how many.
        each: for how many of one who asks, where people are told apart.
    """

    def __init__(self, size: int, each: int) -> None:
        self._left = size
        self._each = each
        self._inside: Counter[str] = Counter()

    @contextmanager
    def taken(self, what: str, who: Identity) -> Iterator[None]:
        """A place for the time of the block.

        Raises:
            Refusal: 429, there is none.
        """
        if not self._left:
            raise full(f"too many {what} at once")
        if who != LOCAL and self._inside[who.name] >= self._each:
            raise full(f"too many {what} of yours at once")
        self._left -= 1
        self._inside[who.name] += 1
        try:
            yield
        finally:
            self._left += 1
            self._inside[who.name] -= 1
            self._inside += Counter()  # forgets who has none


class Turns:
    """So many at once of each who asks, where people are told apart; more of theirs wait.

    Used in one thread, that of the event loop.

    Args:
        each: how many.
    """

    def __init__(self, each: int) -> None:
        self._each = each
        self._turns: WeakValueDictionary[str, Semaphore] = WeakValueDictionary()  # in use

    @asynccontextmanager
    async def taken(self, who: Identity) -> AsyncIterator[None]:
        """A turn for the time of the block, as soon as there is one."""
        if who == LOCAL:
            yield
            return
        turn = self._turns.setdefault(who.name, Semaphore(self._each))
        async with turn:
            yield


class Amount:
    """So much of something; used from many threads.

    Args:
        size: how much there is.
    """

    def __init__(self, size: int) -> None:
        self._left = size
        self._turn = threading.Lock()

    @contextmanager
    def taken(self, size: int, what: str) -> Iterator[None]:
        """So much of it for the time of the block.

        Raises:
            Refusal: 429, there is less.
        """
        with self._turn:
            if size > self._left:
                raise full(f"too many {what} at once")
            self._left -= size
        try:
            yield
        finally:
            with self._turn:
                self._left += size


async def service_of(request: Request) -> Service:  # no thread for what takes no time
    """The service that a request came to: a dependency of routes."""
    service: Service = request.app.state.service
    return service


def _locked(path: Path) -> sqlite3.Connection:
    """A lock that ends with this process: jobs of one folder are done by one service.

    Raises:
        UsageError: another process has it.
    """
    base = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        base.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        base.close()
        raise UsageError(
            f"{path.parent}: another vidocr serve uses it ({error}); end that, or give another "
            "folder with --data"
        ) from error
    return base
