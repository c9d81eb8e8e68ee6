"""One line of text, followed both ways in time from the frame in which it was detected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vidocr.model import Box, Luma
from vidocr.stages.changes import GlyphCut, GlyphWatch, Ring, Sample, end_moves, moves
from vidocr.stages.strokes import Match, Rect, StrokeTemplate

MIN_FRAMES = 3

_STRUCTURE = 0.6
_WEAKEST = 0.35
_CONTRAST = 0.04
_GONE_FRAMES = 2
_PART_GONE_FRAMES = 3
_EXPOSURES = 9


class Walk:
    """Steps away from the seed until the line no longer stands."""

    def __init__(self) -> None:
        self.gone = 0
        self._part_gone = 0
        self.only_part = False

    def step(self, match: Match) -> int:
        """How many frames ago, this one included, the line was last known gone; 0: it stands."""
        absent = match.structure < _STRUCTURE or match.contrast < _CONTRAST
        self.gone = self.gone + 1 if absent else 0
        self._part_gone = self._part_gone + 1 if match.weakest < _WEAKEST else 0
        if self.gone >= _GONE_FRAMES:
            return self.gone
        self.only_part = self._part_gone >= _PART_GONE_FRAMES
        return self._part_gone if self.only_part else 0


class Exposures:
    """Crops of a line, spread evenly over the time that it stands; bounded in number."""

    def __init__(self) -> None:
        self._crops: list[tuple[int, Luma]] = []
        self._stride = 1

    def add(self, index: int, crop: Luma) -> None:
        """Keep a copy of ``crop`` if frame ``index`` is one of those wanted."""
        if index % self._stride and self._crops:
            return
        self._crops.append((index, crop.copy()))
        if len(self._crops) > 2 * _EXPOSURES:
            self._stride *= 2
            self._crops = [kept for kept in self._crops if kept[0] % self._stride == 0]

    def mean(self, first: int, end: int) -> Luma:
        """Mean of up to nine crops of the frames ``first`` to ``end`` (exclusive).

        The outermost frames are left out where there are enough: they may be half faded.
        """
        inner = (first + 1, end - 1) if end - first > 4 else (first, end)
        crops = self._between(*inner) or self._between(first, end)
        chosen = np.unique(np.linspace(0, len(crops) - 1, min(_EXPOSURES, len(crops))).round())
        mean = np.mean([crops[int(at)] for at in chosen], axis=0, dtype=np.float32)
        return np.asarray(mean + 0.5, np.uint8)

    def one(self, first: int, end: int) -> Luma:
        """The crop of a frame from the middle of the frames ``first`` to ``end`` (exclusive)."""
        crops = self._between(first, end)
        return crops[len(crops) // 2]

    def _between(self, first: int, end: int) -> list[Luma]:
        return [crop for index, crop in self._crops if first <= index < end]


class Segment(NamedTuple):
    """A stretch of a line without a changed glyph; ``end`` exclusive, columns of ``small``."""

    first: int
    end: int
    start_us: int
    end_us: int
    image: Luma
    frame: Luma
    before: tuple[float, float] | None
    after: tuple[float, float] | None


class FollowedLine:
    """A line of text while it stands.

    ``box`` is in px of the resized region, ``read_rect`` the part of the unresized crop that
    is kept for reading.
    """

    def __init__(
        self, seed: int, box: Box, template: StrokeTemplate, ring: Ring, read_rect: Rect
    ) -> None:
        self.box = box
        self.seed = seed
        self.template = template
        self.read_rect = read_rect
        self.first = self._retrace(ring)
        self.start_us = ring[self.first].start_us
        self.end: int | None = None
        self.only_part = False
        self._walk = Walk()
        self._watch: GlyphWatch | None = GlyphWatch.at(template.rect, box.height, ring)
        self._watched = self.first
        self._cut: GlyphCut | None = None
        self._segment_first, self._segment_us = self.first, self.start_us
        self._exposures = Exposures()

    @classmethod
    def sow(cls, seed: int, box: Box, ring: Ring, read_rect: Rect) -> FollowedLine | None:
        """Follow the line in ``box`` from frame ``seed``; None where no strokes stand still.

        Frames that the ring holds after the seed are still to be given to ``advance``.
        """
        rect = Rect.around(box, ring[seed].small.shape, 2, 1)
        if rect.x1 - rect.x0 < 6 or rect.y1 - rect.y0 < 6:
            return None
        runs = [
            [ring[index].small for index in range(first, first + 3)]
            for first in (seed - 1, seed, seed - 2)
            if first in ring and first + 2 in ring
        ]
        template = StrokeTemplate.build(runs, rect, box.height)
        return None if template is None else cls(seed, box, template, ring, read_rect)

    def _retrace(self, ring: Ring) -> int:
        """The first frame of the line, as far back as the ring goes."""
        walk = Walk()
        for index in range(self.seed - 1, ring.first - 1, -1):
            back = walk.step(self.template.match(ring[index].small))
            if back:
                return index + back
        return ring.first + walk.gone

    def covers(self, index: int) -> bool:
        """Whether the line stands at frame ``index`` (as far as is known by now)."""
        return self.first <= index and (self.end is None or index < self.end)

    def advance(self, sample: Sample, ring: Ring) -> list[Segment]:
        """Take the next frame; segments that ended with it. ``end`` is set when the line left."""
        self._exposures.add(sample.index, self.read_rect.of(sample.crop))
        if sample.index <= self.seed:
            return self._watch_until(sample.index + 1, ring)
        back = self._walk.step(self.template.match(sample.small))
        if back:
            self.only_part = self._walk.only_part
            return self.close(sample.index - back + 1, ring[sample.index - back + 1].start_us, ring)
        return self._watch_until(sample.index - _PART_GONE_FRAMES, ring)

    def close(self, end: int, end_us: int, ring: Ring) -> list[Segment]:
        """End the line at frame ``end`` (exclusive); its last segments."""
        segments = self._watch_until(end, ring)
        if self._watch and (cut := self._watch.last()):
            segments += self._cut_at(cut, ring)
        self.end = end
        segments.append(self._segment(end, end_us, None))
        self._exposures, self._watch = Exposures(), None
        return segments

    @property
    def doubtful_frames(self) -> int:
        """How many of the newest frames did not show the line."""
        return self._walk.gone

    def _watch_until(self, end: int, ring: Ring) -> list[Segment]:
        segments = []
        for index in range(max(self._watched, ring.first), end):
            if self._watch and (cut := self._watch.push(ring[index])):
                segments += self._cut_at(cut, ring)
        self._watched = max(self._watched, end)
        return segments

    def _cut_at(self, cut: GlyphCut, ring: Ring) -> list[Segment]:
        if cut.index - self._segment_first < MIN_FRAMES:
            return []
        segment = self._segment(cut.index, ring[cut.index].start_us, cut)
        self._begin_segment(cut, ring)
        return [segment]

    def _segment(self, end: int, end_us: int, cut: GlyphCut | None) -> Segment:
        return Segment(
            self._segment_first,
            end,
            self._segment_us,
            end_us,
            self._exposures.mean(self._segment_first, end),
            self._exposures.one(self._segment_first, end),
            (self._cut.x0, self._cut.x1) if self._cut else None,
            (cut.x0, cut.x1) if cut else None,
        )

    def _begin_segment(self, cut: GlyphCut, ring: Ring) -> None:
        self._cut = cut
        self._segment_first, self._segment_us = cut.index, ring[cut.index].start_us
        self._exposures = Exposures()
        for index in range(cut.index, ring.last + 1):
            self._exposures.add(index, self.read_rect.of(ring[index].crop))

    def begin_at(self, first: int, ring: Ring) -> None:
        """Let the line stand from frame ``first`` on, which the ring holds."""
        self.first = self._segment_first = self._watched = first
        self.start_us = self._segment_us = ring[first].start_us

    def reach_back(self, other: FollowedLine) -> None:
        """Take over the time of ``other``, of which this line is the wider view."""
        if other.start_us < self.start_us:
            self.start_us = self._segment_us = other.start_us

    def moved(self, ring: Ring) -> bool:
        """Whether the line slides (a ticker, credits), or an end of it (print behind a cue)."""
        if self.seed not in ring:
            return False
        rect, height = self.template.rect, self.box.height
        stands = range(self.first, self.end or ring.last + 1)
        return moves(ring, self.seed, rect, height) or end_moves(
            ring, self.seed, stands, rect, height
        )


def join_rows(boxes: Sequence[Box], max_gap: float = 0.9) -> list[Box]:
    """Join boxes that stand on one row, ``max_gap`` line heights apart at most."""
    rows: list[Box] = []
    for box in sorted(boxes):
        for at, row in enumerate(rows):
            low = min(row.height, box.height)
            high = max(row.height, box.height)
            near = box.x0 - row.x1 < max_gap * high
            if near and low > 0.5 * high and row.overlap(box)[1] > 0.6 * low:
                rows[at] = row.union(box)
                break
        else:
            rows.append(box)
    return rows
