"""Which places of the picture hold subtitles: a vote of all rows of a film.

Subtitles stand in one or two places, where the text changes over the film, or left and right of
them on the same row, each under its speaker; signs, name plates and logos elsewhere, or always
with the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from vidocr.model import US_PER_S
from vidocr.stages.rows import Row, by_time
from vidocr.text import letters

SAME_TIME_US = 120_000
STACKED = 2.2  # line heights between the centres of rows of one cue
_CALM_FILM_US = 15 * US_PER_S
_SHORT_FILM_US = 8 * US_PER_S
_MAIN = 0.5  # share of the best place's time
_ON_CENTRE = 0.03  # of the width
_ON_LEFT = 0.02
_NEAR_MAIN = 0.05
_JUST_OVER_MAIN = 0.01
_LIKE_MAIN = 0.2  # by how much of it the height of a line may differ
_PLAIN_CONFIDENCE = 0.9
_LIVES_ALONE_US = 700_000  # what flashes up away from all other text is none
_COMMON_TEXTS = 3
_MISREAD = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))  # letters before and after that may be none
_LEAST_LETTERS = 3  # of a text that may hold such ones
_LEVEL = 0.25  # line heights by which lines on one row may differ
_AS_TALL = 0.7  # least ratio of their heights
_ALWAYS = 0.9  # share of the film in which slides stand, one after the other
_NOT_ALWAYS = 0.8


@dataclass(frozen=True, slots=True)
class Support:
    """What speaks for the place of a row.

    ``time_us`` is that of all rows there together, ``covered_us`` how long there is any,
    ``texts`` how many differ.
    """

    time_us: int
    covered_us: int
    texts: int


def supports_of(rows: Sequence[Row], width: int) -> list[Support]:
    """The support of each row's place, ``width`` that of the picture in px."""
    boxes = np.array([row.box for row in rows]).reshape(-1, 4)
    middle_x, left = (boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 0]
    middle_y, height = (boxes[:, 1] + boxes[:, 3]) / 2, boxes[:, 3] - boxes[:, 1]
    times = np.array([(row.start_us, row.end_us) for row in rows]).reshape(-1, 2)
    texts = np.array(_numbered([letters(row.text) for row in rows]))
    found = []
    for at in range(len(rows)):
        ratio = height / height[at]
        same_row = (np.abs(middle_y - middle_y[at]) < 0.5 * height[at]) & (ratio > 0.65)
        centred = np.abs(middle_x - middle_x[at]) < _ON_CENTRE * width
        aligned = np.abs(left - left[at]) < _ON_LEFT * width
        there = same_row & (ratio < 1.55) & (centred | aligned)
        lived = times[there]
        found.append(
            Support(int(np.ptp(lived, axis=1).sum()), _covered_us(lived), len(set(texts[there])))
        )
    return found


def _numbered(texts: Sequence[str]) -> list[int]:
    """A number for each text; the same where a letter or two at its ends may be misread."""
    whole: dict[str, int] = {}
    parts: dict[str, int] = {}
    for text in texts:
        if text in whole:
            continue
        cut = [text[low : len(text) - high] for low, high in _MISREAD]
        cut = [part for part in cut if len(part) >= _LEAST_LETTERS]
        known = [whole[part] for part in cut if part in whole]
        number = known[0] if known else parts.get(text, len(whole))
        whole[text] = number
        for part in cut:
            parts.setdefault(part, number)
    return [whole[text] for text in texts]


