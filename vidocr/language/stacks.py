"""Which stacks are of two languages, and which are one text on several lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from vidocr.language.evidence import CODES
from vidocr.language.film import Line
from vidocr.language.scripts import HAN, KANA

_STACKS_NEEDED = 3  # with the same two languages ...
_SHARE_NEEDED = 0.2  # ... and so many of all stacks ...
_ONE_ORDER = 4  # ... and so many times more than the other way round
_LEAST = 1e-12  # a share that stands for none

_Pair = tuple[str, str]


def agreed(lines: Iterable[Line]) -> list[Line]:
    """The lines; those of one script in one cue with one language.

    But where a film keeps stacking the same two languages in one order, as English over German,
    its stacks stay as they are.
    """
    stacks: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        stacks[line.cue].append(line)
    pairs = _pairs([stack for stack in stacks.values() if len(stack) > 1])
    return [line for stack in stacks.values() for line in _agreed(stack, pairs)]


def _pairs(stacks: Sequence[Sequence[Line]]) -> set[frozenset[str]]:
    """The languages that are stacked on purpose."""
    counts: dict[_Pair, int] = Counter(pair for stack in stacks if (pair := _pair(stack)))
    needed = max(_STACKS_NEEDED, _SHARE_NEEDED * len(stacks))
    return {
        frozenset(pair)
        for pair, count in counts.items()
        if count >= max(needed, _ONE_ORDER * counts[pair[::-1]])
    }


def _pair(stack: Sequence[Line]) -> _Pair | None:
    """The languages of the first and the last line, where they differ."""
    first, last = stack[0].language, stack[-1].language
    return (first, last) if first and last and first != last else None


def _agreed(stack: Sequence[Line], pairs: set[frozenset[str]]) -> list[Line]:
    """The lines of one cue, in their order."""
    alike: dict[str | None, list[Line]] = defaultdict(list)
    for script, line in zip(_families(stack), stack, strict=True):
        alike[script].append(line)
    agreed = (line for lines in alike.values() for line in _one_language(lines, pairs))
    return sorted(agreed, key=lambda line: line.role.row)


def _families(stack: Sequence[Line]) -> list[str | None]:
    """The scripts of lines: Japanese has two, and figures are of the one that stands nearest."""
    scripts = [HAN if line.script == KANA else line.script for line in stack]
    for ways in (range(1, len(stack)), range(len(stack) - 2, -1, -1)):
        for row in ways:
            scripts[row] = scripts[row] or scripts[row - ways.step]
    return scripts


def _one_language(lines: Sequence[Line], pairs: set[frozenset[str]]) -> Sequence[Line]:
    languages = {line.language for line in lines}
    if len(languages) == 1 or frozenset(languages) in pairs:
        return lines
    candidates = [CODES.index(language) for language in languages if language]
    together = np.log(np.maximum([line.shares for line in lines], _LEAST)).sum(axis=0)
    best = max(candidates, key=lambda code: float(together[code]))
    return [replace(line, language=CODES[best]) for line in lines]
