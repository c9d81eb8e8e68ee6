"""From the probabilities that a recogniser trained with CTC gives each column to a line's text.

Greedy decoding (Graves et al., 2006) takes the likeliest character of each column. Where a model
learnt from pictures whose texts had curly quotes made straight, dashes made hyphens and marks
left out, the plain character wins however clear the picture is; yet the rarer one is then far
likelier than where the plain one stands. So the odds are weighed anew, as Saerens, Latinne and
Decaestecker (2002) do it for classes that were learnt at other rates than they are met.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

BLANK = 0
_NOTE = "♪"
_RARER = {"-": "–—", '"': "“”", "'": "‘’", "J": _NOTE, "∫": _NOTE}
_STROKED = {"ı": "i", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "þ": "b"}
_ODDS = 0.02  # a rarer character against the plain one where it is taken
_QUOTES = "\"'"
_QUOTE_ODDS = 0.003  # a line's quotes are all straight or all curly; those of each multiply,
_QUOTE_DOUBT = 5.0  # and this must be outweighed
_LEAST = 1e-9
_SPACE = 0.2  # of the columns between two characters together
_FIRST_OTHER = "\u0250"  # beyond the Latin letters with marks


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character that was read, how likely it is, and in which column.

    ``passed`` says of the first of a word how likely any character is in the columns before it
    that were passed over, since the word before.
    """

    character: str
    probability: float
    column: int
    passed: float = 0.0


@dataclass(frozen=True)
class Alphabet:
    """The characters of a model's classes; class 0 is CTC's blank."""

    characters: tuple[str, ...]

    @cached_property
    def space(self) -> int:
        """The class of the space."""
        return self.characters.index(" ")

    @cached_property
    def rarer(self) -> dict[str, NDArray[np.intp]]:
        """Classes of what is taken for a plain character: it with marks, curly or longer."""
        found: dict[str, list[int]] = defaultdict(list)
        for number, character in enumerate(self.characters):
            plain = _STROKED.get(character) or _base(character)
            if plain != character:
                found[plain].append(number)
        for plain, rares in _RARER.items():
            found[plain] += [self.characters.index(r) for r in rares if r in self.characters]
        return {base: np.array(numbers) for base, numbers in found.items()}


def _base(character: str) -> str:
    """The letter without its marks, for a Latin one that has some."""
    if len(character) == 1 and character < _FIRST_OTHER:
        return unicodedata.normalize("NFD", character)[0]
    return character


def decoded(probabilities: NDArray[np.float32], alphabet: Alphabet) -> tuple[Glyph, ...]:
    """The characters of one line, in order.

    Args:
        probabilities: of each class in each column, shape (columns, classes).
        alphabet: of the model.
    """
    glyphs = _with_spaces(_greedy(probabilities, alphabet), probabilities, alphabet)
    glyphs = _with_notes(_reweighed(glyphs, probabilities, alphabet), probabilities, alphabet)
    return _watched(glyphs, probabilities, alphabet)


def words(glyphs: Sequence[Glyph]) -> Iterator[tuple[int, int]]:
    """Of each word its first glyph, and the column after the last of the word before."""
    after, opens = 0, True
    for at, glyph in enumerate(glyphs):
        if glyph.character == " ":
            opens = True
            continue
        if opens:
            yield at, after
        after, opens = glyph.column + 1, False


def confidence(glyphs: Sequence[Glyph]) -> float:
    """The mean probability of the characters, as PP-OCR has it; 0 for none."""
    return sum(glyph.probability for glyph in glyphs) / max(1, len(glyphs))


def _greedy(probabilities: NDArray[np.float32], alphabet: Alphabet) -> list[Glyph]:
    best = probabilities.argmax(axis=1)
    starts = np.flatnonzero((best != BLANK) & (best != np.append(BLANK, best[:-1])))
    return [
        Glyph(alphabet.characters[best[at]], float(probabilities[at, best[at]]), int(at))
        for at in starts
    ]


