"""A text in pieces: where it may be broken, and how well."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from vidocr.delivery.unspaced import breaks_in, is_mark, width
from vidocr.delivery.words import joiners_and_leaders

_END_OF_SENTENCE = 0.0
_END_OF_CLAUSE = 0.1
_BEFORE_JOINER = 0.35
_PHRASE = 0.4
_SPACE = 0.6
_AFTER_JOINER = 1.3
_IN_PHRASE = 1.5
_IN_WORD = 5.0

_ENDS_SENTENCE = tuple(".!?…。！？؟।")
_ENDS_CLAUSE = tuple(",;:、，；：،؛—–")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # not those that are there to keep words together
_CLOSING = "\"'”’»」』）)]"
_OPENING = "\"'“‘«¿¡([„"


class Piece(NamedTuple):
    """A part of a text that stands on one line.

    ``columns`` is its width, ``space`` what stands between it and the next one on the same line.
    ``cost`` tells how bad it is to break after it: 0 after a sentence, 0.6 between any two words.
    """

    text: str
    columns: int
    space: str
    cost: float


def pieces_of(text: str, language: str | None, most: int) -> list[Piece]:
    """The pieces of a text, in order.

    Words are cut only where they are wider than ``most`` columns.
    """
    words = _words(text, most)
    pieces: list[Piece] = []
    for word, after in zip(words, [*words[1:], ""], strict=True):
        pieces += _of_word(word, language, most)
        pieces[-1] = pieces[-1]._replace(space=" ", cost=_cost_between(word, after, language))
    return pieces


def _words(text: str, most: int) -> list[str]:
    """The words of a text; a mark that stands by itself goes with the word that it belongs to."""
    words: list[str] = []
    opened = True  # the last one has to be followed by more
    for word in _SPACES.split(text.strip()):
        is_sign = not any(map(str.isalnum, word))
        opens = unicodedata.category(word[0]) in ("Ps", "Pi")
        joined = " ".join([*words[-1:], word])
        if words and (opened or (is_sign and not opens)) and width(joined) <= most:
            words[-1] = joined
        else:
            words.append(word)
        opened = is_sign and (opened or opens)
    return words


def _of_word(word: str, language: str | None, most: int) -> Iterator[Piece]:
    start = 0
    for at, ends_phrase in [*breaks_in(word, language).items(), (len(word), True)]:
        *cuts, last = _cut(word[start:at], most)
        yield from (Piece(each, width(each), "", _IN_WORD) for each in cuts)
        cost = _PHRASE if ends_phrase else _IN_PHRASE
        yield Piece(last, width(last), "", _cost_of_end(last, cost))
        start = at


def _cut(part: str, most: int) -> list[str]:
    """A part, in pieces of up to ``most`` columns where it is wider; marks stay with letters."""
    pieces = [""]
    for char in part:
        if pieces[-1] and not is_mark(char) and width(pieces[-1] + char) > most:
            pieces.append("")
        pieces[-1] += char
    return pieces


def _cost_between(word: str, after: str, language: str | None) -> float:
    """How bad it is to break between two words."""
    joiners, leaders = joiners_and_leaders(language)
    if word.casefold().lstrip(_OPENING) in joiners | leaders:
        return _AFTER_JOINER
    begins_phrase = after.casefold().lstrip(_OPENING) in joiners
    return _cost_of_end(word, _BEFORE_JOINER if begins_phrase else _SPACE)


def _cost_of_end(text: str, otherwise: float) -> float:
    """How bad it is to break after a text by its punctuation."""
    bare = text.rstrip(_CLOSING)
    if bare.endswith(_ENDS_SENTENCE):
        return _END_OF_SENTENCE
    return _END_OF_CLAUSE if bare.endswith(_ENDS_CLAUSE) else otherwise
