"""A user's terms: read from a file, found in a text, and looked for in its translation."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidocr.errors import UsageError
from vidocr.translation.model import Term

_FIX = "it takes lines as source,target or source,target,note in UTF-8, quoted where commas are in"
_UNPARTED = (  # scripts that part no words by spaces, or hang endings on them
    "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "IDEOGRAPHIC",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms, each source once."""

    terms: tuple[Term, ...] = ()

    def occurring(self, text: str) -> tuple[Term, ...]:
        """The terms that stand in a text; of those that overlap, the longest."""
        folded = _folded(text)
        taken: list[tuple[int, int]] = []
        found = set()
        for term in sorted(self.terms, key=lambda term: -len(term.source)):
            for span in _places(_folded(term.source), folded):
                if all(span[1] <= start or end <= span[0] for start, end in taken):
                    taken.append(span)
                    found.add(term)
        return tuple(term for term in self.terms if term in found)


def missed(terms: Sequence[Term], translation: str) -> tuple[Term, ...]:
    """The terms whose target does not stand in a translation."""
    folded = _folded(translation)
    return tuple(term for term in terms if not any(_places(_folded(term.target), folded)))


def read_glossary(path: Path) -> Glossary:
    """The glossary in a CSV file; a first line of headings (``source,target``) is passed over.

    Raises:
        UsageError: it can't be read, or holds something else; the message names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return Glossary(tuple(_terms(path, file)))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: the glossary is not in UTF-8 ({error}); {_FIX}") from error
    except OSError as error:
        raise UsageError(
            f"{path}: the glossary can't be read: {error.strerror}; check --glossary"
        ) from error


def _terms(path: Path, lines: Iterator[str]) -> Iterator[Term]:
    rows = csv.reader(lines, strict=True)
    known: dict[str, tuple[str, int]] = {}
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise _wrong(path, rows.line_num, str(error)) from error
        if row is None:
            return
        cells = [" ".join(unicodedata.normalize("NFC", cell).split()) for cell in row]
        is_heading = rows.line_num == 1 and [c.casefold() for c in cells[:2]] == _HEADING
        if is_heading or not any(cells):
            continue
        term = _term(path, rows.line_num, cells)
        target, line = known.setdefault(_folded(term.source), (term.target, rows.line_num))
        if target != term.target:
            raise _wrong(path, rows.line_num, f"{term.source!r} has another target in line {line}")
        if line == rows.line_num:
            yield term


_HEADING = ["source", "target"]


def _term(path: Path, line: int, cells: list[str]) -> Term:
    if len(cells) not in (2, 3):
        raise _wrong(path, line, f"{len(cells)} columns")
    if not (cells[0] and cells[1]):
        raise _wrong(path, line, f"no {'source' if cells[1] else 'target'}")
    return Term(*cells)


def _wrong(path: Path, line: int, what: str) -> UsageError:
    return UsageError(f"{path}, line {line}: {what} in the glossary; {_FIX}")


def _folded(text: str) -> str:
    """The text as terms are compared: without case, white space as one space."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _places(term: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a term stands in a text as a word or words of its own."""
    start = text.find(term)
    while start >= 0:
        end = start + len(term)
        before, after = text[:start][-1:], text[end : end + 1]
        is_cut = _is_mark(after)  # it belongs to the term's last letter
        if not (is_cut or _are_one_word(before, term[0]) or _are_one_word(term[-1], after)):
            yield start, end
        start = text.find(term, start + 1)


def _are_one_word(one: str, other: str) -> bool:
    """Whether two characters that stand beside each other are of the same word."""
    pair = (one, other)
    return all(map(_is_of_word, pair)) and not any(map(_is_unparted, pair))


def _is_of_word(character: str) -> bool:
    return character.isalnum() or _is_mark(character)


def _is_mark(character: str) -> bool:
    return bool(character) and unicodedata.category(character).startswith("M")


def _is_unparted(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_UNPARTED)
