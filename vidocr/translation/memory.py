"""What was translated before: one SQLite file, which many films and processes may share.

A line is looked up by what is said (with its speakers, but not as it was broken), by both
languages, by the identity of the translator, and by those terms of the glossary that stand in it:
another term in the glossary makes no other line cost again. Where in a film it stands does not
count, with one exception: what a short line means (``Right.``) hangs on what was said before it,
so that the line before is part of its key. A longer one speaks for itself, and is paid once for
all films.

Of one line there may be several versions: the first, and those that had to be shorter or to heed
the glossary. A version is asked for once, whether it then is as it should or not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from vidocr.database import Database
from vidocr.text import letters, tidy
from vidocr.translation.model import Term

_SHORT = 12  # letters; a Chinese character counts as three
_VERSION = 1
_SCHEMA = """
CREATE TABLE translations (
    key TEXT NOT NULL,
    most INTEGER NOT NULL,
    is_firm INTEGER NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    target_language TEXT NOT NULL,
    translator TEXT NOT NULL,
    PRIMARY KEY (key, most, is_firm)
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that may have been translated before.

    ``before`` is what was said before it in its scene, empty for nothing; ``translator`` is an
    identity.
    """

    text: str
    before: str
    source: str | None
    target: str
    translator: str
    terms: tuple[Term, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from others: a hash, in hexadecimal digits."""
        said = letters(self.text)
        is_short = sum(3 if ord(letter) > 0x2E80 else 1 for letter in said) < _SHORT
        terms = sorted((term.source, term.target) for term in self.terms)
        text = "\n".join(tidy(line) for line in self.text.split("\n"))
        before = tidy(self.before) if is_short else ""
        parts = [text, before, self.source, self.target, self.translator, terms]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Version(NamedTuple):
    """A translation.

    ``most`` characters were demanded, 0 for none; ``is_firm`` says whether the terms of the
    glossary were demanded once more. The first version has neither.
    """

    text: str
    most: int = 0
    is_firm: bool = False


class Memory:
    """The file, open; it is made if there is none. It may be used from many threads.

    Args:
        path: of the file; None for a memory that lasts as long as this.

    Raises:
        OutputError: it can't be written, is locked, is damaged or of another version of vidocr;
            from every method.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._base = Database(
            path or Path(":memory:"),
            _SCHEMA,
            _VERSION,
            what="translation memory",
            flag="--translation-memory",
        )

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def versions(self, line: Line) -> list[Version]:
        """What is known of a line, the first version first."""
        rows = self._base.select(
            "SELECT text, most, is_firm FROM translations WHERE key = ? "
            "ORDER BY most != 0, is_firm, most DESC",
            line.key,
        )
        return [Version(row["text"], row["most"], bool(row["is_firm"])) for row in rows]

    def keep(self, entries: Iterable[tuple[Line, Version]]) -> None:
        """Write down translations: all of them are on the disk when this returns."""
        with self._base.change():
            for line, (text, most, is_firm) in entries:
                self._base.execute(
                    "INSERT OR REPLACE INTO translations VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (line.key, most, is_firm, text, line.text, line.target, line.translator),
                )
