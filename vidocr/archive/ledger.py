"""What was done of which film: one SQLite file, which several runs may share.

A film is ``waiting``, ``running`` (a run has a lease on it), ``placing`` (its tracks are being
put in their places; their hashes are known), ``done``, ``failed`` or ``ignored`` (no film).
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

from vidocr.archive.entries import Counts, Entry
from vidocr.archive.films import Film
from vidocr.archive.runs import Run, is_alive
from vidocr.archive.storage import Mark
from vidocr.database import Database
from vidocr.messages import printable

LEASE_S = 60.0
"""A run that was not heard of for so long, on another machine, counts as dead."""

STATES = ("waiting", "running", "placing", "done", "failed", "ignored")
_VERSION = 1
_SCHEMA = """
CREATE TABLE films (
    number INTEGER PRIMARY KEY,
    source TEXT NOT NULL UNIQUE,
    stem TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    modified TEXT NOT NULL,
    sample TEXT NOT NULL,
    options TEXT NOT NULL,
    is_certain INTEGER NOT NULL,
    state TEXT NOT NULL,
    run TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    outputs TEXT NOT NULL DEFAULT '{}',
    figures TEXT NOT NULL DEFAULT '{}',
    error TEXT NOT NULL DEFAULT '',
    exit_code INTEGER,
    ended REAL
) STRICT;
CREATE INDEX films_by_state ON films (state, number);
CREATE TABLE runs (
    name TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    born REAL NOT NULL,
    seen REAL NOT NULL
) STRICT;
"""
_ORPHANED = "run NOT IN (SELECT name FROM runs)"
_MINE = tuple(  # films of this run, in its order; and those of them that are not over
    f"CREATE TEMP TABLE {name} (place INTEGER PRIMARY KEY, number INTEGER UNIQUE) STRICT"
    for name in ("mine", "todo")
)
_OVER = "state IN ('done', 'failed', 'ignored')"


class Ledger:
    """The ledger, open. Use it as a context manager.

    Args:
        path: of the file; it is made if there is none.

    Raises:
        OutputError: it can't be written, is locked, or is no ledger of this kind.
    """

    def __init__(self, path: Path) -> None:
        self._base = Database(path, _SCHEMA, _VERSION, what="ledger", flag="--ledger")
        with self._base.change():
            for statement in _MINE:
                self._base.execute(statement)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    # Runs

    def enter(self, run: Run) -> None:
        """Take part in the work as ``run``."""
        self._run = run
        with self._base.change():
            self._base.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", run)

    def beat(self) -> None:
        """Say that the run is alive, and look no more at what others have done."""
        with self._base.change():
            self._base.execute(  # anew where others took it for dead
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET seen = excluded.seen",
                self._run._replace(seen=self._run.now),
            )
            self._base.execute(
                "DELETE FROM todo WHERE number IN "
                f"(SELECT number FROM todo JOIN films USING (number) WHERE {_OVER})"
            )

    def take_over(self) -> list[Entry]:
        """What dead runs left half done.

        What they had only begun waits again. What they were putting in place is given back,
        and is from now on this run's.
        """
        with self._base.change():
            for row in self._base.execute("SELECT * FROM runs").fetchall():
                if not is_alive(_run(row), self._run, LEASE_S):
                    self._base.execute("DELETE FROM runs WHERE name = ?", (row["name"],))
            self._release()
            orphans = f"state = 'placing' AND {_ORPHANED}"
            left = self._entries(f"WHERE {orphans}")
            self._base.execute(f"UPDATE films SET run = ? WHERE {orphans}", (self._run.name,))
        return left

    def leave(self) -> None:
        """Take no part any more; what the run has not finished waits again."""
        with self._base.change():
            self._base.execute("DELETE FROM runs WHERE name = ?", (self._run.name,))
            self._release()

    def _release(self) -> None:
        self._base.execute(
            "UPDATE films SET state = 'waiting', tries = max(0, tries - 1) "
            f"WHERE state = 'running' AND {_ORPHANED}"
        )

    def runs(self) -> set[str]:
        """Names of the runs that take part."""
        return {row["name"] for row in self._base.select("SELECT name FROM runs")}

    # Films

    def add(self, films: Iterable[tuple[Film, Mark]], options: str, *, retry: bool) -> None:
        """Take note of films; this run is to see to them, in this order.

        New ones wait. So do those that changed, or that other options are now wanted for. With
        ``retry`` those that failed wait, too.
        """
        with self._base.change():
            before = self._base.execute("SELECT max(place) FROM mine").fetchone()[0] or 0
            for film, mark in films:
                number = self._added(film, mark, options, retry=retry)
                self._base.execute("INSERT OR IGNORE INTO mine (number) VALUES (?)", (number,))
            self._base.execute(
                "INSERT OR IGNORE INTO todo SELECT place, number FROM mine JOIN films "
                f"USING (number) WHERE place > ? AND NOT {_OVER}",
                (before,),
            )

    def _added(self, film: Film, mark: Mark, options: str, *, retry: bool) -> int:
        known = self._base.execute(
            "SELECT * FROM films WHERE source = CAST(? AS TEXT)", (os.fsencode(film.source),)
        ).fetchone()
        values = (*mark, options, film.is_certain)
        if known is None:
            stem = self._free_stem(film)
            cursor = self._base.execute(
                "INSERT INTO films (source, stem, size, modified, sample, options, is_certain, "
                "state) VALUES (CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?, ?, ?, 'waiting')",
                (os.fsencode(film.source), os.fsencode(stem), *values),
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid
        same = (known["size"], known["modified"], known["sample"], known["options"]) == values[:4]
        again = not same or (retry and known["state"] == "failed")
        if again and known["state"] not in ("running", "placing"):
            self._base.execute(
                "UPDATE films SET size = ?, modified = ?, sample = ?, options = ?, "
                "is_certain = ?, state = 'waiting', tries = 0, not_before = 0, error = '' "
                "WHERE number = ?",
                (*values, known["number"]),
            )
        return int(known["number"])

    def _free_stem(self, film: Film) -> str:
        """Where its tracks stand: under its name; with its ending where that is taken."""
        name = film.name
        more = (f"{name}.{number}" for number in count(2))
        short = (str(name.with_suffix("")),) if film.is_certain else ()  # it may be no film
        for stem in chain(short, (str(name),), more):
            taken = "SELECT 1 FROM films WHERE stem = CAST(? AS TEXT)"
            if not self._base.execute(taken, (os.fsencode(stem),)).fetchone():
                return stem
        raise AssertionError("there is always another number")

    def wait_again(self, number: int) -> None:
        """A film that was done, or nearly, is to be done again."""
        with self._base.change():
            self._base.execute(
                "UPDATE films SET state = 'waiting', tries = 0, not_before = 0 WHERE number = ? "
                "AND (state = 'done' OR state = 'placing' AND run = ?)",  # not another run's
                (number, self._run.name),
            )
            self._base.execute(
                "INSERT OR IGNORE INTO todo SELECT place, number FROM mine WHERE number = ?",
                (number,),
            )

    def claim(self) -> Entry | None:
        """A film of this run's that nobody works on, now leased to it; None if there is none."""
        with self._base.change():
            row = self._base.execute(
                "SELECT films.* FROM todo CROSS JOIN films USING (number) "  # in the order of todo
                "WHERE state = 'waiting' AND not_before <= ? ORDER BY place LIMIT 1",
                (self._run.now,),
            ).fetchone()
            if row is None:
                return None
            self._base.execute(
                "UPDATE films SET state = 'running', run = ?, tries = tries + 1 WHERE number = ?",
                (self._run.name, row["number"]),
            )
        return Entry.of(row)

    def put_back(self, number: int, not_before: float, error: str) -> None:
        """A try of a film failed, and what hindered it may pass."""
        self._set(number, "waiting", error=printable(error), not_before=not_before)

    def placing(
        self, number: int, outputs: Mapping[str, list[str]], figures: Mapping[str, Any]
    ) -> bool:
        """The tracks of a film are complete, and are to be put in their places now.

        Returns:
            Whether they still may: another run has the film if this one was not heard of for
            longer than its lease.
        """
        told = json.dumps(figures, ensure_ascii=False)
        return self._set(number, "placing", outputs=json.dumps(outputs), figures=told)

    def done(self, number: int) -> None:
        """The tracks are in their places."""
        self._set(number, "done", ended=self._run.now, error="", exit_code=0)

    def failed(self, number: int, error: str, exit_code: int) -> None:
        """It can't be done."""
        self._set(
            number, "failed", error=printable(error), exit_code=exit_code, ended=self._run.now
        )

    def ignored(self, number: int, error: str) -> None:
        """It is no film, and nobody said that it was one."""
        self._set(number, "ignored", error=printable(error), ended=self._run.now)

    def _set(self, number: int, state: str, **values: object) -> bool:
        names = ", ".join(f"{name} = ?" for name in values)
        return self._base.do(
            f"UPDATE films SET state = ?, {names} WHERE number = ? AND run = ?",
            state, *values.values(), number, self._run.name,
        ) > 0  # fmt: skip

    # Questions

    def failures(self) -> list[Entry]:
        """The films of this run that failed, in its order."""
        return self._entries("JOIN mine USING (number) WHERE state = 'failed' ORDER BY place")

    def done_stems(self) -> list[tuple[int, str, list[str]]]:
        """Number, stem and the endings of the tracks of this run's films that are done."""
        rows = self._base.select(
            "SELECT number, stem, json_extract(figures, '$.tracks') AS tracks "
            "FROM mine JOIN films USING (number) WHERE state = 'done'"
        )
        return [(row["number"], row["stem"], json.loads(row["tracks"] or "[]")) for row in rows]

    def empty(self) -> int:
        """How many films of this run are done and have no subtitles."""
        (row,) = self._base.select(
            "SELECT count(*) AS films FROM mine JOIN films USING (number) "
            "WHERE state = 'done' AND NOT json_extract(figures, '$.cues')"
        )
        return int(row["films"])

    def elsewhere(self) -> int:
        """How many films of this run are in the hands of others."""
        (row,) = self._base.select(
            "SELECT count(*) AS films FROM todo CROSS JOIN films USING (number) "
            "WHERE state IN ('running', 'placing') AND run != ?",
            self._run.name,
        )
        return int(row["films"])

    def all(self) -> list[Entry]:
        """All films, by their places in the tree."""
        return self._entries("ORDER BY stem")

    def counts(self, *, mine: bool) -> Counts:
        """How many films, of this run or all, are in which state."""
        which = "films JOIN mine USING (number)" if mine else "films"
        rows = self._base.select(f"SELECT state, count(*), sum(size) FROM {which} GROUP BY state")
        number = {state: (count, size) for state, count, size in map(tuple, rows)}
        waiting, running, placing, done, failed, ignored = (
            number.get(state, (0, 0)) for state in STATES
        )
        left = waiting[1] + running[1] + placing[1]
        return Counts(waiting[0], running[0] + placing[0], done[0], failed[0], ignored[0], left)

    def next_turn(self) -> float | None:
        """When the next of this run's films may be tried again; None if none waits."""
        (row,) = self._base.select(
            "SELECT min(not_before) AS first FROM todo JOIN films USING (number) "
            "WHERE state = 'waiting'"
        )
        return None if row["first"] is None else float(row["first"])

    def _entries(self, rest: str, *values: object) -> list[Entry]:
        return [
            Entry.of(row) for row in self._base.select(f"SELECT films.* FROM films {rest}", *values)
        ]


def _run(row: sqlite3.Row) -> Run:
    return Run(row["name"], row["host"], row["pid"], row["born"], row["seen"])
