"""What the ledger tells of films."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Entry:
    """A film as the ledger knows it.

    ``stem`` is where its tracks stand in the tree, without an ending; ``outputs`` are the names
    of tracks below the root, with their SHA-256; ``figures`` what came of it.
    """

    number: int
    source: str
    stem: str
    is_certain: bool
    state: str
    tries: int
    size: int
    sample: str
    outputs: Mapping[str, list[str]]
    figures: Mapping[str, Any]
    error: str
    exit_code: int | None
    ended: float | None

    @classmethod
    def of(cls, row: sqlite3.Row) -> Entry:
        """The film of a row."""
        return cls(
            number=row["number"],
            source=row["source"],
            stem=row["stem"],
            is_certain=bool(row["is_certain"]),
            state=row["state"],
            tries=row["tries"],
            size=row["size"],
            sample=row["sample"],
            outputs=json.loads(row["outputs"]),
            figures=json.loads(row["figures"]),
            error=row["error"],
            exit_code=row["exit_code"],
            ended=row["ended"],
        )


class Counts(NamedTuple):
    """How many films are in which state; ``left_bytes`` is the size of those that are not over."""

    waiting: int
    running: int
    done: int
    failed: int
    ignored: int
    left_bytes: int
