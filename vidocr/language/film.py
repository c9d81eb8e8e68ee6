"""The language of each line, by its own words and by what the whole film tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidocr.language.evidence import CODES, likelihoods
from vidocr.language.scripts import script_of
from vidocr.model import Cue, Position

_ROUNDS = 20
_LINES_NEEDED = 0.5  # evidence that a language needs, counted in lines ...
_SHARE_NEEDED = 0.005  # ... and beside it in shares of the film's lines
_TELLS = 0.5  # likelihood of a language in one line, without which the film does not speak it
_ROLE_WEIGHT = 2  # lines of one place in the stacks that weigh as much as the film does
_UNEXPECTED = 1e-4  # share of a language that the rest of the film does not speak
_SURE = 0.9  # share of a language in a line that needs no look at its neighbours

_Floats = NDArray[np.float64]


class Role(NamedTuple):
    """Where in the picture and in its stack a line stands: the ``row``-th of ``rows``."""

    position: Position
    rows: int
    row: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the cue with number ``cue``, and its language as far as it is known.

    ``script`` is None where it has no letters. ``alone`` is how likely each of
    :data:`vidocr.language.evidence.CODES` is by its words, float64, shape (len(CODES),), sum 1;
    ``shares`` the same by all of the film.
    """

    cue: int
    role: Role
    text: str
    script: str | None
    alone: _Floats = field(repr=False, compare=False)
    shares: _Floats = field(repr=False, compare=False)
    language: str | None = None


def lines_of(cues: Sequence[Cue]) -> list[Line]:
    """The lines of all cues with their languages; None where nothing tells one.

    A line takes the language that is likeliest by its words and by how much of it the film has,
    above all in this row of a stack; where that leaves it open, the language of its neighbours.
    """
    lines = []
    for number, cue in enumerate(cues):
        for row, text in enumerate(cue.lines):
            found = likelihoods(text)
            alone = np.array([found[code] for code in CODES])
            alone /= alone.sum()
            role = Role(cue.position, len(cue.lines), row)
            lines.append(Line(number, role, text, script_of(text), alone, alone))
    return _by_neighbours([_by_share(line) for line in _weighed(lines)])


def _weighed(lines: Sequence[Line]) -> list[Line]:
    """The lines with their shares by all of the film (expectation and maximisation)."""
    if not lines:
        return []
    alone = np.array([line.alone for line in lines])
    roles = list(dict.fromkeys(line.role for line in lines))
    role_of = np.array([roles.index(line.role) for line in lines])
    weights = _weights(lines)
    members = np.equal.outer(np.arange(len(roles)), role_of) * weights  # a row for each role
    needed = _LINES_NEEDED + _SHARE_NEEDED * weights.sum()
    film = (alone * (weights > 0)[:, None] >= _TELLS).any(axis=0).astype(float)
    told = film.copy()
    shares = alone * film
    for _ in range(_ROUNDS):
        shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
        film = _normal(np.maximum(weights @ shares - needed, 0))
        by_role = members @ shares + _ROLE_WEIGHT * film
        by_role *= (film > 0) / np.maximum(by_role.sum(axis=1, keepdims=True), 1e-300)
        shares = by_role[role_of] * alone
    shares = (by_role[role_of] + _UNEXPECTED * told * film.any()) * alone
    return [replace(line, shares=_normal(each)) for line, each in zip(lines, shares, strict=True)]


def _weights(lines: Sequence[Line]) -> _Floats:
    """How much each line counts: the same text again tells nothing more, and figures nothing."""
    counts = Counter((line.role, line.text) for line in lines)
    return np.array([(line.script is not None) / counts[line.role, line.text] for line in lines])


def _normal(values: _Floats) -> _Floats:
    """The values as shares of their sum; all 0 where that is 0."""
    total = values.sum()
    return values / total if total else values


def _by_share(line: Line) -> Line:
    best = int(line.shares.argmax())
    return replace(line, language=CODES[best]) if line.shares[best] > _SURE else line


def _by_neighbours(lines: Sequence[Line]) -> list[Line]:
    """The lines, where they tell nothing by themselves with the language of the nearest.

    It is that of the nearest line of the same script in the same row, else in the same row of a
    stack, else of the same script, else of the same row, else of any.
    """
    kinds: tuple[Callable[[Line], Hashable], ...] = (
        lambda line: (line.script, line.role),
        lambda line: line.role if line.role.rows > 1 else (line.script,),
        lambda line: line.script,
        lambda line: line.role,
        lambda line: None,
    )
    for kind in kinds:
        lines = _filled(lines, kind)
    return list(lines)


def _filled(lines: Sequence[Line], kind: Callable[[Line], Hashable]) -> list[Line]:
    """The lines, those that have no language with that of the nearest of the same kind."""
    nearest: dict[int, tuple[int, str]] = {}
    for way in (range(len(lines)), reversed(range(len(lines)))):
        last: dict[Hashable, Line] = {}
        for at in way:
            line = lines[at]
            if line.language:
                last[kind(line)] = line
            elif (other := last.get(kind(line))) and other.language:
                far = abs(other.cue - line.cue)
                nearest[at] = min(nearest.get(at, (far, other.language)), (far, other.language))
    return [
        replace(line, language=nearest[at][1]) if at in nearest else line
        for at, line in enumerate(lines)
    ]
