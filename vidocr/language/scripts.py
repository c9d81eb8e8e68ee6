"""Which script a line is in, and which languages are written in it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise

LATIN, HAN, KANA, HANGUL = "LATIN", "CJK", "KANA", "HANGUL"
_DENSE = (HAN, KANA, HANGUL)  # a letter of these says about as much as a word of others

_CODES = {
    LATIN: (
        "af az ca cs cy da de en eo es et eu fi fr ga gl hr hu id is it ku la lb lt lv ms mt nl no "
        "pl pt ro sk sl sq sr sv sw tl tr uz vi"
    ),
    "CYRILLIC": "be bg kk ky mk mn ru sr tg tt uk",
    "ARABIC": "ar fa ps ug ur",
    "DEVANAGARI": "hi mr ne",
    "BENGALI": "as bn",
    HAN: "zh ja",
    KANA: "ja",
    HANGUL: "ko",
    "ARMENIAN": "hy",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HEBREW": "he",
    "KANNADA": "kn",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
    "TIBETAN": "bo",
}

LANGUAGES = {script: tuple(codes.split()) for script, codes in _CODES.items()}
"""Script -> languages that are written in it, as codes of BCP 47."""


def script_of(text: str) -> str | None:
    """The script of a line as a key of :data:`LANGUAGES`; None where no letter tells it.

    One Latin word among Chinese makes no line English: of two scripts the one with more
    words counts, and not Latin where both have as many. Chinese characters beside kana are kana.
    """
    letters = Counter(script for char in text if (script := _script(char)))
    if KANA in letters:
        letters[KANA] += letters.pop(HAN, 0)
    words = {script: count if script in _DENSE else count / 3 for script, count in letters.items()}
    if LATIN in words:
        words[LATIN] = latin_words(text)
    return max(words, key=lambda script: (words[script], script != LATIN), default=None)


def latin_words(text: str) -> int:
    """How many words of a text have Latin letters, as runs of them."""
    is_latin = [_script(char) == LATIN for char in text if char not in "'’"]
    return sum(now and not before for before, now in pairwise([False, *is_latin]))


def letters_of(text: str, script: str) -> str:
    """The letters of one script in a text."""
    return "".join(char for char in text if _script(char) == script)


def fits_charset(characters: str, charset: str) -> bool:
    """Whether a national character set has all these characters."""
    try:
        characters.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


@cache
def _script(char: str) -> str | None:
    if not char.isalpha():
        return None
    words = unicodedata.name(char, "").split(" ")
    script = words[1] if words[0] in ("FULLWIDTH", "HALFWIDTH") else words[0]
    if script in ("HIRAGANA", "KATAKANA"):
        return KANA
    return script if script in LANGUAGES else None
