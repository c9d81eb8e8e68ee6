"""Marks that PP-OCR's model has no class for, told by the ink that it passed over.

Its 18,708 characters lack ``¡`` and ``„``. It reads nothing where they stand, and leaves a gap
before the word that they open. What stands in such a gap is told by its shape alone, measured
against the letters of the line, and only where there is no doubt: nothing else has a dot above a
stem that hangs below the line, or two like commas below it that were not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np

from vidocr.model import Box, Luma
from vidocr.ocr.ctc import Glyph, words
from vidocr.ocr.ink import LINE_HEIGHT_PX, PICTURE, ink_of

_MARGINS = (0.35, 0.6)  # line heights above and below, as ``ink_of`` asks, and at the ends
_GAPS = ((5, 0.0), (4, 5e-5), (3, 1e-3))  # columns before a word, and how likely any character is
_DARK = 128
_SPECK_PX = 6  # least area, where a line is as high as ``ink_of`` makes it
_LETTER = 0.25  # line heights; lower are dots, dashes and quotes
_LEAST_LETTERS = 2
_INSIDE = 0.1  # line heights: a letter is read in a column before its end
_BESIDE = 0.1  # line heights above and below the line's box; beyond stand other rows


class _Rule(NamedTuple):
    """Between which heights the small letters of a line stand, and how tall they are."""

    top: float
    base: float

    @property
    def tall(self) -> float:
        return self.base - self.top


def with_marks(
    glyphs: Sequence[Glyph], columns: int, luma: Luma, box: Box, read: Box
) -> tuple[Glyph, ...]:
    """The glyphs of a line, with the marks that were passed over before its words.

    Args:
        glyphs: what was read.
        columns: how many the model gave.
        luma: a picture of the line with 0.35 line heights above and below.
        box: where the line stands in it.
        read: the part of it that was read.
    """
    gaps = [(at, after) for at, after in words(glyphs) if _is_wide(glyphs[at], after)]
    parts = _parts(luma, box) if gaps else []
    rule = _rule_of(parts)
    if rule is None:
        return tuple(glyphs)
    marked = list(glyphs)
    for at, after in reversed(gaps):
        x0, x1 = (
            (read.x0 - box.x0 + (column + 0.5) * read.width / columns) / box.height
            for column in (after - 1, glyphs[at].column)
        )
        between = [part for part in parts if x0 < part.x0 and part.x1 < x1 - _INSIDE]
        if mark := _mark_among(between, rule):
            marked.insert(at, Glyph(mark, glyphs[at].probability, after))
    return tuple(marked)


def _is_wide(glyph: Glyph, after: int) -> bool:
    gap = glyph.column - after
    return any(gap >= wide and glyph.passed >= least for wide, least in _GAPS)


def _parts(luma: Luma, box: Box) -> list[Box]:
    """The boxes of the line's connected ink, left to right, in line heights from its corner."""
    up, across = _MARGINS[0] * box.height, _MARGINS[1] * box.height
    y0, x0 = max(0, round(box.y0 - up)), max(0, round(box.x0 - across))
    cut = luma[y0 : round(box.y1 + up), x0 : round(box.x1 + across)]
    ink = ink_of(cut)
    if ink is None:
        return []
    mask = np.asarray(ink.picture < _DARK, np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    zoom = cut.shape[0] / (LINE_HEIGHT_PX * PICTURE)
    frame = (ink.picture.shape[1] * zoom - ink.box.width) / 2
    left, top = x0 + ink.box.x0 - frame - box.x0, y0 + ink.box.y0 - box.y0
    parts = (
        Box(
            *(
                (shift + zoom * value) / box.height
                for shift, value in ((left, x), (top, y), (left, x + width), (top, y + height))
            )
        )
        for x, y, width, height, area in stats[1:].tolist()
        if area >= _SPECK_PX
    )
    return sorted(part for part in parts if part.y0 < 1 + _BESIDE and part.y1 > -_BESIDE)


def _rule_of(parts: Sequence[Box]) -> _Rule | None:
    """The rule of a line, by where most of its letters begin and end."""
    letters = [part for part in parts if part.height > _LETTER]
    if len(letters) < _LEAST_LETTERS:
        return None
    return _Rule(median(part.y0 for part in letters), median(part.y1 for part in letters))


def _mark_among(parts: Sequence[Box], rule: _Rule) -> str:
    """The mark that two of the parts in a gap are, specks of the background aside."""
    marks = (_mark(left, right, rule) for left, right in combinations(parts, 2))
    return next(filter(None, marks), "")


def _mark(left: Box, right: Box, rule: _Rule) -> str:
    """The mark that two parts in a gap are; empty for none."""
    dot, stem = sorted((left, right), key=lambda part: part.y0)
    if _is_inverted(dot, stem, rule):
        return "¡"
    return "„" if _is_low_quote(left, right, rule) else ""


def _is_inverted(dot: Box, stem: Box, rule: _Rule) -> bool:
    """Whether a dot stands above a stem that hangs below the line."""
    tall = rule.tall
    above = 0 < stem.y0 - dot.y1 < 0.4 * tall
    one = min(dot.x1, stem.x1) > max(dot.x0, stem.x0) - 0.15 * tall
    round_ = 0.5 < dot.width / dot.height < 2 and dot.height < 0.45 * tall
    long = stem.height > max(0.55 * tall, 2 * dot.height) and stem.width < 0.6 * stem.height
    low = dot.y0 > rule.top - 0.2 * tall and stem.y1 > rule.base + 0.12 * tall
    return above and one and round_ and long and low


def _is_low_quote(left: Box, right: Box, rule: _Rule) -> bool:
    """Whether two parts are alike, side by side, and hang below the line as commas do."""
    tall = rule.tall
    alike = (
        max(abs(left.y0 - right.y0), abs(left.y1 - right.y1), abs(left.width - right.width))
        < 0.15 * tall
    )
    beside = -0.15 * tall < right.x0 - left.x1 < 0.5 * tall
    small = all(0.25 * tall < part.height < 0.75 * tall for part in (left, right))
    low = left.y0 > rule.base - 0.45 * tall and left.y1 > rule.base + 0.08 * tall
    return alike and beside and small and low
