"""Cues to lines that are short enough, broken where they read well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from vidocr.delivery.pieces import Piece, pieces_of
from vidocr.delivery.unspaced import is_unspaced, width
from vidocr.model import Change, Cue

_DASHES = ("-", "‐", "–", "—", "－")
_TOP_HEAVY = 0.15  # for each share of a line by which the line above it is longer


def broken(cue: Cue, line_chars: int, max_lines: int) -> Cue:
    """The cue in up to ``max_lines`` lines of up to ``line_chars`` columns.

    One that is so already stays as it is. One that can't be is flagged, and stays whole. A line
    that begins with a dash, as of a second speaker, begins a line after, too; so does one in
    another script.
    """
    if _fits(cue.lines, line_chars, max_lines):
        return cue
    lines = tuple(
        line for text in _texts(cue.lines) for line in _lines(text, cue.language, line_chars)
    )
    if _fits(lines, line_chars, max_lines):
        change = Change("line breaks", cue.text, "\n".join(lines))
        return replace(cue, lines=lines, changes=(*cue.changes, change))
    columns = sum(map(width, cue.lines))
    flag = f"line length: {columns} columns do not fit {max_lines} lines of {line_chars}"
    return replace(cue, flags=(*cue.flags, flag))


def _fits(lines: Sequence[str], line_chars: int, max_lines: int) -> bool:
    return len(lines) <= max_lines and max(map(width, lines)) <= line_chars


def _texts(lines: Iterable[str]) -> list[str]:
    """The lines joined, but for those that keep to themselves."""
    texts: list[str] = []
    for line in lines:
        if not texts or line.startswith(_DASHES) or _has_unspaced(line) != _has_unspaced(texts[-1]):
            texts.append(line)
        else:
            space = "" if is_unspaced(texts[-1][-1]) and is_unspaced(line[0]) else " "
            texts[-1] += space + line
    return texts


def _has_unspaced(text: str) -> bool:
    return any(map(is_unspaced, text))


def _lines(text: str, language: str | None, most: int) -> list[str]:
    """The text in as few lines of up to ``most`` columns as it takes, broken as well as can be."""
    pieces = pieces_of(text, language, most)
    ends = _ends(pieces, _fewest(pieces, most), most)
    return [_line(pieces[start:end]) for start, end in pairwise([0, *ends])]


def _line(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text + piece.space for piece in pieces).rstrip()


def _fewest(pieces: Sequence[Piece], most: int) -> int:
    """How many lines it takes to hold the pieces."""
    count, filled = 1, 0
    for piece in pieces:
        if filled and filled + piece.columns > most:
            count, filled = count + 1, 0
        filled += piece.columns + len(piece.space)
    return count


def _ends(pieces: Sequence[Piece], count: int, most: int) -> list[int]:
    """How many pieces stand before the end of each of ``count`` lines.

    The sum of costs is the least there is: of breaks at bad places, of lines that are longer or
    shorter than the others, and of upper lines that are longer.
    """
    starts = [*accumulate((len(p.space) + p.columns for p in pieces), initial=0)]
    mean = max(1, starts[-1] / count)
    best: list[dict[int, tuple[float, list[int]]]] = [{0: (0.0, [])}]
    for line in range(1, count + 1):
        row: dict[int, tuple[float, list[int]]] = {}
        for start, (cost, ends) in best[-1].items():
            for end in range(start + 1, len(pieces) + 1):
                columns = starts[end] - starts[start] - len(pieces[end - 1].space)
                if columns > most and end > start + 1:
                    break
                uneven = (columns - mean) / mean
                more = uneven**2 + pieces[end - 1].cost
                if line < count:
                    more += _TOP_HEAVY * max(0.0, uneven)
                if end not in row or cost + more < row[end][0]:
                    row[end] = (cost + more, [*ends, end])
        best.append(row)
    return best[-1][len(pieces)][1]
