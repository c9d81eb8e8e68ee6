"""Which stacks are of two languages, and which are one text on several lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np

from vidocr.language.evidence import CODES, likelihoods
from vidocr.language.film import Line
from vidocr.language.scripts import HAN, KANA

_STACKS_NEEDED = 3  # with the same two languages ...
_SHARE_NEEDED = 0.2  # ... and so many of all stacks ...
_ONE_ORDER = 4  # ... and so many times more than the other way round
_LEAST = 1e-12  # a share that stands for none


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two languages that a film keeps stacking, and how many stacks are in both or in one."""

    upper: str
    lower: str
    both: int
    upper_alone: int
    lower_alone: int


def agreed(lines: Iterable[Line]) -> list[Line]:
    """The lines; those of one script in one cue with one language.

    But where a film keeps stacking the same two languages in one order, as English over German,
    its stacks are parted where the two meet.
    """
    stacks: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        stacks[line.cue].append(line)
    pairs = _pairs([stack for stack in stacks.values() if len(stack) > 1])
    return [line for stack in stacks.values() for line in _agreed(stack, pairs)]


def _pairs(stacks: Sequence[Sequence[Line]]) -> list[_Pair]:
    """The languages that are stacked on purpose, the most frequent first."""
    counts = Counter((stack[0].language, stack[-1].language) for stack in stacks)
    needed = max(_STACKS_NEEDED, _SHARE_NEEDED * len(stacks))
    return [
        _Pair(upper, lower, count, counts[upper, upper], counts[lower, lower])
        for (upper, lower), count in counts.most_common()
        if upper and lower and upper != lower
        if count >= max(needed, _ONE_ORDER * counts[lower, upper])
    ]


def _agreed(stack: Sequence[Line], pairs: Sequence[_Pair]) -> list[Line]:
    """The lines of one cue, in their order."""
    languages = {line.language for line in stack}
    pair = next((pair for pair in pairs if languages <= {pair.upper, pair.lower}), None)
    scripts = _scripts(stack)
    if pair and len(stack) > 1 and len(set(scripts) - {None}) < 2:
        return _parted(stack, pair)
    alike: dict[str | int, list[Line]] = defaultdict(list)
    for script, line in zip(scripts if pair else _filled(scripts), stack, strict=True):
        alike[script or line.role.row].append(line)
    agreed = [line for lines in alike.values() for line in _one_language(lines)]
    return sorted(agreed, key=lambda line: line.role.row)


def _scripts(stack: Sequence[Line]) -> list[str | None]:
    """The scripts of lines, those of Japanese as one; None for figures."""
    return [HAN if line.script == KANA else line.script for line in stack]


def _filled(scripts: Sequence[str | None]) -> list[str | None]:
    """The scripts, for figures that of the next line above, else below."""
    filled = list(scripts)
    for row in range(1, len(filled)):
        filled[row] = filled[row] or filled[row - 1]
    for row in reversed(range(len(filled) - 1)):
        filled[row] = filled[row] or filled[row + 1]
    return filled


def _parted(stack: Sequence[Line], pair: _Pair) -> list[Line]:
    """The lines of a stack, down to where they read best in the language of the upper ones."""
    texts = [line.text for line in stack]
    count = len(texts)
    logs = [log(pair.lower_alone + 1) + _log_share(texts, pair.lower, pair.upper)]
    for row in range(1, count):
        upper = _log_share(texts[:row], pair.upper, pair.lower)
        lower = _log_share(texts[row:], pair.lower, pair.upper)
        logs.append(log((pair.both + 1) / (count - 1)) + upper + lower)
    logs.append(log(pair.upper_alone + 1) + _log_share(texts, pair.upper, pair.lower))
    meeting = max(range(count + 1), key=logs.__getitem__)
    return [
        replace(line, language=pair.upper if row < meeting else pair.lower)
        for row, line in enumerate(stack)
    ]


def _log_share(texts: Sequence[str], language: str, other: str) -> float:
    """Log of the probability that the texts are in one of two languages."""
    found = likelihoods(" ".join(texts))
    return log(max(found[language] / (found[language] + found[other]), _LEAST))


def _one_language(lines: Sequence[Line]) -> Sequence[Line]:
    candidates = [CODES.index(line.language) for line in lines if line.language]
    if len(set(candidates)) < 2:
        return lines
    together = np.log(np.maximum([line.shares for line in lines], _LEAST)).sum(axis=0)
    best = max(candidates, key=lambda code: float(together[code]))
    return [replace(line, language=CODES[best]) for line in lines]
