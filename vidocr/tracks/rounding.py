"""What every format needs: times in whole units of its clock, lines that can stand in a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vidocr.model import Cue
from vidocr.tracks.lines import clean_lines

US_PER_MS = 1000


def writable(cues: Iterable[Cue], clock_us: int = US_PER_MS) -> list[Cue]:
    """The cues as :func:`rounded`, without line breaks inside of lines.

    A cue without a visible character is left out.
    """
    clean = (replace(cue, lines=clean_lines(cue.lines)) for cue in cues)
    return rounded((cue for cue in clean if cue.lines), clock_us)


def rounded(cues: Iterable[Cue], clock_us: int = US_PER_MS) -> list[Cue]:
    """The cues by their start, times rounded to whole units of a clock.

    Cues that did not overlap don't overlap after, a boundary that two cues share stays
    shared, and each cue lasts one unit or longer. No time is below 0.
    """
    ordered = sorted(cues, key=lambda cue: cue.start_us)
    times = _rounded_times(ordered, clock_us)
    return [replace(cue, start_us=times[cue.start_us], end_us=times[cue.end_us]) for cue in ordered]


def _rounded_times(cues: Sequence[Cue], clock_us: int) -> dict[int, int]:
    """Each time of the cues in us -> the nearest whole unit, in us.

    One rising function of time serves starts and ends alike: this is what keeps order, gaps
    and shared boundaries. It leaves the nearest unit only to give a cue its first one.
    """
    starts_by_end: dict[int, list[int]] = {}
    for cue in cues:
        starts_by_end.setdefault(cue.end_us, []).append(cue.start_us)
    times: dict[int, int] = {}
    latest = 0
    for time_us in sorted({cue.start_us for cue in cues} | starts_by_end.keys()):
        nearest = (time_us + clock_us // 2) // clock_us * clock_us
        lasting = (times[start] + clock_us for start in starts_by_end.get(time_us, ()))
        latest = max(latest, nearest, *lasting)
        times[time_us] = latest
    return times
