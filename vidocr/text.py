"""Comparing and tidying what was read."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz.distance import Indel, Levenshtein

_NOT_A_LETTER = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")
_NARROW = "il.,'!:;|jI1ft"


def tidy(text: str) -> str:
    """NFC, with runs of white space made one space and the ends stripped."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def letters(text: str) -> str:
    """Letters and digits alone, in lower case: what two readings of one text share."""
    return _NOT_A_LETTER.sub("", text).lower()


def similarity(a: str, b: str) -> float:
    """Share of letters and digits that two texts have in common, 0 to 1."""
    return float(Indel.normalized_similarity(letters(a), letters(b)))


def differing_extents(a: str, b: str) -> list[tuple[float, float]]:
    """Where along ``a`` (0 to 1 of its width, as estimated) ``b`` has other characters."""
    a, b = a.replace(" ", ""), b.replace(" ", "")
    edges = [0.0]
    for character in a:
        edges.append(edges[-1] + _width(character))
    total = max(edges[-1], 1e-6)
    return [
        (edges[edit.src_start] / total, edges[min(edit.src_end, len(a))] / total)
        for edit in Levenshtein.opcodes(a, b)
        if edit.tag != "equal"
    ]


def _width(character: str) -> float:
    """Rough advance width of a character in line heights."""
    if ord(character) > 0x2E80:
        return 1.0
    return 0.35 if character in _NARROW else 0.6
