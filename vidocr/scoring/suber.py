"""SubER, the subtitle edit rate (Wilken, Georgakopoulou and Matusov, 2022, arXiv:2205.05805).

TER on the words of both tracks with a token after each line (``<eol>``) and each cue (``<eob>``):
the least number of insertions, deletions, substitutions and shifts of a stretch of found tokens,
over the number of tokens of the truth. Two tokens may be matched or substituted only if their cues
overlap in time, and never a word with a break. Case and punctuation don't count, but a word of
punctuation alone stays one.

Shifts are searched greedily as in TER (Snover et al., 2006, section 3): while one lowers the edit
distance by more than nothing, the best is done. A stretch has to match the truth where it
is moved to, to be wrong where it stands, and to go where the truth is not matched yet. The limits
are those of Tercom: stretches of up to 10 tokens, moved by up to 50, 1000 tries in one part.

Parts are what lies between moments at which neither track shows a cue: no token of one can be
matched in another. Decided here: each Chinese or Japanese character is a word, all of Unicode's
punctuation and symbols count as punctuation, and a part of more than 600 tokens is cut where both
tracks change at about one time, so that a film without a pause doesn't take hours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vidocr.scoring.cues import Timed
from vidocr.scoring.text import words
from vidocr.text import tidy

_EOL, _EOB = "<eol>", "<eob>"
_LONGEST = 10
_FARTHEST = 50
_TRIES = 1000
_LARGE = 600  # tokens
_NEVER = 1 << 20

_Numbers: TypeAlias = NDArray[np.int64]


class Suber(NamedTuple):
    """Edits and shifts, and the tokens of the truth."""

    edits: int
    tokens: int


class _Token(NamedTuple):
    word: str
    start_us: int
    end_us: int

    @property
    def is_break(self) -> bool:
        return self.word in (_EOL, _EOB)


def suber(truth: Sequence[Timed], found: Sequence[Timed]) -> Suber:
    """The edits of a film; they add up over films."""
    edits = tokens = 0
    for part in _parts(sorted(truth, key=_time), sorted(found, key=_time)):
        right, said = ([token for cue in side for token in _tokens(cue)] for side in part)
        edits += _edits(said, right)
        tokens += len(right)
    return Suber(edits, tokens)


def _time(cue: Timed) -> tuple[int, int]:
    return cue.start_us, cue.end_us


def _tokens(cue: Timed) -> Iterator[_Token]:
    lines = [line for line in map(tidy, cue.lines) if line]
    for number, line in enumerate(lines, start=1):
        for word in _words(line):
            yield _Token(word, cue.start_us, cue.end_us)
        yield _Token(_EOB if number == len(lines) else _EOL, cue.start_us, cue.end_us)


def _words(line: str) -> Iterator[str]:
    for word in line.lower().split():
        bare = "".join(c for c in word if unicodedata.category(c)[0] not in "PS")
        yield from words(bare or word)


_Part: TypeAlias = tuple[list[Timed], list[Timed]]


def _parts(truth: Sequence[Timed], found: Sequence[Timed]) -> Iterator[_Part]:
    """The cues of the truth and the found ones between moments without any."""
    sides = sorted(
        [(*_time(cue), 0, n) for n, cue in enumerate(truth)]
        + [(*_time(cue), 1, n) for n, cue in enumerate(found)]
    )
    part: _Part = ([], [])
    latest_us = 0
    for start_us, end_us, side, number in sides:
        if start_us >= latest_us and any(part):
            yield from _small(*part)
            part = ([], [])
        part[side].append((truth, found)[side][number])
        latest_us = max(latest_us, end_us)
    yield from _small(*part)


def _small(truth: list[Timed], found: list[Timed]) -> Iterator[_Part]:
    """The part, cut in two until each is small or has nowhere to cut."""
    lengths = [sum(1 for _ in _tokens(cue)) for cue in truth]
    cut_us = _cut_us(truth, found) if sum(lengths) > _LARGE else None
    if cut_us is None:
        yield truth, found
        return
    for is_after in (False, True):
        yield from _small(
            [cue for cue in truth if (cue.start_us >= cut_us) is is_after],
            [cue for cue in found if (cue.start_us + cue.end_us >= 2 * cut_us) is is_after],
        )


def _cut_us(truth: Sequence[Timed], found: Sequence[Timed]) -> int | None:
    """The start in the middle half of the truth that is nearest to one of a found cue."""
    quarter = len(truth) // 4
    starts = np.array([cue.start_us for cue in truth[quarter : len(truth) - quarter]])
    starts = starts[starts > truth[0].start_us]
    if not starts.size or not found:
        return None
    others = np.array(sorted(cue.start_us for cue in found))
    after = np.clip(np.searchsorted(others, starts), 1, max(1, len(others) - 1))
    nearest = np.minimum(
        abs(others[np.minimum(after, len(others) - 1)] - starts), abs(others[after - 1] - starts)
    )
    return int(starts[np.argmin(nearest)])


def _edits(found: Sequence[_Token], truth: Sequence[_Token]) -> int:
    """Edit distance after shifts, and their number."""
    if not truth or not found:
        return len(truth) + len(found)
    costs = _costs(found, truth)
    shifts = tries = 0
    while True:
        distances = _distances(costs)
        best, tries = _best_shift(costs, distances, tries)
        if best is None or tries >= _TRIES:
            return int(distances[-1, -1]) + shifts
        costs = costs[best]
        shifts += 1


def _costs(found: Sequence[_Token], truth: Sequence[_Token]) -> _Numbers:
    """What it costs to let a found token (row) stand for one of the truth (column)."""
    ids = {word: number for number, word in enumerate({t.word for t in (*found, *truth)})}

    def column(tokens: Sequence[_Token]) -> tuple[_Numbers, ...]:
        facts = [(ids[t.word], t.is_break, t.start_us, t.end_us) for t in tokens]
        return tuple(np.array(facts, np.int64).T)

    (f_word, f_break, f_start, f_end), (t_word, t_break, t_start, t_end) = map(
        column, (found, truth)
    )
    at_once = (f_start[:, None] < t_end) & (t_start < f_end[:, None])
    allowed = at_once & (f_break[:, None] == t_break)
    return np.where(allowed, (f_word[:, None] != t_word).astype(np.int64), _NEVER)


def _distances(costs: _Numbers, first: _Numbers | None = None) -> _Numbers:
    """Edit distances of the beginnings, shape (rows + 1, columns + 1); ``first`` is row 0."""
    along = np.arange(costs.shape[1] + 1)
    rows = np.empty((len(costs) + 1, len(along)), np.int64)
    rows[0] = along if first is None else first
    for number, row in enumerate(costs):
        above, new = rows[number], rows[number + 1]
        new[0] = above[0] + 1
        np.minimum(above[1:] + 1, above[:-1] + row, out=new[1:])
        new -= along  # an insertion costs 1 a column
        np.minimum.accumulate(new, out=new)
        new += along
    return rows


class _Alignment(NamedTuple):
    """Per column, the row that stands there (or last before); what is wrong on both sides."""

    row_at: list[int]
    wrong_rows: NDArray[np.bool_]
    wrong_columns: NDArray[np.bool_]


def _aligned(costs: _Numbers, distances: _Numbers) -> _Alignment:
    row, column = costs.shape
    row_at = [-1] * column
    wrong_rows, wrong_columns = np.ones(row, bool), np.ones(column, bool)
    while row or column:
        here = distances[row, column]
        if row and column and distances[row - 1, column - 1] + costs[row - 1, column - 1] == here:
            row, column = row - 1, column - 1
            row_at[column] = row
            wrong_rows[row] = wrong_columns[column] = costs[row, column] > 0
        elif row and distances[row - 1, column] + 1 == here:
            row -= 1
        else:
            column -= 1
            row_at[column] = row - 1
    return _Alignment(row_at, wrong_rows, wrong_columns)


def _best_shift(costs: _Numbers, distances: _Numbers, tries: int) -> tuple[_Numbers | None, int]:
    """The order of rows after the shift that gains most, None if none gains; and tries so far."""
    # Distances of the ends, so that a try costs no more than the rows that it moves.
    back = _distances(costs[::-1, ::-1])[::-1, ::-1]
    best: tuple[int, int, int, int] | None = None
    order = None
    for start, length, target in _candidates(costs, _aligned(costs, distances)):
        moved = _moved(len(costs), start, length, target)
        changed = np.flatnonzero(moved != np.arange(len(moved)))
        low, high = (changed[0], changed[-1] + 1) if changed.size else (0, 0)
        middle = _distances(costs[moved[low:high]], distances[low])[-1]
        gain = int(distances[-1, -1] - (middle + back[high]).min())
        tries += 1
        rank = (gain, length, -start, -target)
        if best is None or rank > best:
            best, order = rank, moved
        if tries >= _TRIES:
            break
    return (order if best is not None and best[0] > 0 else None), tries


def _candidates(costs: _Numbers, now: _Alignment) -> Iterator[tuple[int, int, int]]:
    """Stretches of rows that may be shifted: (start, length, row before which they go)."""
    same = costs == 0
    for start, column in np.argwhere(same).tolist():
        if abs(start - column) > _FARTHEST:
            continue
        for length in range(1, _LONGEST + 1):
            end, last = start + length, column + length
            if end > same.shape[0] or last > same.shape[1] or not same[end - 1, last - 1]:
                break
            is_right = not (
                now.wrong_rows[start:end].any() and now.wrong_columns[column:last].any()
            )
            if is_right or start <= now.row_at[column] < end:
                continue
            places = [now.row_at[c] + 1 if c >= 0 else 0 for c in range(column - 1, last)]
            for target in dict.fromkeys(places):
                yield start, length, target


def _moved(rows: int, start: int, length: int, target: int) -> _Numbers:
    """The order of rows with a stretch moved before row ``target``.

    A target inside of the stretch moves it on by as much as lies before the target, as in Tercom.
    """
    order = np.arange(rows)
    rest = np.delete(order, slice(start, start + length))
    place = target - length if target > start + length else target
    return np.concatenate((rest[:place], order[start : start + length], rest[place:]))
