"""One text at a time, for formats that show no two."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from vidocr.model import Cue


def in_turn(cues: Iterable[Cue]) -> list[Cue]:
    """What stands on the screen from one change to the next: the uppermost cue's lines first.

    Args:
        cues: by their start. Those that share no time with another come back as they are.
    """
    coming = list(cues)[::-1]
    times = sorted({time for cue in coming for time in (cue.start_us, cue.end_us)})
    shown: list[Cue] = []
    turns: list[Cue] = []
    for start_us, end_us in pairwise(times):
        shown = [cue for cue in shown if cue.end_us > start_us]
        while coming and coming[-1].start_us <= start_us:
            shown.append(coming.pop())
        if len(shown) == 1 and (shown[0].start_us, shown[0].end_us) == (start_us, end_us):
            turns.append(shown[0])
        elif shown:
            ordered = sorted(shown, key=lambda cue: cue.place.y0)
            turns.append(Cue(start_us, end_us, tuple(x for cue in ordered for x in cue.lines)))
    return turns
