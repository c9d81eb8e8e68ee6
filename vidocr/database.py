"""An SQLite file that several processes change in turn, and errors that say what to do."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vidocr.errors import OutputError

_BUSY_S = 30.0
_POLL_S = 0.05


class Database:
    """The file, open; it is made if there is none. Texts may hold what names of files may.

    It may be used from many threads, which take turns.

    Args:
        path: of the file; ``:memory:`` for one that nobody else sees and that goes with this.
        schema: statements that make its tables, parted by ``;``.
        version: of the schema.
        what: the file is, in words for messages.
        flag: the option that gives its place.

    Raises:
        OutputError: it can't be written, is locked, or is no such file; from every method.
    """

    def __init__(self, path: Path, schema: str, version: int, *, what: str, flag: str) -> None:
        self._path, self._what, self._flag = path, what, flag
        self._turn = threading.RLock()
        with self._explained():
            self._base = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
        try:
            with self._explained():
                self._prepare(schema, version)
        except OutputError:
            self._base.close()
            raise

    def _prepare(self, schema: str, version: int) -> None:
        self._base.row_factory = sqlite3.Row
        self._base.text_factory = os.fsdecode
        self._share()
        self._base.execute("PRAGMA synchronous = FULL")
        with self.change():
            found = self._base.execute("PRAGMA user_version").fetchone()[0]
            if found == 0:
                for statement in schema.split(";"):
                    self._base.execute(statement)
                self._base.execute(f"PRAGMA user_version = {version}")
        if found not in (0, version):
            raise OutputError(
                f"{self._path}: is a {self._what} of another version of vidocr ({found}); use "
                f"that one, or begin a new {self._what} with {self._flag}"
            )

    def _share(self) -> None:
        """Let several use the file at once. SQLite itself does not wait here for its turn."""
        latest = time.monotonic() + _BUSY_S
        while True:
            try:
                self._base.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > latest:
                    raise
                time.sleep(_POLL_S)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """A transaction, which no other process's comes between."""
        with self._turn, self._explained():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:  # an interrupt, too, must not leave it half changed
                if self._base.in_transaction:  # a full disk rolls back by itself
                    self._base.execute("ROLLBACK")
                raise

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """Run a statement within a :meth:`change`."""
        return self._base.execute(statement, values)

    def select(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """What a question is answered with."""
        with self._turn, self._explained():
            return self._base.execute(statement, values).fetchall()

    def do(self, statement: str, *values: object) -> int:
        """Make one change; how many rows were changed."""
        with self.change():
            return self._base.execute(statement, values).rowcount

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            said = str(error)
            if "locked" in said:
                fix = f"another program has locked it for {_BUSY_S:.0f} s; end that, and try again"
            elif "full" in said:
                fix = "free some space and start it again: nothing is lost"
            else:
                fix = f"check the folder, or give another place with {self._flag}"
            raise OutputError(
                f"{self._path}: the {self._what} can't be used: {said}; {fix}"
            ) from error
        except sqlite3.DatabaseError as error:
            raise OutputError(
                f"{self._path}: is no {self._what}, or a damaged one ({error}); move it away, or "
                f"give another one with {self._flag}"
            ) from error
