"""What was seen and became no cue, put together so that a person can look through it."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median

from vidocr.evidence.doubts import Gap
from vidocr.model import US_PER_S, Box, Cue, VideoInfo
from vidocr.report import Glimpse, Reject
from vidocr.text import letters

_MISSING_US = 300_000
_MISSING_STEPS = 6  # usual steps between frames; twice as long a still is usual in slide shows
_SAME_PLACE = 0.5  # of the union of two boxes
_RECENT = 100  # sights of one kind that one more is compared with: what moves is everywhere
_MOST_PICTURES = 3
_MAY_BE = ("nothing read", "unsure", "not confirmed")
_OFTEN = 4
_QUIET_US = 20 * US_PER_S
_MOST_QUIET = 8


@dataclass(slots=True)
class Sight:
    """Text without a cue, at one place, once or many times.

    ``reason`` is why it was rejected; empty for what was seen in stills alone. ``times_us`` are
    spans, in order; those of stills are empty ones.
    """

    reason: str
    text: str
    box: Box
    times_us: list[tuple[int, int]]
    pictures: list[bytes]


def sights_of(rejects: Sequence[Reject], glimpses: Sequence[Glimpse]) -> list[Sight]:
    """Rejects and glimpses: what is of one reason, place and text is one, in order of time."""
    seen = [
        (each.reason, each.text, each.box, each.start_us, each.end_us, each.picture)
        for each in rejects
    ]
    seen += [("", "", each.box, each.time_us, each.time_us, each.picture) for each in glimpses]
    kinds: dict[tuple[str, str], list[Sight]] = defaultdict(list)
    for reason, text, box, start_us, end_us, picture in sorted(seen, key=lambda each: each[3]):
        alike = kinds[reason, letters(text)]
        sight = next(
            (other for other in reversed(alike[-_RECENT:]) if _same_place(other.box, box)), None
        )
        if sight is None:
            sight = Sight(reason, text, box, [], [])
            alike.append(sight)
        sight.times_us.append((start_us, end_us))
        if picture and len(sight.pictures) < _MOST_PICTURES:
            sight.pictures.append(picture)
    return sorted((s for alike in kinds.values() for s in alike), key=lambda s: s.times_us[0])


def _same_place(a: Box, b: Box) -> bool:
    width, height = a.overlap(b)
    shared = max(0.0, width) * max(0.0, height)
    return shared > _SAME_PLACE * (a.width * a.height + b.width * b.height - shared)


def is_likely(sight: Sight) -> bool:
    """Whether it may be a subtitle for all that is known: no reason says that it is another text.

    What stands in one place in many stills would have been followed, were it to change.
    """
    return sight.reason in _MAY_BE or (not sight.reason and len(sight.times_us) < _OFTEN)


def gaps_of(starts_us: array[int], skipped_frames: int) -> list[Gap]:
    """Where frames are missing: far longer between two than is usual around them.

    Nothing can be told where frames were skipped on purpose.
    """
    if skipped_frames or len(starts_us) < 3:
        return []
    steps = [after - before for before, after in pairwise(starts_us)]
    least_us = max(_MISSING_US, _MISSING_STEPS * median(steps))
    return [
        Gap(start_us, start_us + step)
        for start_us, step in zip(starts_us, steps, strict=False)
        if step > least_us
    ]


@dataclass(frozen=True, slots=True)
class Quiet:
    """A stretch without a cue, and how often something was seen in it that may be one."""

    start_us: int
    end_us: int
    sights: int


def quiet_of(
    cues: Sequence[Cue], sights: Sequence[Sight], begin_us: int, end_us: int
) -> list[Quiet]:
    """The longest stretches without a cue, the longest first.

    Args:
        cues: by time.
        sights: what was seen beside them.
        begin_us: where the work began in the film.
        end_us: where it ended.
    """
    ends = [begin_us, *accumulate((cue.end_us for cue in cues), max)]
    starts = [*(cue.start_us for cue in cues), end_us]
    stretches = [pair for pair in zip(ends, starts, strict=True) if pair[1] - pair[0] >= _QUIET_US]
    stretches.sort(key=lambda pair: pair[0] - pair[1])
    times = [span for sight in sights if is_likely(sight) for span in sight.times_us]
    return [
        Quiet(begin, end, sum(start < end and stop >= begin for start, stop in times))
        for begin, end in stretches[:_MOST_QUIET]
    ]


def where(box: Box, film: VideoInfo) -> str:
    """``top left``, ``middle``, ``bottom`` and so on: where the centre of a box is."""
    down = ("top", "middle", "bottom")[_third(box.y_centre, film.height)]
    across = ("left", "", "right")[_third(box.x_centre, film.width)]
    return f"{down} {across}".strip()


def _third(value: float, size: int) -> int:
    return min(2, max(0, int(3 * value / size)))
