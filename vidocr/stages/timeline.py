"""Readings to cues: joins what is one line, rejects what is no subtitle, stacks rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vidocr.model import US_PER_S, Box, Cue, Report
from vidocr.stages.rows import Row, by_time, join_rows_in_time
from vidocr.text import letters

_SHORT_FILM_US = 8 * US_PER_S
_CALM_FILM_US = 15 * US_PER_S
_SAME_TIME_US = 120_000
_STACKED = 2.2  # line heights between the centres of rows of one cue
_ON_CENTRE = 0.03  # of the width
_ON_LEFT = 0.02
_NEAR_MAIN = 0.05
_PLAIN_CONFIDENCE = 0.9
_COUNTS = 3  # numbers in a row that make a counter
_WORDS = re.compile(r"[^\W\d_]")
_MAIN = 0.5  # share of the best place's time


@dataclass(frozen=True, slots=True)
class Judgement:
    """What counts as a subtitle; see the options of the same names.

    Where the user gave the places there is no vote on them.
    """

    size: tuple[int, int]
    film_us: int
    max_gap_us: int
    static_share: float
    min_support: float
    min_duration_us: int
    places_given: bool = False


def timeline(rows: Iterable[Row], judge: Judgement, report: Report) -> list[Cue]:
    """Cues in order of time. Needs all rows: places are voted on over the film."""
    rows = join_rows_in_time(sorted(rows, key=by_time), judge.max_gap_us)
    rows = _without_static(rows, judge, report)
    rows = _without_counters(rows, judge, report)
    if not judge.places_given:
        rows = _with_support(rows, judge, report)
    cues = [_cue(stack, judge.size) for stack in _stacks(rows)]
    long_enough = [cue for cue in cues if cue.end_us - cue.start_us >= judge.min_duration_us]
    report.reject("too short", len(cues) - len(long_enough))
    return sorted(long_enough, key=lambda cue: (cue.start_us, cue.place.y0))


def _without_static(rows: Sequence[Row], judge: Judgement, report: Report) -> list[Row]:
    """Drop what stands for most of the film: logos, slides."""
    if judge.film_us <= _SHORT_FILM_US:
        return list(rows)
    longest_us = judge.static_share * judge.film_us
    kept = [row for row in rows if row.end_us - row.start_us <= longest_us]
    report.reject("static", len(rows) - len(kept))
    return kept


def _without_counters(rows: Sequence[Row], judge: Judgement, report: Report) -> list[Row]:
    """Drop clocks and page numbers: numbers that follow each other at one place, without a gap.

    Those over the middle of the picture go only where they count up: a line may count down.
    """
    numbers = [row for row in rows if not _WORDS.search(row.text)]
    runs: list[list[Row]] = []
    for row in numbers:
        run = next((run for run in runs if _goes_on(run[-1], row, judge.max_gap_us)), None)
        if run is None:
            runs.append([row])
        else:
            run.append(row)
    middle = judge.size[0] / 2
    counters = [row for run in runs if _is_counter(run, middle) for row in run]
    report.reject("counter", len(counters))
    return [row for row in rows if row not in counters]


def _goes_on(before: Row, after: Row, max_gap_us: int) -> bool:
    near = abs(before.box.y_centre - after.box.y_centre) < 0.5 * before.box.height
    gap_us = after.start_us - before.end_us
    return near and before.box.overlap(after.box)[0] > 0 and -max_gap_us <= gap_us <= max_gap_us


def _is_counter(run: Sequence[Row], middle: float) -> bool:
    if len(run) < _COUNTS:
        return False
    if all(not row.box.x0 < middle < row.box.x1 for row in run):
        return True
    values = [int("0" + letters(row.text)) for row in run if letters(row.text).isdecimal()]
    return len(values) == len(run) and all(a < b for a, b in pairwise(values))


@dataclass(frozen=True, slots=True)
class _Support:
    """What speaks for the place of a row: how long, and how many different texts stand there."""

    time_us: int
    texts: int


def _support(row: Row, rows: Sequence[Row], width: int) -> _Support:
    there = [other for other in rows if _same_place(row.box, other.box, width)]
    return _Support(
        sum(other.end_us - other.start_us for other in there),
        len({letters(other.text) for other in there}),
    )


def _same_place(a: Box, b: Box, width: int) -> bool:
    same_row = abs(a.y_centre - b.y_centre) < 0.5 * a.height and 0.65 < b.height / a.height < 1.55
    centred = abs(a.x_centre - b.x_centre) < _ON_CENTRE * width
    return same_row and (centred or abs(a.x0 - b.x0) < _ON_LEFT * width)


def _with_support(rows: Sequence[Row], judge: Judgement, report: Report) -> list[Row]:
    """Keep the rows of places where subtitles stand."""
    width = judge.size[0]
    supports = [_support(row, rows, width) for row in rows]
    best_us = max((support.time_us for support in supports), default=0)
    calm = judge.film_us < _CALM_FILM_US
    static_us = judge.static_share * judge.film_us
    main = [
        row
        for row, support in zip(rows, supports, strict=True)
        if support.time_us >= _MAIN * best_us
        and (support.texts >= 2 or (calm and (_is_centred(row, width) or row.lived_us < static_us)))
    ]
    if not main:  # a film of one line: no place to speak for it but the middle
        alone = [row for row in rows if _is_plain(row, width)]
        report.reject("place", len(rows) - len(alone))
        return alone
    middle = float(
        np.median(
            [
                r.box.x_centre
                for r, s in zip(rows, supports, strict=True)
                if s.time_us >= _MAIN * best_us
            ]
        )
    )

    def belongs(row: Row, support: _Support) -> bool:
        if row in main or any(_in_step(row, other) for other in main if other is not row):
            return True
        common = support.time_us > judge.min_support * best_us and support.texts >= 3
        if common and abs(row.box.x_centre - middle) < _NEAR_MAIN * width:
            return True
        over_middle = row.box.x0 < middle < row.box.x1
        return over_middle and any(
            abs(row.box.y_centre - other.box.y_centre) < 0.5 * other.box.height for other in main
        )

    kept = [row for row, support in zip(rows, supports, strict=True) if belongs(row, support)]
    report.reject("place", len(rows) - len(kept))
    return kept


def _is_plain(row: Row, width: int) -> bool:
    """Whether a row that stands alone is well read and centred, as subtitles are."""
    return _is_centred(row, width) and row.confidence >= _PLAIN_CONFIDENCE


def _is_centred(row: Row, width: int) -> bool:
    return abs(row.box.x_centre - width / 2) < _ON_CENTRE * width


def _in_step(a: Row, b: Row) -> bool:
    """Whether two rows come and go together, one above the other."""
    tolerance_us = max(_SAME_TIME_US, 3 * a.frame_us)
    together = (
        abs(a.start_us - b.start_us) <= tolerance_us and abs(a.end_us - b.end_us) <= tolerance_us
    )
    apart = abs(a.box.y_centre - b.box.y_centre)
    return together and apart < _STACKED * max(a.box.height, b.box.height)


def _stacks(rows: Sequence[Row]) -> list[list[Row]]:
    """Groups of rows that make one cue."""
    left = sorted(rows, key=lambda row: (row.start_us, row.box.y_centre))
    stacks = []
    while left:
        stack = [left.pop(0)]
        for row in stack:  # grows while it is walked
            joining = [other for other in left if _in_step(row, other)]
            stack += joining
            left = [other for other in left if other not in joining]
        stacks.append(stack)
    return stacks


def _cue(stack: Sequence[Row], size: tuple[int, int]) -> Cue:
    lines: list[list[Row]] = []
    for row in sorted(stack, key=lambda row: row.box.y_centre):
        last = lines[-1][0].box if lines else None
        if last and row.box.y_centre - last.y_centre < 0.5 * row.box.height:
            lines[-1].append(row)
        else:
            lines.append([row])
    widest = max(stack, key=lambda row: row.box.width)
    box = stack[0].box
    for row in stack[1:]:
        box = box.union(row.box)
    width, height = size
    return Cue(
        start_us=widest.start_us,
        end_us=widest.end_us,
        lines=tuple(
            " ".join(row.text for row in sorted(line, key=lambda row: row.box.x0)) for line in lines
        ),
        place=Box(box.x0 / width, box.y0 / height, box.x1 / width, box.y1 / height),
        confidence=min(row.confidence for row in stack),
    )
