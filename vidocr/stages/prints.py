"""Lines of print that subtitles cover in part: of a page, a letter or a screen behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from vidocr.stages.rows import Row
from vidocr.text import letters

_RETURNS = 2  # of one text without a gap, each time after another one: no dialogue does that
_SAME_END = 0.25  # line heights by which the ends of one line may differ


def without_prints(rows: Sequence[Row]) -> list[Row]:
    """Rows but those of print that goes on where a subtitle comes and leaves.

    Such a line begins and ends where it did. What it says in between changes with each subtitle,
    and comes back after it letter for letter, all without a gap.

    Args:
        rows: of the whole film, by time, no two of them on one place at once.
    """
    printed = {id(row) for run in _runs(rows) if _comes_back(run) for row in run}
    return [row for row in rows if id(row) not in printed]


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that follow each other at once, from the same left to the same right end."""
    runs: list[list[Row]] = []
    open_runs: list[list[Row]] = []
    for row in rows:
        open_runs = [run for run in open_runs if row.start_us <= run[-1].end_us + row.frame_us]
        run = next((run for run in open_runs if _goes_on(run[-1], row)), None)
        if run is None:
            run = []
            runs.append(run)
            open_runs.append(run)
        run.append(row)
    return runs


def _goes_on(before: Row, after: Row) -> bool:
    a, b = before.box, after.box
    apart = abs(a.x0 - b.x0), abs(a.x1 - b.x1), abs(a.y_centre - b.y_centre)
    first, second = letters(before.text), letters(after.text)
    return (
        abs(after.start_us - before.end_us) <= after.frame_us
        and max(apart) < _SAME_END * a.height
        and (first[0] == second[0] or first[-1] == second[-1])
    )


def _comes_back(run: Sequence[Row]) -> bool:
    texts = [text for text, _ in groupby(letters(row.text) for row in run)]
    shows = Counter(texts)
    return len(shows) > _RETURNS and max(shows.values()) > _RETURNS
