"""Which found cue answers which cue of the truth.

A pair has to overlap in time and to be alike in a fifth of the longer text: what is less alike is
no reading of that cue. A pair is a **hit** if the shared part of its times is at least half of
their union (IoU) and the characters to edit are at most a quarter of the truth's (CER).

Pairs are one to one. Of all such pairings, that one is taken that has the most hits, and among
those the one whose pairs agree best: in the sum of IoU and twice the share of equal characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from vidocr.scoring.cues import Entry, iou
from vidocr.scoring.text import Text, edits, word_edits
from vidocr.scoring.timing import Frames, Slip, slip

HIT_IOU = 0.5
HIT_CER = 0.25
_LEAST_ALIKE = 0.2
_UNPAIRED = 1e-9  # what it is worth to stay alone


@dataclass(frozen=True, slots=True)
class Pair:
    """A cue of the truth and the found one that answers it, by their numbers from 0."""

    truth: int
    found: int
    iou: float
    edits: int
    cer: float
    word_edits: int
    is_exact: bool
    start: Slip
    end: Slip

    @property
    def is_hit(self) -> bool:
        """Whether the found cue is good enough to count."""
        return self.iou >= HIT_IOU and self.cer <= HIT_CER


def paired(truth: Sequence[Entry], found: Sequence[Entry], frames: Frames) -> list[Pair]:
    """The pairs, by the number in the truth."""
    a_hit = 3 * min(len(truth), len(found)) + 1  # more than all that pairs can agree
    gains: dict[tuple[int, int], float] = {}
    for t, f in overlapping(truth, found):
        alike, is_hit = _likeness(truth[t], found[f])
        if alike:
            gains[t, f] = alike + a_hit * is_hit
    return [_pair(t, f, truth[t], found[f], frames) for t, f in _best(gains)]


def overlapping(truth: Sequence[Entry], found: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Numbers of those that share time: a sweep over all starts, which costs what it finds."""
    sides = (truth, found)
    starts = sorted(
        (each.start_us, side, number)
        for side, entries in enumerate(sides)
        for number, each in enumerate(entries)
    )
    standing: tuple[list[int], list[int]] = ([], [])
    for start_us, side, number in starts:
        others = standing[1 - side]
        others[:] = [other for other in others if sides[1 - side][other].end_us > start_us]
        standing[side].append(number)
        yield from ((other, number) if side else (number, other) for other in others)


def closest(truth: Entry, found: Entry) -> tuple[int, Text]:
    """Characters to edit, and the order of the truth's parts that needs the fewest."""
    loose = found.text.loose
    return min(((edits(text.loose, loose), text) for text in truth.texts), key=lambda each: each[0])


def error_rate(edited: int, text: Text) -> float:
    """Edits per character of the truth."""
    return edited / max(1, len(text.loose))


def _likeness(truth: Entry, found: Entry) -> tuple[float, bool]:
    """How well the two agree, up to 3, or 0 if they are no pair; and whether it is a hit."""
    in_time = iou(truth, found)
    edited, text = closest(truth, found)
    equal = 1 - edited / max(len(text.loose), len(found.text.loose), 1)
    if in_time <= 0 or equal < _LEAST_ALIKE:
        return 0.0, False
    return in_time + 2 * equal, in_time >= HIT_IOU and error_rate(edited, text) <= HIT_CER


def _best(gains: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    """The pairs of the greatest sum. Sparse: a film has thousands of cues on each side."""
    if not gains:
        return []
    rows = sorted({t for t, _ in gains})
    columns = sorted({f for _, f in gains})
    row, column = ({each: n for n, each in enumerate(side)} for side in (rows, columns))
    alone = np.arange(len(rows))  # each row has a column of its own, so that all can be matched
    values = np.array([*gains.values(), *[_UNPAIRED] * len(rows)])
    at = (
        np.array([*(row[t] for t, _ in gains), *alone]),
        np.array([*(column[f] for _, f in gains), *(alone + len(columns))]),
    )
    graph = csr_matrix((values, at), shape=(len(rows), len(columns) + len(rows)))
    matched = min_weight_full_bipartite_matching(graph, maximize=True)
    return [
        (rows[r], columns[c])
        for r, c in zip(*map(np.ndarray.tolist, matched), strict=True)
        if c < len(columns)
    ]


def _pair(t: int, f: int, truth: Entry, found: Entry, frames: Frames) -> Pair:
    edited, text = closest(truth, found)
    return Pair(
        truth=t,
        found=f,
        iou=iou(truth, found),
        edits=edited,
        cer=error_rate(edited, text),
        word_edits=word_edits(text, found.text),
        is_exact=any(each.strict == found.text.strict for each in truth.texts),
        start=slip(truth.start_range_us, found.start_us, frames),
        end=slip(truth.end_range_us, found.end_us, frames),
    )
