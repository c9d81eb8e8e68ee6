"""From the probabilities that a recogniser trained with CTC gives each column to a line's text.

Greedy decoding (Graves et al., 2006) takes the likeliest character of each column. Where a model
learnt from pictures whose texts had curly quotes made straight, dashes made hyphens and marks
left out, the plain character wins however clear the picture is; yet the rarer one is then far
likelier than where the plain one stands. So the odds are weighed anew, as Saerens, Latinne and
Decaestecker (2002) do it for classes that were learnt at other rates than they are met.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

BLANK = 0
_RARER = {"-": "–—", '"': "“”", "'": "‘’"}
_STROKED = {"ı": "i", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "þ": "b"}
_ODDS = 0.02  # a rarer character against the plain one where it is taken
_QUOTE_ODDS = 0.006  # the mean of a line's, as its quotes are all straight or all curly
_SPACE = 0.15  # of the columns between two characters together
_FIRST_OTHER = "\u0250"  # beyond the Latin letters with marks


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character that was read, how likely it is, and in which column."""

    character: str
    probability: float
    column: int


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
        plain = {rare: each for each, rares in _RARER.items() for rare in rares} | _STROKED
        for number, character in enumerate(self.characters):
            base = plain.get(character) or _base(character)
            if base != character:
                found[base].append(number)
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
    return _reweighed(glyphs, probabilities, alphabet)


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
    """Spaces added that are likely over some columns and the likeliest in none of them."""
    spaced = list(glyphs[:1])
    space = probabilities[:, alphabet.space]
    for before, after in zip(glyphs, glyphs[1:], strict=False):
        if " " not in (before.character, after.character):
            between = space[before.column : after.column + 1]
            if between.sum() > _SPACE:
                at = before.column + int(between.argmax())
                spaced.append(Glyph(" ", before.probability, at))
        spaced.append(after)
    return spaced


def _reweighed(
    glyphs: Sequence[Glyph], probabilities: NDArray[np.float32], alphabet: Alphabet
) -> tuple[Glyph, ...]:
    """Plain characters exchanged for the rarer ones that stand there more likely."""
    odds = [_rarer(glyph, probabilities, alphabet) for glyph in glyphs]
    quotes = [
        np.log(odd + 1e-9)
        for glyph, (_, odd) in zip(glyphs, odds, strict=True)
        if glyph.character in "\"'"
    ]
    curly = bool(quotes) and np.mean(quotes) > np.log(_QUOTE_ODDS)
    return tuple(
        replace(glyph, character=rare)
        if (curly if glyph.character in "\"'" else odd > _ODDS)
        else glyph
        for glyph, (rare, odd) in zip(glyphs, odds, strict=True)
    )


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