def _covered_us(times: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> int:
    starts, ends = times[np.argsort(times[:, 0], kind="stable")].T
    latest = np.maximum.accumulate(ends)
    begun = np.maximum(starts, np.concatenate(([np.iinfo(np.int64).min], latest[:-1])))
    return int(np.maximum(ends - begun, 0).sum())


def without_slides(rows: Sequence[Row], width: int, film_us: int) -> list[Row]:
    """Rows but those of slides: text that always stands while subtitles come and go elsewhere.

    Slides change no more often than subtitles do, or stand beside the middle, where these do
    not; so dense subtitles are none, whatever else comes up now and then.
    """
    if film_us <= _SHORT_FILM_US:
        return list(rows)
    voters = list(zip(rows, supports_of(rows, width), strict=True))
    always = [(row, s) for row, s in voters if s.covered_us >= _ALWAYS * film_us]
    slides = [row for row in rows if any(row is r or in_step(row, r) for r, _ in always)]
    in_slides = {id(row) for row in slides}
    centres = [row.box.x_centre for row in slides]
    aside = bool(slides) and not _is_near(float(np.median(centres)), width)
    most = max((s.texts for _, s in always), default=0)
    pausing = [
        row
        for row, s in voters
        if s.covered_us < _NOT_ALWAYS * film_us
        and s.texts >= _COMMON_TEXTS
        and (s.texts >= most or (aside and _is_near(row.box.x_centre, width)))
        and id(row) not in in_slides
    ]
    if not pausing or any(_together(row, other) for row in slides for other in pausing):
        return list(rows)
    return [row for row in rows if id(row) not in in_slides]


def _is_near(x: float, width: int) -> bool:
    """Whether a place is near the middle of the picture."""
    return abs(x - width / 2) < _NEAR_MAIN * width


def with_support(rows: Sequence[Row], width: int, film_us: int, min_support: float) -> list[Row]:
    """The rows of places where subtitles stand.

    Args:
        rows: of the whole film.
        width: of the picture in px.
        film_us: length of the film.
        min_support: what a place needs at least of the best place's time.
    """
    voters = list(zip(rows, supports_of(rows, width), strict=True))
    best_us = max((s.time_us for _, s in voters if s.texts >= 2), default=0)
    main = [row for row, s in voters if s.texts >= 2 and s.time_us >= _MAIN * best_us]
    main += _of_sides(rows, main, width)
    if not main:  # a film of one line: no place to speak for it but the middle
        plain = [row for row in rows if _is_plain(row, width, film_us < _CALM_FILM_US)]
        return [row for row in rows if row in plain or any(in_step(row, p) for p in plain)]
    middle = float(np.median([row.box.x_centre for row in main]))
    height = float(np.median([row.box.height for row in main]))

    in_main = {id(row) for row in main}

    def belongs(row: Row, support: Support) -> bool:
        if id(row) in in_main or any(in_step(row, other) for other in main if other is not row):
            return True
        aside = abs(row.box.x_centre - middle)
        common = support.time_us > min_support * best_us and support.texts >= _COMMON_TEXTS
        if common and aside < _NEAR_MAIN * width:
            return True
        alike = abs(row.box.height - height) < _LIKE_MAIN * height
        if aside < _JUST_OVER_MAIN * width and alike and _is_in_turn(row, main):
            return _is_sure(row)
        over_middle = row.box.x0 < middle < row.box.x1
        return over_middle and any(
            abs(row.box.y_centre - other.box.y_centre) < 0.5 * other.box.height for other in main
        )

    return [row for row, support in voters if belongs(row, support)]


def _of_sides(rows: Sequence[Row], main: Sequence[Row], width: int) -> list[Row]:
    """Rows on one row with the main ones, where lines stand left and right, too.

    A sign stays while subtitles beside it come and go; lines of several speakers come in turn,
    at least now and then. They may also be all that there is.
    """
    in_main = {id(row) for row in main}
    found: dict[int, Row] = {}
    for one in _levels(main or rows):
        there = [
            row for row in rows if _is_level(row, one) and (id(row) in in_main or _is_sure(row))
        ]
        aside = [row for row in there if id(row) not in in_main]
        if aside and _has_sides(in_turn(there), width):
            found |= {id(row): row for row in aside}
    return list(found.values())


def _levels(rows: Sequence[Row]) -> list[Row]:
    """One row for each level on which some stand."""
    levels: list[Row] = []
    for row in rows:
        if not any(_is_level(row, one) for one in levels):
            levels.append(row)
    return levels


def _is_level(a: Row, b: Row) -> bool:
    near = abs(a.box.y_centre - b.box.y_centre) < _LEVEL * b.box.height
    return near and _AS_TALL < a.box.height / b.box.height < 1 / _AS_TALL


def in_turn(rows: Sequence[Row]) -> list[Row]:
    """Those of the rows during which no other one stands."""
    ordered = sorted(rows, key=by_time)
    ends = [0, *accumulate((row.end_us for row in ordered), max)]
    starts = [*(row.start_us for row in ordered[1:]), ordered[-1].end_us]
    return [
        row
        for row, latest, following in zip(ordered, ends, starts, strict=False)
        if max(latest - row.start_us, row.end_us - following) <= 2 * row.frame_us
    ]


def _has_sides(rows: Sequence[Row], width: int) -> bool:
    """Whether there are several texts, some of them left and some right of the middle."""
    asides = [row.box.x_centre / width - 0.5 for row in rows]
    texts = {letters(row.text) for row in rows}
    several = len(texts) >= _COMMON_TEXTS
    return several and min(asides) < -_NEAR_MAIN and max(asides) > _NEAR_MAIN


def _is_sure(row: Row) -> bool:
    return row.confidence >= _PLAIN_CONFIDENCE and row.lived_us >= _LIVES_ALONE_US


def _is_plain(row: Row, width: int, calm: bool) -> bool:
    """Whether a row that stands alone is centred and, in a longer film, well read."""
    centred = abs(row.box.x_centre - width / 2) < _ON_CENTRE * width
    return centred and (calm or row.confidence >= _PLAIN_CONFIDENCE)


def _is_in_turn(row: Row, main: Sequence[Row]) -> bool:
    """Whether no subtitle of the main place stands while the row does."""
    slack_us = 2 * row.frame_us
    return not any(
        row.start_us + slack_us < other.end_us and other.start_us + slack_us < row.end_us
        for other in main
    )


def _together(a: Row, b: Row) -> bool:
    tolerance_us = max(SAME_TIME_US, 3 * a.frame_us)
    return abs(a.start_us - b.start_us) <= tolerance_us and abs(a.end_us - b.end_us) <= tolerance_us


def in_step(a: Row, b: Row) -> bool:
    """Whether two rows come and go together, one above the other."""
    apart = abs(a.box.y_centre - b.box.y_centre)
    return _together(a, b) and apart < STACKED * max(a.box.height, b.box.height)