def _with_spaces(
    glyphs: Sequence[Glyph], probabilities: NDArray[np.float32], alphabet: Alphabet
) -> list[Glyph]:
    """Spaces added that are likely over some columns and the likeliest in none of them.

    In the column of a character beside a space it is that one's likelihood, not another's.
    """
    spaced = list(glyphs[:1])
    space = probabilities[:, alphabet.space]
    is_space = [glyph.character == " " for glyph in glyphs] + [False]
    free = 0  # the first column that tells of no space which was read
    for at, (before, after) in enumerate(pairwise(glyphs)):
        if is_space[at]:
            free = after.column + 1
        elif not is_space[at + 1]:
            first = max(free, before.column)
            between = space[first : after.column + 1 - is_space[at + 2]]
            if between.sum() > _SPACE:
                best = first + int(between.argmax())
                spaced.append(Glyph(" ", before.probability, best))
                free = best + 1
        spaced.append(after)
    return spaced


def _reweighed(
    glyphs: Sequence[Glyph], probabilities: NDArray[np.float32], alphabet: Alphabet
) -> list[Glyph]:
    """Plain characters exchanged for the rarer ones that stand there more likely."""
    odds = [_rarer(glyph, probabilities, alphabet) for glyph in glyphs]
    quotes = [odd for glyph, (_, odd) in zip(glyphs, odds, strict=True) if _is_quote(glyph)]
    curly = sum(math.log(odd / _QUOTE_ODDS + _LEAST) for odd in quotes) > math.log(_QUOTE_DOUBT)
    return [
        replace(glyph, character=rare) if (curly if _is_quote(glyph) else odd > _ODDS) else glyph
        for glyph, (rare, odd) in zip(glyphs, odds, strict=True)
    ]


def _is_quote(glyph: Glyph) -> bool:
    return glyph.character in _QUOTES


def _rarer(
    glyph: Glyph, probabilities: NDArray[np.float32], alphabet: Alphabet
) -> tuple[str, float]:
    """The likeliest of the rarer characters for a plain one, and its odds against that."""
    classes = alphabet.rarer.get(glyph.character)
    if classes is None:
        return glyph.character, 0.0
    near = probabilities[max(0, glyph.column - 1) : glyph.column + 2, classes].max(axis=0)
    best = int(near.argmax())
    return alphabet.characters[classes[best]], float(near[best]) / glyph.probability


def _with_notes(
    glyphs: Sequence[Glyph], probabilities: NDArray[np.float32], alphabet: Alphabet
) -> list[Glyph]:
    """Notes added at the ends of a line where the model passed over them."""
    framed = list(glyphs)
    if framed and _NOTE in alphabet.characters:
        note = probabilities[:, alphabet.characters.index(_NOTE)]
        first, last = framed[0].column, framed[-1].column
        before, after = note[: max(0, first - 1)], note[last + 2 :]
        if before.size and before.max() > _ODDS:
            at = int(before.argmax())
            framed[:0] = Glyph(_NOTE, framed[0].probability, at), Glyph(" ", 1.0, at + 1)
        if after.size and after.max() > _ODDS:
            at = last + 2 + int(after.argmax())
            framed += Glyph(" ", 1.0, at - 1), Glyph(_NOTE, framed[-1].probability, at)
    return framed


def _watched(
    glyphs: Sequence[Glyph], probabilities: NDArray[np.float32], alphabet: Alphabet
) -> tuple[Glyph, ...]:
    """The glyphs, with what was passed over before each word."""
    watched = list(glyphs)
    for at, after in words(glyphs):
        columns = probabilities[after : glyphs[at].column]
        if len(columns):
            beside = probabilities[[max(0, after - 1), glyphs[at].column]].argmax(axis=1)
            known = {BLANK, alphabet.space, *beside.tolist()}
            passed = 1 - columns[:, list(known)].sum(axis=1).min()
            watched[at] = replace(glyphs[at], passed=float(passed))
    return tuple(watched)
