"""Works on the jobs that wait, a process for each."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from vidocr.errors import (
    DependencyError,
    EngineError,
    InputError,
    TranslationError,
    UsageError,
    VidocrError,
)
from vidocr.processes import cores
from vidocr.progress import Meter, rounded
from vidocr.service import results, work
from vidocr.service.children import Child, Limits, Stopped
from vidocr.service.choices import options_of
from vidocr.service.desk import LOADING, Desk
from vidocr.service.films import film_of
from vidocr.service.interpreter import Interpreter
from vidocr.service.looks import named
from vidocr.service.places import Places
from vidocr.service.refusals import Refusal
from vidocr.service.settings import Settings
from vidocr.service.store import Job, Store

_log = logging.getLogger(__name__)

_POLL_S = 0.5
_TRIES = 3
_END_S = 30.0
_STEP_S = 0.2


@dataclass(slots=True)
class _Run:
    """A job under way. ``ended`` is set when nothing works on it any more."""

    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    meter: Meter | None = None
    done_us: int = 0
    total_us: int | None = None


class Runner:
    """Threads that take jobs, oldest first, and have each done by a child.

    Args:
        store: with the jobs.
        places: with their films, and for their outputs.
        desk: with the model that jobs may share.
        interpreter: with the one that translates for them.
        settings: of the service.
    """

    def __init__(
        self,
        store: Store,
        places: Places,
        desk: Desk,
        interpreter: Interpreter,
        settings: Settings,
    ) -> None:
        self._store = store
        self._places = places
        self._desk = desk
        self._interpreter = interpreter
        self._settings = settings
        self._runs: dict[str, _Run] = {}
        self._turn = threading.Lock()
        self._closing = threading.Event()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"job-{n}", daemon=True)
            for n in range(settings.workers)
        ]

    def start(self) -> None:
        """Take up what an earlier service left, and begin."""
        self._places.remove_others(self._store.ids())
        for job in self._store.jobs(None, "running", None, -1):
            if self._places.out(job.id).is_dir():  # it ended between the two
                self._finish(job)
        self._store.resume()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End what is under way; it will be done again."""
        self._closing.set()
        with self._turn:
            for run in self._runs.values():
                run.stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether all threads work."""
        return all(thread.is_alive() for thread in self._threads)

    def wake(self) -> None:
        """There is a new job."""
        self._bell.put(None)

    def cancel(self, name: str) -> None:
        """Forget a job, whatever its state, and remove its files."""
        self._store.remove(name)
        with self._turn:
            run = self._runs.get(name)
        if run:
            run.stop.set()
            run.ended.wait(_END_S)
        self._places.remove(name)

    def progress(self, name: str) -> dict[str, Any] | None:
        """How far a job is; None where it is not under way."""
        with self._turn:
            run = self._runs.get(name)
        if run is None or run.meter is None:
            return None
        total_us, done_us = run.total_us, run.done_us
        return {
            "done_us": done_us,
            "total_us": total_us,
            "share": rounded(min(1.0, done_us / total_us)) if total_us else None,
            "speed": rounded(run.meter.speed),
            "eta_s": rounded(run.meter.eta_s),
        }

    def _work(self) -> None:
        while not self._closing.is_set():
            job = None if self._desk.state == LOADING else self._take()
            if job is None:
                self._rest()
                continue
            try:
                self._run(job)
            except Exception as error:  # a bug: other jobs are not to wait for ever
                _log.exception("job %s", job.id)
                self._store.fail(job.id, "bug", f"{type(error).__name__}: {error}")
            finally:
                with self._turn:
                    self._runs.pop(job.id).ended.set()

    def _take(self) -> Job | None:
        with self._turn:  # a job that runs can always be stopped
            job = self._store.take()
            if job:
                self._runs[job.id] = _Run()
        return job

    def _rest(self) -> None:
        for name in self._store.expired(self._settings.hold_s):
            self.cancel(name)
        try:
            self._bell.get(timeout=_POLL_S)
        except queue.Empty:
            return

    def _run(self, job: Job) -> None:
        run = self._runs[job.id]
        try:
            self._read(job, run)
        except Stopped:
            self._store.queue_again(job.id)  # unless it was removed
        except VidocrError as error:
            if error.may_pass and job.tries < _TRIES:
                self._store.queue_again(job.id)
                self._closing.wait(_POLL_S)
            else:
                film = film_of(job, self._places, self._settings) if not job.path else None
                message = named(str(error), film, job.name) if film else str(error)
                self._store.fail(job.id, code_of(error), message)
        except Refusal as error:  # its path or its options are not allowed any more
            self._store.fail(job.id, error.code, error.message)
        else:
            self._finish(job)

    def _read(self, job: Job, run: _Run) -> None:
        settings = self._settings
        options = options_of(settings.options, job.options)
        if not options.decode_threads:
            options = replace(options, decode_threads=max(1, cores() // settings.workers))
        task = partial(
            work.read,
            film_of(job, self._places, settings),
            options,
            settings.film_s,
            work.Doors(self._desk.door, self._interpreter.door_for(options)),
            self._places.part(job.id),
        )
        limits = Limits(
            settings.film_timeout_s,
            settings.stall_timeout_s,
            settings.film_timeout_s * cores(),
            settings.film_memory_mb,
            gives_way=True,
        )

        def tell(done_us: int, total_us: int | None) -> None:
            if run.meter is None:
                run.meter = Meter(total_us, _STEP_S, time.monotonic)
            if done_us:  # what comes before is the scan
                run.meter.advance(done_us)
            run.done_us, run.total_us = done_us, total_us

        with Child(limits) as child:
            child.do(task, tell=tell, stop=run.stop)
        self._places.finish(job.id)

    def _finish(self, job: Job) -> None:
        self._store.finish(job.id, result_of(results.report(self._places.out(job.id))))


def result_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a job that is done."""
    told = {name: report[name] for name in ("cues", "engine", "regions")}
    return told | {"ends_early": report.get("ends_early", False)}  # an older report has none


def code_of(error: VidocrError) -> str:
    """The error in a word."""
    if isinstance(error, InputError | UsageError):
        return "invalid"
    passing = EngineError | DependencyError | TranslationError
    return "unavailable" if isinstance(error, passing) else "bug"
