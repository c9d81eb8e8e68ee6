"""Readings of one line of text, joined where following or reading had parted them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from unicodedata import normalize

from vidocr.model import Box, Reading
from vidocr.stages.pictures import jpeg
from vidocr.text import differing_extents, letters, similarity, tidy

_GHOST_US = 480_000  # a fade's ghost of its neighbour lives no longer
_ALIKE = 0.8
_GHOST_ALIKE = 0.6
_GHOST_SURE = 0.93
_SURE = 0.8
_WEIGHT_US = 1_000_000  # beyond a second a reading gets no more votes
_TOUCHING_US = 1000
_FIRST_OTHER = "\u0250"  # beyond the Latin letters with marks


@dataclass(frozen=True, slots=True)
class Row:
    """One row of text over the time that it stands; ``box`` in px of the picture.

    ``others`` are readings of it that were outvoted, ``picture`` is a JPEG of it. A row that
    is ``over`` was laid over a line of print, which other rows hold with it.
    """

    start_us: int
    end_us: int
    frame_us: int
    text: str
    confidence: float
    box: Box
    region: int
    changed_before: tuple[float, float] | None = None
    changed_after: tuple[float, float] | None = None
    over: bool = False
    engine: str = ""
    others: tuple[str, ...] = ()
    picture: bytes = field(default=b"", repr=False, compare=False)

    @property
    def lived_us(self) -> int:
        """How long it stands."""
        return self.end_us - self.start_us


def rows_of(readings: Iterable[Reading], *, pictures: bool = False) -> Iterator[Row]:
    """The readings that hold a letter or a digit, with small pictures if they are wanted."""
    for reading in readings:
        span = reading.span
        lines = [(line.box or span.box, line) for line in reading.lines]
        lines.sort(key=lambda placed: placed[0].x0)  # stable: lines without a box keep their order
        text = tidy(" ".join(line.text for _, line in lines))
        if not letters(text):
            continue
        box = lines[0][0]
        for other, _ in lines[1:]:
            box = box.union(other)
        yield Row(
            span.start_us,
            span.end_us,
            (span.end_us - span.start_us) // span.frames,
            text,
            min(line.confidence for line in reading.lines),
            box,
            span.region,
            span.changed_before,
            span.changed_after,
            span.over,
            reading.engine,
            picture=jpeg(span.image) if pictures else b"",
        )


def by_time(row: Row) -> tuple[int, int]:
    """Sorts rows by start, then by end."""
    return row.start_us, row.end_us


def join_rows_in_time(rows: Sequence[Row], max_gap_us: int) -> list[Row]:
    """Join rows that are one line; part those that overlap in time and differ."""
    joined: list[Row] = []
    for row in _without_misread_glyphs(rows):
        for at in range(len(joined) - 1, -1, -1):
            before = joined[at]
            if row.start_us - before.end_us > max_gap_us or not _on_one_row(before, row):
                continue
            if _is_one_line(before, row):
                joined[at] = _merged(before, row)
                break
            if before.end_us > row.start_us:
                middle_us = (before.end_us + row.start_us) // 2
                joined[at] = replace(before, end_us=middle_us)
                row = replace(row, start_us=middle_us)
        else:
            joined.append(row)
    return [row for row in joined if row.lived_us > row.frame_us]


def _without_misread_glyphs(rows: Sequence[Row]) -> list[Row]:
    """A B A across two changed glyphs: B is a misreading of A."""
    mended: list[Row] = []
    for at, row in enumerate(rows):
        if not (row.changed_before and row.changed_after):
            mended.append(row)
            continue
        before = next((a for a in reversed(rows[:at]) if _cut_between(a, row)), None)
        after = next((b for b in rows[at + 1 :] if _cut_between(row, b)), None)
        if before and after and letters(before.text) == letters(after.text):
            row = replace(row, text=before.text, others=_others(before, row))
        mended.append(row)
    return mended


def _on_one_row(a: Row, b: Row) -> bool:
    width, height = a.box.overlap(b.box)
    return width > 0 and height > 0.5 * min(a.box.height, b.box.height)


def _cut_between(a: Row, b: Row) -> bool:
    """Whether ``b`` was cut off ``a`` where a glyph changed."""
    if not (a.changed_after and b.changed_before):
        return False
    return abs(a.end_us - b.start_us) < _TOUCHING_US and _on_one_row(a, b)


def _is_one_line(a: Row, b: Row) -> bool:
    cut = _cut_between(a, b)
    if cut:
        return not _changed_where_cut(a, b)
    if _same_text(a, b):
        return True
    alike = similarity(a.text, b.text)
    if alike > _GHOST_ALIKE and _is_ghost(a, b):
        return True
    overlap_us = a.end_us - b.start_us
    unsure = overlap_us > 2 * b.frame_us or min(a.confidence, b.confidence) < _SURE
    if alike > _ALIKE and _same_width(a, b) and unsure:
        return True
    return overlap_us > 0.6 * min(a.lived_us, b.lived_us)


def _same_text(a: Row, b: Row) -> bool:
    """Whether two rows say the same; a mark may be read on a letter over one backdrop alone."""
    touching = abs(a.end_us - b.start_us) <= max(_TOUCHING_US, b.frame_us)
    texts = [letters(row.text) for row in (a, b)]
    if touching:
        texts = [_unmarked(text) for text in texts]
    if texts[0] != texts[1]:
        return False
    asks = a.text[-1] in "?？؟", b.text[-1] in "?？؟"
    moved = abs(a.box.x0 - b.box.x0) + abs(a.box.x1 - b.box.x1) > 0.25 * b.box.height
    return not (touching and asks[0] != asks[1] and moved)


def _unmarked(text: str) -> str:
    """The text with Latin letters as they are without marks."""
    return "".join(normalize("NFD", c)[0] if c < _FIRST_OTHER else c for c in text)


def _changed_where_cut(a: Row, b: Row) -> bool:
    """Whether the readings differ where the pixels changed."""
    if similarity(a.text, b.text) < _GHOST_ALIKE:
        return True
    assert a.changed_after is not None
    low, high = a.changed_after
    box = a.box.union(b.box)
    near = 0.3 * a.box.height
    return any(
        box.x0 + start * box.width - near < high and box.x0 + end * box.width + near > low
        for start, end in differing_extents(a.text, b.text)
    )


def _is_ghost(a: Row, b: Row) -> bool:
    """Whether one of two is a short, half-faded view of the other.

    A ghost is read with little confidence or stands while the other does; a short cue that
    shares words with its neighbour does neither.
    """
    overlaps = a.end_us > b.start_us
    return any(
        ghost.lived_us < _GHOST_US
        and (overlaps or ghost.confidence < _GHOST_SURE)
        and ghost.box.x0 > whole.box.x0 - 0.5 * b.box.height
        and ghost.box.x1 < whole.box.x1 + 0.5 * b.box.height
        for ghost, whole in ((a, b), (b, a))
    )


def _same_width(a: Row, b: Row) -> bool:
    return abs(a.box.x0 - b.box.x0) + abs(a.box.x1 - b.box.x1) < 1.2 * b.box.height


def _merged(a: Row, b: Row) -> Row:
    """One row with the text that has more votes: time seen times confidence."""
    votes = [row.confidence * min(_WEIGHT_US, row.lived_us) for row in (a, b)]
    lengths = [len(letters(row.text)) for row in (a, b)]
    fuller = lengths[1] > 1.3 * lengths[0] and b.confidence > 0.7
    chosen = b if fuller or (votes[1] > votes[0] and lengths[1] >= lengths[0]) else a
    return replace(
        chosen,
        start_us=min(a.start_us, b.start_us),
        end_us=max(a.end_us, b.end_us),
        changed_before=a.changed_before,
        changed_after=b.changed_after,
        others=_others(chosen, a, b),
    )


def _others(chosen: Row, *rows: Row) -> tuple[str, ...]:
    """Readings of the rows that are not the chosen one's, each once."""
    texts = [text for row in rows for text in (row.text, *row.others)]
    return tuple(dict.fromkeys(text for text in texts if text != chosen.text))
