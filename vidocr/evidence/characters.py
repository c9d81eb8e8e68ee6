"""Characters that a text of its language would hardly hold: what misread glyphs look like."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from vidocr.errors import UsageError
from vidocr.ocr.languages import language

_WORD = re.compile(r"[^\W_]+")
_DIGIT_IN_WORD = re.compile(r"[a-z]\d+[a-z]")
_CAPITAL_IN_WORD = re.compile(r"(?!(?:Mc|Mac|De|Di|La|Le|Fitz)[A-Z])\w*[a-z]{2}[A-Z]")
_LONE = re.compile(r"(?<![\w'’.-])[lbfjpqrt](?![\w'’.-])")  # no word in a language of many
_FOREIGN_MARKS = frozenset("|\\_~^`{}<>=¦§¬°¨´¸¢¤®©")
_FINE_SYMBOLS = frozenset("♪♫♬♩#+$€£¥%&@°№™")
_SCRIPTS = {
    "Chinese": {"CJK", "BOPOMOFO"},
    "Japanese": {"CJK", "HIRAGANA", "KATAKANA"},
    "Korean": {"HANGUL", "CJK"},
    "Vietnamese": {"LATIN"},
    "Burmese": {"MYANMAR"},
}
_WHOLE_WORDS = {"CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO"}  # one letter of them may be a word
_COMMON = 0.02  # share of a film's letters that makes a script one of its own
_ENOUGH = 1500  # letters, in which one that comes but once or twice is rare
_RARE = 2


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in a film: its scripts, and the letters that come hardly ever."""

    scripts: frozenset[str]
    rare: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Usual:
        """What is usual in these texts of a film."""
        letters = Counter(char for text in texts for char in text if char.isalpha())
        scripts: Counter[str] = Counter()
        for char, count in letters.items():
            scripts[_script(char)] += count
        total = letters.total()
        rare = [
            char
            for char, count in letters.items()
            if count <= _RARE
            and not char.isascii()
            and _script(char) not in _WHOLE_WORDS
            and _script(char) != "HANGUL"
        ]
        return cls(
            frozenset(name for name, count in scripts.items() if count >= _COMMON * total),
            frozenset(rare if total >= _ENOUGH else ()),
        )


def odd(text: str, language_code: str | None, usual: Usual) -> Iterator[tuple[str, str, float]]:
    """What is odd about the characters of a text.

    Args:
        text: of a cue, as it was read.
        language_code: of the text, where it is known.
        usual: what is usual in the film.

    Yields:
        The characters in question, what is odd about them, and how likely they are wrong, 0 to 1.
    """
    yield from _symbols(text)
    yield from _words(text, _scripts_of(language_code) or usual.scripts)
    for lone in dict.fromkeys(_LONE.findall(text)):
        yield lone, "a letter by itself", 0.35
    rare = "".join(dict.fromkeys(char for char in text if char in usual.rare))
    if rare:
        yield rare, "hardly anywhere else in the film", 0.2


def _symbols(text: str) -> Iterator[tuple[str, str, float]]:
    wrong = [char for char in text if _is_odd_symbol(char)]
    if wrong:
        yield "".join(dict.fromkeys(wrong)), "no mark of a subtitle", 0.45


def _is_odd_symbol(char: str) -> bool:
    if char in _FINE_SYMBOLS or char == "\n":
        return False
    odd_kind = unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs", "So", "Sk", "Sm")
    return odd_kind or char in _FOREIGN_MARKS or char == "\ufffd"


def _words(text: str, scripts: frozenset[str]) -> Iterator[tuple[str, str, float]]:
    for word in dict.fromkeys(_WORD.findall(text)):
        its = {_script(char) for char in word if char.isalpha()}
        alphabets = its - _WHOLE_WORDS
        if len(alphabets) > 1:
            yield word, "letters of two scripts in one word", 0.6
        elif its and scripts and not its & (scripts | {"LATIN"}):
            yield word, "of another script than its language", 0.5
        if _DIGIT_IN_WORD.search(word):
            yield word, "a figure inside a word", 0.45
        if _CAPITAL_IN_WORD.match(word):
            yield word, "a capital inside a word", 0.3
        if len(word) > 24 and its == {"LATIN"}:
            yield word, "too long for a word: spaces may be lost", 0.35


@cache
def _script(char: str) -> str:
    """The script of a letter, as the names of Unicode begin."""
    name = unicodedata.name(char, "UNKNOWN").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ")
    return re.split(r"[ -]", name)[0]


@cache
def _scripts_of(code: str | None) -> frozenset[str]:
    """The scripts of a language; empty where it is not known."""
    try:
        script = language(code).script if code else ""
    except UsageError:  # a language that no engine knows by name
        return frozenset()
    return frozenset(_SCRIPTS.get(script, {script.upper()} - {""}))
