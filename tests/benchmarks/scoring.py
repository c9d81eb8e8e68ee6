"""Compares cues with the truth.

Cues are paired one to one so that the pairs agree best in time and text. A pair is a hit
if the shared part of its times is at least half of their union and at most a quarter of its
characters are wrong. The character error rate counts every cue: what was missed as deleted,
what was invented as inserted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein
from scipy.optimize import linear_sum_assignment

from vidocr.model import Cue

HIT_IOU = 0.5
HIT_CER = 0.25
ROUNDING_US = 1000  # tracks hold milliseconds


@dataclass(frozen=True, slots=True)
class Score:
    """Counts that add up over clips, and the rates that follow from them."""

    truth: int = 0
    found: int = 0
    hits: int = 0
    characters: int = 0  # of the truth
    edits: int = 0
    starts: int = 0  # hits that start within one frame of the truth
    ends: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there is nothing to find or say."""
        cues = self.truth + self.found
        return 2 * self.hits / cues if cues else 1.0

    @property
    def cer(self) -> float:
        """Edits per character of the truth."""
        return self.edits / max(1, self.characters)

    @property
    def starts_near(self) -> float:
        """Share of hits that start within one frame of the truth."""
        return self.starts / self.hits if self.hits else 1.0

    @property
    def ends_near(self) -> float:
        """Share of hits that end within one frame of the truth."""
        return self.ends / self.hits if self.hits else 1.0


def score(truth: Sequence[Cue], found: Sequence[Cue], frame_us: int = 40_000) -> Score:
    """How well ``found`` matches ``truth``, where a frame lasts ``frame_us``."""
    paired = pairs(truth, found)
    hits = [(t, f) for t, f in paired if is_hit(t, f)]
    near_us = frame_us + ROUNDING_US
    matched = sum(_edits(t, f) for t, f in paired)
    shared = sum(len(normalised(t)) + len(normalised(f)) for t, f in paired)
    every = sum(len(normalised(cue)) for cue in (*truth, *found))
    return Score(
        truth=len(truth),
        found=len(found),
        hits=len(hits),
        characters=sum(len(normalised(cue)) for cue in truth),
        edits=matched + every - shared,
        starts=sum(abs(t.start_us - f.start_us) <= near_us for t, f in hits),
        ends=sum(abs(t.end_us - f.end_us) <= near_us for t, f in hits),
    )


def pairs(truth: Sequence[Cue], found: Sequence[Cue]) -> list[tuple[Cue, Cue]]:
    """The one-to-one pairing that agrees best; only cues that overlap in time are paired."""
    if not truth or not found:
        return []
    gain = np.array([[_likeness(t, f) for f in found] for t in truth])
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return [(truth[r], found[c]) for r, c in zip(rows, columns, strict=True) if gain[r, c] > 0]


def is_hit(truth: Cue, found: Cue) -> bool:
    """Whether a found cue is good enough to count."""
    wrong = _edits(truth, found) / max(1, len(normalised(truth)))
    return _iou(truth, found) >= HIT_IOU and wrong <= HIT_CER


def normalised(cue: Cue) -> str:
    """The text with compatible characters made one and runs of white space made one space."""
    return " ".join(unicodedata.normalize("NFKC", cue.text).split())


def complaints(truth: Sequence[Cue], found: Sequence[Cue]) -> list[str]:
    """One line for each cue that is missed, invented or read otherwise."""
    paired = pairs(truth, found)
    hits = [(t, f) for t, f in paired if is_hit(t, f)]
    missed = [t for t in truth if not any(t is hit for hit, _ in hits)]
    invented = [f for f in found if not any(f is hit for _, hit in hits)]
    return [
        *(f"- {_told(cue)}" for cue in missed),
        *(f"+ {_told(cue)}" for cue in invented),
        *(f"~ {_told(t)} read as {normalised(f)!r}" for t, f in hits if _edits(t, f)),
    ]


def _told(cue: Cue) -> str:
    return f"{cue.start_us / 1e6:.3f}-{cue.end_us / 1e6:.3f} {normalised(cue)!r}"


def _likeness(truth: Cue, found: Cue) -> float:
    """Above 0 where the times overlap; a hit outweighs any pair that is none."""
    iou = _iou(truth, found)
    if iou <= 0:
        return 0.0
    longest = max(len(normalised(truth)), len(normalised(found)), 1)
    return iou + 1 - _edits(truth, found) / longest + 2 * is_hit(truth, found)


def _iou(truth: Cue, found: Cue) -> float:
    shared = min(truth.end_us, found.end_us) - max(truth.start_us, found.start_us)
    union = max(truth.end_us, found.end_us) - min(truth.start_us, found.start_us)
    return shared / union


def _edits(truth: Cue, found: Cue) -> int:
    return Levenshtein.distance(normalised(truth), normalised(found))
