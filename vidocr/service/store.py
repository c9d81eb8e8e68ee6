"""The jobs, in an SQLite file: what outlives the service."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vidocr.database import Database
from vidocr.service.refusals import conflict, full

HELD, QUEUED, RUNNING, DONE, FAILED = "held", "queued", "running", "done", "failed"
STATES = (HELD, QUEUED, RUNNING, DONE, FAILED)
WAITING, DELIVERED = "waiting", "delivered"  # of webhooks, beside FAILED

_VERSION = 1
_MOST_TRIES = 3  # of a job during which the service ended
_SCHEMA = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, owner TEXT NOT NULL,
    state TEXT NOT NULL, told TEXT NOT NULL
);
CREATE INDEX by_state ON jobs (state, number);
CREATE INDEX by_owner ON jobs (owner, number);
CREATE TABLE edits (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, cues TEXT NOT NULL);
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY, due REAL NOT NULL, tries INTEGER NOT NULL, state TEXT NOT NULL,
    last TEXT NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A film to be read, and what came of it. Times are seconds since 1970.

    ``path`` is empty where the film was sent here. ``film`` and ``result`` are figures for
    those who ask.
    """

    id: str
    owner: str
    name: str
    state: str
    path: str = ""
    created: float = 0.0
    started: float | None = None
    ended: float | None = None
    tries: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    film: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    error: dict[str, str] | None = None
    webhook: str = ""


