"""Readings to cues: joins what is one line, rejects what is no subtitle, stacks rows."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import pairwise, takewhile

from vidocr.model import US_PER_S, Box, Cue, Proof
from vidocr.report import Reject, Report
from vidocr.stages.prints import over_prints, prints_of
from vidocr.stages.rows import Row, by_time, join_rows_in_time
from vidocr.stages.support import SAME_TIME_US, in_step, with_support, without_slides
from vidocr.text import letters

_SHORT_FILM_US = 8 * US_PER_S
_SIDE_BY_SIDE = 3  # line heights between pieces of one line at most
_COUNTS = 3  # numbers in a row that make a counter
_MOST_OTHERS = 3  # readings of a row that are told beside the best
_WORDS = re.compile(r"[^\W\d_]")


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
    rows = sorted(rows, key=by_time)
    overs = join_rows_in_time([row for row in rows if row.over], judge.max_gap_us)
    rows = join_rows_in_time([row for row in rows if not row.over], judge.max_gap_us)
    rows = _without_prints(rows, overs, report)
    rows = _without_static(rows, judge, report)
    rows = _without_counters(rows, judge, report)
    if not judge.places_given:
        rows = _of_places(rows, judge, report)
    stacks = _without_short(_stacks(rows), rows, judge, report)
    cues = [_cue(stack, judge.size) for stack in stacks]
    return sorted(cues, key=lambda cue: (cue.start_us, cue.place.y0))


def _kept(kept: list[Row], rows: Sequence[Row], reason: str, report: Report) -> list[Row]:
    """``kept``, once it is noted which of ``rows`` are not among them, and why."""
    staying = set(map(id, kept))
    for row in rows:
        if id(row) not in staying:
            report.rejects.append(
                Reject(reason, row.start_us, row.end_us, row.text, row.box, row.picture)
            )
    report.reject(reason, len(rows) - len(kept))
    return kept


def _without_prints(rows: Sequence[Row], overs: Sequence[Row], report: Report) -> list[Row]:
    """What stands over print instead of the print."""
    prints = prints_of(rows, overs)
    printed = {id(row) for row in prints}
    kept = _kept([row for row in rows if id(row) not in printed], rows, "print", report)
    return sorted([*kept, *over_prints(overs, prints)], key=by_time)


def _without_static(rows: Sequence[Row], judge: Judgement, report: Report) -> list[Row]:
    """Drop what stands for most of the film: logos, slides."""
    if judge.film_us <= _SHORT_FILM_US:
        return list(rows)
    longest_us = judge.static_share * judge.film_us
    kept = [row for row in rows if row.end_us - row.start_us <= longest_us]
    return _kept(kept, rows, "static", report)


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
    return _kept([row for row in rows if row not in counters], rows, "counter", report)


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


def _of_places(rows: Sequence[Row], judge: Judgement, report: Report) -> list[Row]:
    """The rows of places where subtitles stand."""
    width = judge.size[0]
    coming = _kept(without_slides(rows, width, judge.film_us), rows, "slide", report)
    kept = with_support(coming, width, judge.film_us, judge.min_support)
    return _kept(kept, coming, "place", report)


def _stacks(rows: Sequence[Row]) -> list[list[Row]]:
    """Groups of rows that make one cue."""
    left = deque(sorted(rows, key=lambda row: (row.start_us, row.box.y_centre)))
    stacks = []
    while left:
        stack = [left.popleft()]
        for row in stack:  # grows while it is walked
            near = list(takewhile(partial(_may_join, row), left))
            stack += [other for other in near if _is_of_cue(row, other)]
            apart = [other for other in near if not _is_of_cue(row, other)]
            for _ in near:
                left.popleft()
            left.extendleft(reversed(apart))
        stacks.append(stack)
    return stacks


def _without_short(
    stacks: list[list[Row]], rows: Sequence[Row], judge: Judgement, report: Report
) -> list[list[Row]]:
    """Drop cues that are shorter than was asked."""
    kept = [stack for stack in stacks if _widest(stack).lived_us >= judge.min_duration_us]
    _kept([row for stack in kept for row in stack], rows, "too short", report)
    return kept


def _widest(stack: Sequence[Row]) -> Row:
    """The row that a cue's times are those of."""
    return max(stack, key=lambda row: row.box.width)


def _may_join(row: Row, later: Row) -> bool:
    return later.start_us <= row.start_us + max(SAME_TIME_US, 3 * row.frame_us)


def _is_of_cue(a: Row, b: Row) -> bool:
    """Whether two rows make one cue: not where they stand far apart, each under its speaker."""
    beside = a.box.overlap(b.box)[0] > -_SIDE_BY_SIDE * max(a.box.height, b.box.height)
    return beside and in_step(a, b)


def _cue(stack: Sequence[Row], size: tuple[int, int]) -> Cue:
    lines: list[list[Row]] = []
    for row in sorted(stack, key=lambda row: row.box.y_centre):
        last = lines[-1][0].box if lines else None
        if last and row.box.y_centre - last.y_centre < 0.5 * row.box.height:
            lines[-1].append(row)
        else:
            lines.append([row])
    lines = [sorted(line, key=lambda row: row.box.x0) for line in lines]
    widest = _widest(stack)
    boxes = [_box(line, size) for line in lines]
    return Cue(
        start_us=widest.start_us,
        end_us=widest.end_us,
        lines=tuple(" ".join(row.text for row in line) for line in lines),
        place=reduce(Box.union, boxes),
        confidence=min(row.confidence for row in stack),
        proof=Proof(
            engine=", ".join(dict.fromkeys(row.engine for row in stack)),
            boxes=tuple(boxes),
            alternatives=_alternatives(lines),
            pictures=tuple(row.picture for line in lines for row in line if row.picture),
        ),
    )


def _box(line: Sequence[Row], size: tuple[int, int]) -> Box:
    """Where a line stands, as fractions of the picture."""
    width, height = size
    box = reduce(Box.union, (row.box for row in line))
    return Box(box.x0 / width, box.y0 / height, box.x1 / width, box.y1 / height)


def _alternatives(lines: Sequence[Sequence[Row]]) -> tuple[str, ...]:
    """The cue's text with one of its rows as it was read otherwise."""
    found = []
    for row in (row for line in lines for row in line):
        for other in row.others[:_MOST_OTHERS]:
            texts = [
                " ".join(other if each is row else each.text for each in line) for line in lines
            ]
            found.append("\n".join(texts))
    return tuple(found)
