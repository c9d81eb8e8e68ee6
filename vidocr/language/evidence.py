"""What one line tells of its language by itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from vidocr.language.scripts import (
    HAN,
    KANA,
    LANGUAGES,
    LATIN,
    fits_charset,
    latin_words,
    letters_of,
    script_of,
)

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

CODES = tuple(sorted({code for codes in LANGUAGES.values() for code in codes}))
"""The languages that can be told, as codes of BCP 47."""

_FOREIGN = 1e-8  # likelihood of a line in a script that its language does not use
_LATIN_WORD = 0.01  # of each Latin word in a language that is written otherwise, as in names
_STRAY_KANA = 0.05  # of each kana in Chinese: misread strokes, names of brands
_JAPANESE_WITHOUT_KANA = 0.9  # of each character: short lines are often without
_UNFIT = 0.01  # of characters that the character sets of a language lack


def likelihoods(text: str) -> dict[str, float]:
    """How likely each of :data:`CODES` is to have this line, between 0 and 1.

    All are 1 where it has no letters.
    """
    script = script_of(text)
    if script is None:
        return dict.fromkeys(CODES, 1.0)
    foreign = _FOREIGN
    if script == LATIN:
        foreign = max(_FOREIGN, _LATIN_WORD ** latin_words(text))
    return dict.fromkeys(CODES, foreign) | _by_script(text, script)


def _by_script(text: str, script: str) -> dict[str, float]:
    if script == KANA:
        return {"ja": 1.0, "zh": _STRAY_KANA ** len(letters_of(text, KANA))}
    if script == HAN:
        return _of_han(letters_of(text, HAN))
    codes = LANGUAGES[script]
    return {codes[0]: 1.0} if len(codes) == 1 else _by_words(text, codes)


def _of_han(characters: str) -> dict[str, float]:
    chinese = fits_charset(characters, "gb2312") or fits_charset(characters, "big5")
    japanese = fits_charset(characters, "euc_jp")
    return {
        "zh": 1.0 if chinese else _UNFIT,
        "ja": _JAPANESE_WITHOUT_KANA ** len(characters) * (1.0 if japanese else _UNFIT),
    }


def _by_words(text: str, codes: Sequence[str]) -> dict[str, float]:
    ranks: dict[str, float] = dict(_identifier().rank(unicodedata.normalize("NFKC", text)))
    total = sum(ranks[code] for code in codes)
    return {code: ranks[code] / total for code in codes}


@cache
def _identifier() -> LanguageIdentifier:
    # Only here: its model takes over a second to load, and many films need it not.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    shared = (codes for codes in LANGUAGES.values() if len(codes) > 1)
    identifier.set_languages({code for codes in shared for code in codes})
    return identifier
