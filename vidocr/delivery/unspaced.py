"""Letters that need no space between words: how wide they are, and where lines may break."""

from __future__ import annotations

import unicodedata
from functools import cache

import budoux

_MARKS = ("Mn", "Mc", "Me")
_NOT_FIRST = (*_MARKS, "Pe", "Pf", "Po", "Pd", "Lm", "Cf")  # closing marks, and those of length
_NOT_LAST = ("Ps", "Pi", "Sc")  # opening ones, and currencies
_UNSPACED = ("Lo", "Lm", "Nl", "Pc", "Pd", "Pe", "Po", "Ps")
_QUOTES = "\"'"  # they may open or close

_JAPANESE, _CHINESE, _TRADITIONAL, _THAI = "ja", "zh-hans", "zh-hant", "th"


def width(text: str) -> int:
    """The columns of a text: two for wide letters, none for marks upon letters."""
    return sum(map(_columns, text))


def is_unspaced(char: str) -> bool:
    """Whether lines may break beside such a letter without a space: Chinese, Japanese."""
    is_wide = unicodedata.east_asian_width(char) in "WF"
    return is_wide and unicodedata.category(char) in _UNSPACED and not _named(char, "HANGUL")


def is_mark(char: str) -> bool:
    """Whether a character can't be parted from the one before it."""
    return unicodedata.category(char) in (*_MARKS, "Cf")


def breaks_in(word: str, language: str | None) -> dict[int, bool]:
    """Where a word without spaces may be broken.

    No line begins with closing punctuation or a small kana, and none ends with an opening bracket.
    Thai breaks between its words alone.

    Returns:
        How many letters stand before the break -> whether a phrase ends there.
    """
    ends = _phrase_ends(word, language)
    if any(_named(char, "THAI") for char in word):
        return {at: True for at in sorted(ends) if not is_mark(word[at])}
    allowed = (at for at in range(1, len(word)) if _may_break(word[at - 1], word[at]))
    return {at: at in ends for at in allowed}


def _may_break(before: str, after: str) -> bool:
    if not (is_unspaced(before) or is_unspaced(after)) or before in _QUOTES or after in _QUOTES:
        return False
    if unicodedata.category(before) in _NOT_LAST or unicodedata.category(after) in _NOT_FIRST:
        return False
    return " SMALL " not in unicodedata.name(after, "") or not is_unspaced(after)


def _phrase_ends(word: str, language: str | None) -> set[int]:
    model = _model(word, language)
    if model is None:
        return set()
    ends, at = set(), 0
    for phrase in _parser(model).parse(word):
        at += len(phrase)
        ends.add(at)
    return ends - {len(word)}


def _model(word: str, language: str | None) -> str | None:
    """Which model knows the phrases of a word; None where none has to."""
    if any(_named(char, "THAI") for char in word):
        return _THAI
    if not any(map(is_unspaced, word)):
        return None
    if any(_named(char, "HIRAGANA", "KATAKANA") for char in word) or language == "ja":
        return _JAPANESE
    return _TRADITIONAL if (language or "").startswith("zh-Hant") else _CHINESE


@cache
def _parser(model: str) -> budoux.Parser:
    loaders = {
        _JAPANESE: budoux.load_default_japanese_parser,
        _CHINESE: budoux.load_default_simplified_chinese_parser,
        _TRADITIONAL: budoux.load_default_traditional_chinese_parser,
        _THAI: budoux.load_default_thai_parser,
    }
    return loaders[model]()


def _named(char: str, *beginnings: str) -> bool:
    return unicodedata.name(char, "").startswith(beginnings)


def _columns(char: str) -> int:
    if is_mark(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
