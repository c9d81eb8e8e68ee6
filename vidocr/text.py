"""Comparing and tidying what was read."""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

from rapidfuzz.distance import Indel, Levenshtein

_NOT_A_LETTER = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")
_ONE_MAY_DIFFER = 3  # letters
_MAY_DIFFER = 0.15
_WIDTHS = (0.35, 1.7)  # of a box in its heights, against the advance widths of its text in em
_FIRST_SQUARE = "\u2e80"
_NARROW = "il.,'!:;|jI1ft"


def tidy(text: str) -> str:
    """NFC, with runs of white space made one space and the ends stripped."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def letters(text: str) -> str:
    """Letters and digits alone, in lower case: what two readings of one text share.

    A letter keeps its marks: in Hindi, Thai and their like they are the vowels.
    """
    return _NOT_A_LETTER.sub(_marks, text).lower()


def _marks(others: re.Match[str]) -> str:
    """The marks of the letter before, which a run of what is no letter starts with."""
    return "".join(takewhile(_is_mark, others[0])) if others.start() else ""


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc")


def similarity(a: str, b: str) -> float:
    """Share of letters and digits that two texts have in common, 0 to 1."""
    return float(Indel.normalized_similarity(letters(a), letters(b)))


def agree(a: str, b: str) -> bool:
    """Whether two readings are of one text: letters almost all alike, or, without any, equal.

    One letter may differ in words of three, and one in seven of longer ones.
    """
    a_letters, b_letters = letters(a), letters(b)
    if not (a_letters and b_letters):
        return bool(a) and a == b
    shorter = min(len(a_letters), len(b_letters))
    allowed = max(1 if shorter >= _ONE_MAY_DIFFER else 0, round(_MAY_DIFFER * shorter))
    return bool(Levenshtein.distance(a_letters, b_letters) <= allowed)


def fits(text: str, aspect: float) -> bool:
    """Whether a line of ``text`` can be ``aspect`` times as wide as its box is high.

    Fonts differ: it says no only to what is far too long or too short, as inventions are.
    """
    low, high = _WIDTHS
    return low <= aspect / max(_width("o"), sum(map(_width, text))) <= high


def differing_extents(a: str, b: str) -> list[tuple[float, float]]:
    """Where along ``a`` (0 to 1 of its width, as estimated) ``b`` has other characters.

    From left to right, whichever way the text runs.
    """
    a, b = a.replace(" ", ""), b.replace(" ", "")
    edges = [0.0]
    for character in a:
        edges.append(edges[-1] + _width(character))
    total = max(edges[-1], 1e-6)
    extents = [
        (edges[edit.src_start] / total, edges[min(edit.src_end, len(a))] / total)
        for edit in Levenshtein.opcodes(a, b)
        if edit.tag != "equal"
    ]
    if runs_leftward(a):
        return [(1 - end, 1 - start) for start, end in reversed(extents)]
    return extents


def runs_leftward(text: str) -> bool:
    """Whether a line starts at its right, as in Arabic and Hebrew."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((way for way in strong if way in ("L", "R", "AL")), "L") != "L"


def is_ideographic(text: str) -> bool:
    """Whether most letters are as wide as high, as in Chinese, Japanese and Korean."""
    found = [character for character in text if character.isalpha()]
    return 2 * sum(character > _FIRST_SQUARE for character in found) > len(found)


def _width(character: str) -> float:
    """Rough advance width of a character in line heights."""
    if character > _FIRST_SQUARE:
        return 1.0
    if unicodedata.category(character) == "Mn":
        return 0.0  # it stands above or below a letter
    return 0.35 if character in _NARROW else 0.6
