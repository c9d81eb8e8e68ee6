"""What texts are compared as, and how far apart they are.

Two readings of a text are kept. ``strict`` is the text in NFC with runs of white space, line
breaks included, made one space: what "exact" means. ``loose``, for the tolerant figures (CER,
WER), also makes equal what a reader takes for the same: compatible characters and widths (NFKC),
curly and straight quotes, all dashes and runs of them, an ellipsis and three dots. It drops
invisible characters, spaces beside Chinese and Japanese characters, which carry no text, and
spaces before ? ! : and ;, as French has them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from vidocr.text import tidy

_QUOTES = {"'": "‘’‚‛′´`", '"': "“”„‟″«»"}
_DASHES = "‐‑‒–—―−"
_VARIANTS = str.maketrans(
    {odd: plain for plain, odds in (*_QUOTES.items(), ("-", _DASHES)) for odd in odds}
)
_CJK = "\u2e80-\u30ff\u31c0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Hangul has its spaces
_CARRIES_NO_TEXT = re.compile(rf"(?<=[{_CJK}]) | (?=[{_CJK}])|(?<=[{_CJK}][,.?!:;]) | (?=[?!:;])")
_WORD = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")
_PART_ALIKE = 75  # per cent


class Text(NamedTuple):
    """A text as it is compared."""

    strict: str
    loose: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Text:
        """From the text as it stands in a track."""
        smooth = loose(text)
        return cls(tidy(text), smooth, words(smooth))


def loose(text: str) -> str:
    """The text without what a reader takes for the same, see above."""
    # Before NFKC, which makes a space and a combining mark of a lone accent.
    text = unicodedata.normalize("NFKC", text.translate(_VARIANTS)).translate(_VARIANTS)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
    text = " ".join(re.sub(r"-{2,}", "-", text).split())
    return _CARRIES_NO_TEXT.sub("", text)


def words(text: str) -> tuple[str, ...]:
    """What stands between spaces; each Chinese or Japanese character is a word of its own."""
    return tuple(_WORD.findall(text))


def edits(truth: str, found: str) -> int:
    """Characters to insert, delete or replace."""
    return Levenshtein.distance(truth, found)


def word_edits(truth: Text, found: Text) -> int:
    """Words to insert, delete or replace."""
    return Levenshtein.distance(truth.words, found.words)


def is_part(part: str, whole: str) -> bool:
    """Whether three quarters of ``part``, or more, stand in one stretch of ``whole``."""
    if len(part) < 2 or len(part) > 1.25 * len(whole):
        return False
    return bool(fuzz.partial_ratio(part, whole) >= _PART_ALIKE)


def differences(truth: str, found: str) -> list[tuple[str, str]]:
    """Stretches of both texts in their order, each (in the truth, found): equal or not, in turn."""
    stretches: list[tuple[str, str]] = []
    was_equal = True
    for edit in Levenshtein.opcodes(truth, found):
        right = truth[edit.src_start : edit.src_end]
        said = found[edit.dest_start : edit.dest_end]
        is_equal = edit.tag == "equal"
        if stretches and not is_equal and not was_equal:  # a letter replaced, the next deleted
            before = stretches.pop()
            right, said = before[0] + right, before[1] + said
        stretches.append((right, said))
        was_equal = is_equal
    return stretches
