"""What every format needs: times in whole milliseconds and lines that can stand in a file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from vidocr.model import Cue

US_PER_MS = 1000


def writable(cues: Iterable[Cue]) -> list[Cue]:
    """The cues by their start, times rounded to ms, without line breaks inside of lines.

    Cues that did not overlap don't overlap after, a boundary that two cues share stays
    shared, and each cue lasts 1 ms or longer. A cue without a visible character is left out.
    """
    clean = (replace(cue, lines=_clean_lines(cue.lines)) for cue in cues)
    ordered = sorted((cue for cue in clean if cue.lines), key=lambda cue: cue.start_us)
    rounded = _rounded_times(ordered)
    return [
        replace(cue, start_us=rounded[cue.start_us], end_us=rounded[cue.end_us]) for cue in ordered
    ]


def _rounded_times(cues: Sequence[Cue]) -> dict[int, int]:
    """Each time of the cues in us -> the nearest whole ms, in us.

    One rising function of time serves starts and ends alike: this is what keeps order, gaps
    and shared boundaries. It leaves the nearest ms only to give a cue its first millisecond.
    """
    starts_by_end: dict[int, list[int]] = {}
    for cue in cues:
        starts_by_end.setdefault(cue.end_us, []).append(cue.start_us)
    rounded: dict[int, int] = {}
    latest = 0
    for time_us in sorted({cue.start_us for cue in cues} | starts_by_end.keys()):
        nearest = (time_us + US_PER_MS // 2) // US_PER_MS * US_PER_MS
        lasting = (rounded[start] + US_PER_MS for start in starts_by_end.get(time_us, ()))
        latest = max(latest, nearest, *lasting)
        rounded[time_us] = latest
    return rounded


def _clean_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines without what would end a line, a cue or the file for a reader."""
    cleaned = (_clean(line) for line in lines)
    return tuple(line for line in cleaned if line)


def _clean(line: str) -> str:
    return "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in line
    ).strip()
