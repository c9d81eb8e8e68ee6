"""The score of the ICPR 2022 challenge on multimodal subtitle recognition (MSR), subtask 1.

Found at https://icprmsr.github.io/ and its page "elements": for each cue of the truth the found
one of the largest IoU in time is taken, if that is at least 0.5, and their character error rate is
a number; without such a cue the number is 1. Each found cue that has an IoU of at least 0.5 with
some cue of the truth but was not taken counts as a number of 1. The score is the mean of all
numbers. Case, spaces and symbols don't count, nor does whether Chinese is traditional.

It follows that a found cue which overlaps nothing costs nothing here.

Not said there, and decided here: of equally large IoUs, as of cues that stand at once, the one of
the lower error rate is taken; a found cue may be taken for several cues of the truth; a rate above
1 stays above 1; letters and digits are compared after NFKC, marks included. Traditional and
simplified characters are **not** made equal: that needs a table of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from vidocr.scoring.cues import Entry, iou
from vidocr.scoring.pairing import HIT_IOU, overlapping
from vidocr.scoring.text import edits
from vidocr.text import letters


class Msr(NamedTuple):
    """The sum of the numbers, and how many they are."""

    total: float
    numbers: int


def msr(truth: Sequence[Entry], found: Sequence[Entry]) -> Msr:
    """The numbers of a film; they add up over films."""
    rivals: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
    for t, f in overlapping(truth, found):
        if (shared := iou(truth[t], found[f])) >= HIT_IOU:
            rivals[t].append((-shared, _error_rate(truth[t], found[f]), f))
    best = [min(each) for each in rivals.values()]
    taken = {f for _, _, f in best}
    false = {f for each in rivals.values() for _, _, f in each} - taken
    missing = len(truth) - len(best)
    return Msr(sum(rate for _, rate, _ in best) + missing + len(false), len(truth) + len(false))


def _error_rate(truth: Entry, found: Entry) -> float:
    said = letters(found.text.loose)
    told = (letters(text.loose) for text in truth.texts)
    return min(edits(text, said) / max(1, len(text)) for text in told)
