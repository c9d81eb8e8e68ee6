"""What kind of fault each cue is that stands in no pair.

Each cue of the truth is paired, merged or missed; each found one is paired, a duplicate, a split or
invented. Of two texts one *tells* the other if three quarters of its characters, at least two,
stand in one stretch of the other, and it is at most a quarter longer.

- **Duplicate**: an unpaired found cue that tells a cue of the truth, lies in it for at least half
  of its own time, and tells the found cue that is paired with it while that stands, too: they
  share more than half of the shorter one's time.
- **Split**: an unpaired found cue that tells a cue of the truth and lies in it likewise, but says
  what its pair doesn't, or when its pair doesn't: a later part of its time, a line on its own.
- **Merge**: an unpaired cue of the truth that a found cue tells, and in whose time it lies
  for at least half of its own; that cue is paired with another one.
- **Missed** and **invented**: all that is none of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vidocr.scoring.cues import Entry, shared_us
from vidocr.scoring.pairing import Pair, overlapping
from vidocr.scoring.text import is_part


@dataclass(frozen=True, slots=True)
class Faults:
    """Numbers of cues: ``merged`` and ``missed`` in the truth, the rest among the found ones."""

    duplicates: tuple[int, ...]
    splits: tuple[int, ...]
    invented: tuple[int, ...]
    merged: tuple[int, ...]
    missed: tuple[int, ...]


def faults(truth: Sequence[Entry], found: Sequence[Entry], pairs: Sequence[Pair]) -> Faults:
    """What came of the cues that are in no pair."""
    answer = {pair.truth: found[pair.found] for pair in pairs}
    used = {pair.found for pair in pairs}
    duplicates: set[int] = set()
    splits: set[int] = set()
    merged: set[int] = set()
    for t, f in overlapping(truth, found):
        if f not in used and _tells(found[f], truth[t]):
            (duplicates if _repeats(found[f], answer.get(t)) else splits).add(f)
        if t not in answer and f in used and _tells(truth[t], found[f]):
            merged.add(t)
    extra = {*range(len(found))} - used
    return Faults(
        duplicates=tuple(sorted(duplicates)),
        splits=tuple(sorted(splits - duplicates)),
        invented=tuple(sorted(extra - duplicates - splits)),
        merged=tuple(sorted(merged)),
        missed=tuple(sorted({*range(len(truth))} - answer.keys() - merged)),
    )


def _tells(part: Entry, whole: Entry) -> bool:
    """Whether a cue lies in the other's time for half of its own, and in its text."""
    if 2 * shared_us(part, whole) < part.length_us:
        return False
    return any(is_part(part.text.loose, text.loose) for text in whole.texts)


def _repeats(cue: Entry, answer: Entry | None) -> bool:
    """Whether a found cue says again what the one that is paired says at that time."""
    if answer is None or not is_part(cue.text.loose, answer.text.loose):
        return False
    return 2 * shared_us(cue, answer) > min(cue.length_us, answer.length_us)
