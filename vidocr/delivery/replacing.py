"""A user's list of what is to be replaced in the text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import regex

from vidocr.errors import UsageError
from vidocr.model import Change, Cue

_EXPRESSION = "re:"
_COMMENT = "#"
_TIMEOUT_S = 0.1  # of one expression on one cue: those that are sound take microseconds


@dataclass(frozen=True, slots=True)
class Replacement:
    """``new`` stands where ``old`` was; ``where`` says in which line of which file this is wanted.

    ``old`` is taken letter by letter, or as an expression of the package ``regex``, whose groups
    ``new`` may name.
    """

    old: str
    new: str
    where: str
    is_expression: bool = False

    def applied(self, text: str) -> str:
        """The text with all that was found replaced.

        Raises:
            TimeoutError: the expression took too long on this text.
        """
        if not self.is_expression:
            return text.replace(self.old, self.new)
        found: str = _compiled(self.old).sub(self.new, text, timeout=_TIMEOUT_S)
        return found


def read_replacements(path: Path) -> tuple[Replacement, ...]:
    """The replacements of a file with two columns: what is found, and what stands there then.

    A ``.tsv`` file has tabs between them, and quotes mean nothing in it; any other one commas,
    as CSV. What is found is taken letter by letter, or as a regular expression after ``re:``, whose
    ``^`` and ``$`` are the ends of a line. Lines that start with ``#`` or are empty say nothing.

    Raises:
        UsageError: The file can't be read or is not in UTF-8, or a line is no replacement; names
            the file and the line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"{path}: can't be read: {error.strerror}; give a file of replacements, CSV or TSV"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not in UTF-8; save it in UTF-8") from error
    return tuple(_replacement(row, f"{path}, line {line}") for line, row in _rows(path, text))


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that say something, each with the number of its first line, from 1."""
    lines = text.splitlines(keepends=True)
    if path.suffix.lower() == ".tsv":
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"{path}, line {line}: {error}; mend the quotes there") from error
        if row is None:
            return
        if any(row) and not row[0].startswith(_COMMENT):
            yield line, row


def _replacement(row: Sequence[str], where: str) -> Replacement:
    if len(row) != 2:
        raise UsageError(
            f"{where}: {len(row)} columns; give two, what is found and what stands there then"
        )
    old, new = row
    is_expression = old.startswith(_EXPRESSION)
    old = old.removeprefix(_EXPRESSION)
    if not old:
        raise UsageError(f"{where}: nothing to be found; fill the first column or delete the line")
    if is_expression:
        _check(old, new, where)
    return Replacement(old, new, where, is_expression)


def _check(old: str, new: str, where: str) -> None:
    try:
        _compiled(old)
        nothing = _compiled(f"{old}\n|").match("")  # finds the groups without any text
        if nothing:
            nothing.expand(new)
    except (regex.error, IndexError, OverflowError) as error:
        raise UsageError(
            f"{where}: not a regular expression and its replacement: {error}; mend it, or take "
            f"{_EXPRESSION!r} away to find it letter by letter"
        ) from error


def _compiled(expression: str) -> regex.Pattern[str]:
    return regex.compile(expression, regex.MULTILINE)


def replaced(cue: Cue, replacements: Sequence[Replacement]) -> Cue | None:
    """The cue after all replacements; None where they leave nothing of it.

    A replacement that takes too long is left out and flagged.
    """
    text, changes, flags = cue.text, [*cue.changes], [*cue.flags]
    for replacement in replacements:
        before = text
        try:
            found = replacement.applied(before)
        except TimeoutError:
            flags.append(f"replacement: {replacement.where} takes too long here and was left out")
            continue
        if found != before:
            text = _tidied(found)
            changes.append(Change(f"replacement ({replacement.where})", before, text))
        if not text:
            return None
    return replace(cue, lines=tuple(text.split("\n")), changes=tuple(changes), flags=tuple(flags))


def _tidied(text: str) -> str:
    """The text without blank lines and white space at the ends of lines."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
