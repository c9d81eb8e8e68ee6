"""Lines of a cue and the text to translate: wrapped lines are one, speakers keep theirs."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from vidocr.text import letters, tidy

_DASHES = "-‐‑‒–—―－"
_WIDE = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "FULLWIDTH", "BOPOMOFO")


def text_of(lines: Sequence[str]) -> str:
    """What is said, on one line; where several speak, each on one of their own.

    Speakers are told by a dash before the lines of the second and later ones.
    """
    tidied = [line for line in (tidy(_sound(line)) for line in lines) if line]
    if not any(_has_dash(line) for line in tidied[1:]):
        return _joined(tidied)
    speeches: list[list[str]] = []
    for line in tidied:
        if _has_dash(line) or not speeches:
            speeches.append([])
        speeches[-1].append(line)
    return "\n".join(_joined(speech) for speech in speeches)


def fitted(text: str, wanted: str) -> str | None:
    """A translation in as many lines as the text ``wanted`` has; None where it has others.

    A speaker whose dash was lost gets it back.
    """
    lines = [line for line in map(tidy, text.split("\n")) if line]
    if "\n" not in wanted:
        return _joined(lines) or None
    speeches = wanted.split("\n")
    if len(lines) != len(speeches):
        return None
    return "\n".join(map(_with_dash, lines, speeches))


def _with_dash(line: str, speech: str) -> str:
    if not _has_dash(speech) or _has_dash(line):
        return line
    return speech[: 2 if speech[1:2] == " " else 1] + line


def says_something(text: str) -> bool:
    """Whether there are letters in it: notes, dots and figures are the same in all languages."""
    return any(character.isalpha() for character in letters(text))


def _joined(lines: Sequence[str]) -> str:
    whole = ""
    for line in lines:
        parted = whole and not (_is_wide(whole[-1]) and _is_wide(line[0]))
        whole += (" " if parted else "") + line
    return whole


def _has_dash(line: str) -> bool:
    return line[0] in _DASHES


def _is_wide(character: str) -> bool:
    """Whether it is of a script that parts its words by nothing."""
    return unicodedata.name(character, "").startswith(_WIDE)


def _sound(line: str) -> str:
    """Without halves of characters, which no file and no request can hold."""
    return line.encode("utf-8", "replace").decode()
