"""What speaks against a cue, and how much: so that a person looks at the right ones first.

Each doubt is a guess of how likely the cue is wrong if nothing else is known of it. Together
they are taken as independent. None of them is a judgement: names are odd, and people whisper.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from vidocr.evidence.characters import Usual, odd
from vidocr.model import US_PER_S, Box, Cue, VideoInfo
from vidocr.text import fits, is_ideographic, letters, similarity

DOUBTFUL = 0.3
"""From here on a cue is called doubtful."""

SHORT_US = 600_000
"""A cue that stands for less is called short."""

_SURE = 0.9  # below it a model is asked for a second reading, too
_LOST_US, _LONG_US = 320_000, 12 * US_PER_S
_FAST = 35  # letters a second, wide ones counted twice: nobody reads that
_FEW = 20  # cues that tell the usual place
_RARE_PLACE = 0.03
_CENTRED, _ASIDE = 0.02, 0.04  # of the width
_NEARLY_ALL = 0.8
_AGAIN_US = US_PER_S
_ALIKE = 0.8
_BESIDE_US = 100_000


class Doubt(NamedTuple):
    """One thing that speaks against a cue: its kind, what a person is told, how likely it is."""

    kind: str
    text: str
    weight: float


class Gap(NamedTuple):
    """A stretch of the film of which frames are missing."""

    start_us: int
    end_us: int


def total(doubts: Sequence[Doubt]) -> float:
    """How likely a cue is wrong, 0 to 1, for all that speaks against it."""
    return 1 - math.prod(1 - doubt.weight for doubt in doubts)


def doubts_of(
    cues: Sequence[Cue], film: VideoInfo, gaps: Sequence[Gap] = ()
) -> list[tuple[Doubt, ...]]:
    """What speaks against each of the cues, in their order.

    Args:
        cues: of the whole film, by time.
        film: whose they are.
        gaps: where frames of it are missing.
    """
    usual = Usual.of(as_read(cue) for cue in cues)
    strays, aside = _strays(cues), _aside(cues)
    twins = _twins(cues)
    return [
        (
            *(Doubt("flag", flag, 0.6) for flag in cue.flags),
            *_of_reading(cue),
            *(Doubt("characters", f"{what}: {why}", w) for what, why, w in _odd(cue, usual)),
            *_of_time(cue),
            *_of_size(cue, film),
            *([Doubt("place", "few other cues stand there", 0.3)] if at in strays else ()),
            *([Doubt("place", "not centred, as others are", 0.35)] if at in aside else ()),
            *([twins[at]] if at in twins else ()),
            *_of_damage(cue, gaps),
        )
        for at, cue in enumerate(cues)
    ]


def as_read(cue: Cue) -> str:
    """What was read in the film, where the cue is a translation of it."""
    return "\n".join(cue.source.lines) if cue.source else cue.text


def _odd(cue: Cue, usual: Usual) -> Iterator[tuple[str, str, float]]:
    return odd(as_read(cue), cue.source.language if cue.source else cue.language, usual)


def _of_reading(cue: Cue) -> Iterator[Doubt]:
    if cue.confidence < _SURE:
        weight = min(0.9, 0.3 + 1.5 * (_SURE - cue.confidence))
        percent = math.floor(round(100 * cue.confidence, 1))
        yield Doubt("unsure", f"the engine is {percent} % sure", weight)
    read = as_read(cue)
    told = {change.before for change in cue.changes}
    others = [other for other in cue.proof.alternatives if other not in told]
    if others:
        yield max((_otherwise(read, other) for other in others), key=lambda doubt: doubt.weight)


def _otherwise(read: str, other: str) -> Doubt:
    """How much another reading speaks against this one."""
    ours, its = letters(read), letters(other)
    if ours == its:
        return Doubt("otherwise", "other marks were read, too", 0.2)
    if its in ours:  # as of a line that fades in
        return Doubt("otherwise", "a part of it was read by itself, too", 0.15)
    return Doubt("otherwise", "other letters were read, too", 0.45)


def _of_time(cue: Cue) -> Iterator[Doubt]:
    lived_us = cue.end_us - cue.start_us
    told = f"stands for {lived_us / US_PER_S:.2f} s"
    if lived_us < SHORT_US:
        yield Doubt("short", f"{told} only", 0.5 if lived_us < _LOST_US else 0.3)
    elif lived_us > _LONG_US:
        yield Doubt("long", told, 0.3)
    size = sum(_columns(char) for char in cue.text)
    if size * US_PER_S > _FAST * lived_us:
        yield Doubt("fast", f"{size * US_PER_S / lived_us:.0f} letters a second", 0.35)


def _columns(char: str) -> int:
    if char.isspace():
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _of_size(cue: Cue, film: VideoInfo) -> Iterator[Doubt]:
    """Whether a line can be as long as where it stands, as far as it is what was read there."""
    lines = cue.source.lines if cue.source else cue.lines
    if cue.changes or len(lines) != len(cue.proof.boxes):
        return
    for line, box in zip(lines, cue.proof.boxes, strict=True):
        wide, high = max(1.0, box.width * film.width), max(1.0, box.height * film.height)
        is_column = high > wide and len(line) > 1 and is_ideographic(line)
        if not fits(line, high / wide if is_column else wide / high):
            yield Doubt("size", "too much or too little text for its width", 0.5)
            return


def _boxes(cue: Cue) -> Sequence[Box]:
    return cue.proof.boxes or (cue.place,)


def _strays(cues: Sequence[Cue]) -> set[int]:
    """Cues no line of which stands in a row where others of the film do."""
    if len(cues) < _FEW:
        return set()
    rows = sorted(box.y_centre for cue in cues for box in _boxes(cue))
    least = max(2, math.ceil(_RARE_PLACE * len(rows)))

    def beside(box: Box) -> int:
        low, high = box.y_centre - box.height / 2, box.y_centre + box.height / 2
        return bisect_right(rows, high) - bisect_left(rows, low)

    return {at for at, cue in enumerate(cues) if all(beside(box) < least for box in _boxes(cue))}


def _aside(cues: Sequence[Cue]) -> set[int]:
    """Cues with a line that is not centred where nearly all are: a sign may be read with it."""
    centres = [box.x_centre for cue in cues for box in _boxes(cue)]
    if len(cues) < _FEW:
        return set()
    middle = median(centres)
    if sum(abs(x - middle) < _CENTRED for x in centres) < _NEARLY_ALL * len(centres):
        return set()
    return {
        at
        for at, cue in enumerate(cues)
        if any(abs(box.x_centre - middle) > _ASIDE for box in _boxes(cue))
    }


def _twins(cues: Sequence[Cue]) -> dict[int, Doubt]:
    """Cues that stand in the place of the one before them at once, or say the same again."""
    found = {}
    for at, (before, cue) in enumerate(pairwise(cues), 1):
        if not _share_a_row(before, cue):
            continue
        gap_us = cue.start_us - before.end_us
        if gap_us < 0:
            found[at] = Doubt("again", "the cue before it still stands in its place", 0.5)
        elif gap_us < _AGAIN_US and similarity(as_read(before), as_read(cue)) > _ALIKE:
            told = f"almost what stood {gap_us / US_PER_S:.2f} s before"
            found[at] = Doubt("again", told, 0.4)
    return found


def _share_a_row(a: Cue, b: Cue) -> bool:
    overlaps = (one.overlap(other) for one in _boxes(a) for other in _boxes(b))
    low = min(box.height for box in (*_boxes(a), *_boxes(b)))
    return any(width > 0 and height > low / 2 for width, height in overlaps)


def _of_damage(cue: Cue, gaps: Sequence[Gap]) -> Iterator[Doubt]:
    for gap in gaps:
        if gap.start_us < cue.end_us + _BESIDE_US and gap.end_us > cue.start_us - _BESIDE_US:
            yield Doubt("damage", "frames are missing there: its times may be off", 0.5)
            return
