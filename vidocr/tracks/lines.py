"""Lines of text that can stand in a file, and their way back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

JOINER = "\u2060"
"""WORD JOINER: invisible, without width. It parts what a reader would take for a tag or a time."""


def clean(line: str) -> str:
    """The line without what would end a line, a cue or the file for a reader."""
    return "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in line
    ).strip()


def clean_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """Those of the lines that are not blank, cleaned."""
    return tuple(line for line in map(clean, lines) if line)


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text as a file has it, without blank ones."""
    return clean_lines(text.splitlines())
