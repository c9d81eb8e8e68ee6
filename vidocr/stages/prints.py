"""Lines of print that subtitles cover in part: of a page, a letter or a screen behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from vidocr.stages.rows import Row
from vidocr.text import letters

_RETURNS = 2  # of one text without a gap, each time after another one: no dialogue does that
_SAME_END = 0.25  # line heights by which the ends of one line may differ


def prints_of(rows: Sequence[Row], overs: Sequence[Row] = ()) -> list[Row]:
    """Rows of print that goes on where a subtitle comes and leaves.

    Such a line begins and ends where it did. What it says in between changes with each subtitle,
    and comes back after it letter for letter, all without a gap; or is seen to come back, where
    it can't be read under the subtitle.

    Args:
        rows: of the whole film, by time, no two of them on one place at once.
        overs: rows that were laid over something that came back after them.
    """
    printed = {id(row) for run in _runs(rows) if _comes_back(run) for row in run}
    if len({letters(over.text) for over in overs}) > _RETURNS:
        printed |= {id(row) for row in rows if any(_is_under(row, over) for over in overs)}
    return [row for row in rows if id(row) in printed]


def over_prints(overs: Sequence[Row], prints: Sequence[Row]) -> list[Row]:
    """The rows laid over something that stand over print."""
    return [over for over in overs if any(_is_under(row, over) for row in prints)]


def _is_over(over: Row, row: Row) -> bool:
    meanwhile = _meet(over.start_us, row.start_us, over) and _meet(over.end_us, row.end_us, over)
    return meanwhile and min(over.box.overlap(row.box)) > 0


def _is_under(row: Row, over: Row) -> bool:
    """Whether a row reaches beyond another on both sides, and is there with it or beside it."""
    reach = min(over.box.x0 - row.box.x0, row.box.x1 - over.box.x1)
    if reach < over.box.height or over.box.overlap(row.box)[1] < 0:
        return False
    return _is_over(over, row) or any(
        _meet(one, other, over)
        for one, other in ((row.end_us, over.start_us), (row.start_us, over.end_us))
    )


def _meet(a_us: int, b_us: int, row: Row) -> bool:
    return abs(a_us - b_us) <= row.frame_us


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