_COLUMNS = ("id", "owner", "state")  # the other fields are told as JSON
_TOLD = tuple(name for name in Job.__dataclass_fields__ if name not in _COLUMNS)


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that is due, was delivered, or was given up; ``due`` in seconds since 1970."""

    id: str
    due: float
    tries: int
    state: str
    last: str = ""


class Store:
    """The file. Its methods may be called from any thread; each is one change, or a question.

    Args:
        path: of the file, which is made if there is none.
        room: how many jobs may be held or wait.
        each: how many of one owner's; as many as there is room for if not given.
    """

    def __init__(self, path: Path, room: int, each: int | None = None) -> None:
        self._base = Database(path, _SCHEMA, _VERSION, what="list of jobs", flag="--data")
        self._room = room
        self._each = room if each is None else each
        self._turn = threading.RLock()

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._base.close()

    def resume(self) -> None:
        """Queue again what was running when the service ended; not what ended it thrice."""
        with self._turn, self._base.change():
            for job in self._jobs("WHERE state = ?", RUNNING):
                if job.tries < _MOST_TRIES:
                    self._save(replace(job, state=QUEUED))
                else:
                    self._fail(job, "unavailable", "the service ended each time that it was read")

    def add(self, job: Job) -> None:
        """Take in a job.

        Raises:
            Refusal: 429, as many wait as may.
        """
        with self._turn, self._base.change():
            self._check_room(job.owner)
            self._base.execute(
                "INSERT INTO jobs (id, owner, state, told) VALUES (?, ?, ?, ?)",
                (job.id, job.owner, job.state, _told(job)),
            )

    def check_room(self, owner: str) -> None:
        """Raise Refusal (429) where no job of this owner's can be taken in now."""
        with self._turn:
            self._check_room(owner)

    def _check_room(self, owner: str) -> None:
        rows = self._base.select(
            "SELECT count(*) AS n, total(owner = ?1) AS own FROM jobs WHERE state IN (?2, ?3)",
            owner,
            HELD,
            QUEUED,
        )
        if rows[0]["n"] >= self._room:
            raise full(f"{self._room} jobs wait already")
        if rows[0]["own"] >= self._each:
            raise full(f"{self._each} of your jobs wait already")

    def get(self, name: str) -> Job | None:
        """The job, if there is one."""
        return next(iter(self._jobs("WHERE id = ?", name)), None)

    def jobs(
        self, owner: str | None, state: str | None, before: str | None, limit: int
    ) -> list[Job]:
        """Jobs, the newest first.

        Args:
            owner: whose; None for everybody's.
            state: they are in; None for any.
            before: only those older than this one.
            limit: at most so many.
        """
        return self._jobs(
            "WHERE (?1 IS NULL OR owner = ?1) AND (?2 IS NULL OR state = ?2) "
            "AND (?3 IS NULL OR number < (SELECT number FROM jobs WHERE id = ?3)) "
            "ORDER BY number DESC LIMIT ?4",
            owner,
            state,
            before,
            limit,
        )

    def ids(self) -> list[str]:
        """Of all jobs."""
        with self._turn:
            return [row["id"] for row in self._base.select("SELECT id FROM jobs")]

    def counts(self) -> dict[str, int]:
        """How many jobs are in each state."""
        with self._turn:
            rows = self._base.select("SELECT state, count(*) AS n FROM jobs GROUP BY state")
        return dict.fromkeys(STATES, 0) | {row["state"]: row["n"] for row in rows}

    def start(self, name: str, options: dict[str, Any] | None) -> Job:
        """Queue a job that is held or has failed; with other options, if they are given.

        Raises:
            Refusal: 409, it is in another state or gone; 429, as many wait as may.
        """
        with self._turn, self._base.change():
            job = self.get(name)
            if job is None or job.state not in (HELD, FAILED):
                state = job.state if job else "gone"
                raise conflict(f"job {name}: is {state}; only held and failed jobs can be started")
            if job.state == FAILED:
                self._check_room(job.owner)
            given = job.options if options is None else options
            queued = replace(job, state=QUEUED, options=given, error=None, ended=None, tries=0)
            self._save(queued)
        return queued

    def take(self) -> Job | None:
        """The oldest job that waits; it is running from now on."""
        with self._turn:
            if not self._jobs("WHERE state = ? LIMIT 1", QUEUED):
                return None  # without a change, which costs a write
            with self._base.change():
                for job in self._jobs("WHERE state = ? ORDER BY number LIMIT 1", QUEUED):
                    now = time.time()
                    taken = replace(job, state=RUNNING, started=now, tries=job.tries + 1)
                    self._save(taken)
                    return taken
        return None

    def queue_again(self, name: str) -> None:
        """Put a job back that could not be brought to an end."""
        with self._turn, self._base.change():
            self._change(name, state=QUEUED)

    def finish(self, name: str, result: dict[str, Any]) -> None:
        """The job is done, and its outputs are there."""
        with self._turn, self._base.change():
            if job := self._change(name, state=DONE, ended=time.time(), result=result):
                self._base.execute("DELETE FROM edits WHERE id = ?", (name,))
                self._announce(job)

    def fail(self, name: str, code: str, message: str) -> None:
        """The job has failed."""
        with self._turn, self._base.change():
            if job := self.get(name):
                self._fail(job, code, message)

    def remove(self, name: str) -> None:
        """Forget the job."""
        with self._turn, self._base.change():
            for table in ("jobs", "edits", "webhooks"):
                self._base.execute(f"DELETE FROM {table} WHERE id = ?", (name,))

    def expired(self, hold_s: float) -> list[str]:
        """Jobs that have been held for too long."""
        oldest = time.time() - hold_s
        held = self._jobs("WHERE state = ?", HELD)
        return [job.id for job in held if job.created < oldest]

    # Cues as people have edited them

    def edits(self, name: str) -> tuple[int, str | None]:
        """The revision of a job's cues, and the cues as JSON: None as they were read."""
        with self._turn:
            rows = self._base.select("SELECT revision, cues FROM edits WHERE id = ?", name)
        return (rows[0]["revision"], rows[0]["cues"]) if rows else (0, None)

    def edit(self, name: str, revision: int, cues: str) -> int:
        """Keep edited cues, if nobody has since ``revision``; the new revision.

        Raises:
            Refusal: 409, somebody has.
        """
        with self._turn, self._base.change():
            now, _ = self.edits(name)
            if now != revision:
                raise conflict(
                    f"revision {revision}: the cues are at revision {now} by now; get them and "
                    "make the changes again",
                    {"X-Revision": str(now)},
                )
            self._base.execute(
                "INSERT INTO edits VALUES (?1, ?2, ?3) "
                "ON CONFLICT (id) DO UPDATE SET revision = ?2, cues = ?3",
                (name, revision + 1, cues),
            )
        return revision + 1

    # Webhooks

    def hook(self, name: str) -> Hook | None:
        """What became of a job's webhook; None before the job's end."""
        with self._turn:
            rows = self._base.select("SELECT * FROM webhooks WHERE id = ?", name)
        return Hook(**rows[0]) if rows else None

    def due_hooks(self) -> list[Hook]:
        """Those that are to be called now."""
        with self._turn:
            rows = self._base.select(
                "SELECT * FROM webhooks WHERE state = ? AND due <= ? ORDER BY due",
                WAITING,
                time.time(),
            )
        return [Hook(**row) for row in rows]

    def save_hook(self, hook: Hook) -> None:
        """Keep what became of a call."""
        with self._turn:
            self._base.do(
                "UPDATE webhooks SET due = ?, tries = ?, state = ?, last = ? WHERE id = ?",
                hook.due,
                hook.tries,
                hook.state,
                hook.last,
                hook.id,
            )

    def _announce(self, job: Job) -> None:
        if job.webhook:
            self._base.execute(
                "INSERT OR REPLACE INTO webhooks VALUES (?, ?, 0, ?, '')",
                (job.id, time.time(), WAITING),
            )

    def _fail(self, job: Job, code: str, message: str) -> None:
        error = {"code": code, "message": message}
        self._save(replace(job, state=FAILED, ended=time.time(), error=error))
        self._announce(job)

    def _change(self, name: str, **fields: Any) -> Job | None:
        """The job with other fields, within a change; None if it is gone."""
        job = self.get(name)
        if job is not None:
            job = replace(job, **fields)
            self._save(job)
        return job

    def _save(self, job: Job) -> None:
        self._base.execute(
            "UPDATE jobs SET state = ?, told = ? WHERE id = ?", (job.state, _told(job), job.id)
        )

    def _jobs(self, condition: str, *values: object) -> list[Job]:
        with self._turn:
            rows = self._base.select(f"SELECT * FROM jobs {condition}", *values)
        return [_job(row) for row in rows]


def _told(job: Job) -> str:
    return json.dumps({name: getattr(job, name) for name in _TOLD})


def _job(row: sqlite3.Row) -> Job:
    return Job(**{name: row[name] for name in _COLUMNS}, **json.loads(row["told"]))
