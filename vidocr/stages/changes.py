"""When text may have appeared, when one glyph of a line changed, and whether a line moves.

Everything here sees resized luma (a line is about ``LINE_HEIGHT_PX`` high) and keeps no
more than about a second and a half of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import US_PER_S, Luma
from vidocr.stages.strokes import Rect, dilated

RING_S = 1.6
_MIN_RING = 24

ONSET_FRAMES = 3
_ONSET = 0.12  # of line height squared
_PEAK = 3  # frames on each side that an onset must top

_GLYPH_S = 0.17
_GLYPH = 0.02  # of line height squared
_STILL = 24  # luma range over the window
_JUMP = 40  # luma
_FEW = 6  # changed pixels that no glyph makes
_SCENE = 0.02  # share of the pixels off the strokes
_BRIGHT_SHARE = 95  # percentile of the luma on strokes: the letters, or the box behind them
_BRIGHT_FROM = 150
_SWAPPED_SHARE = 90
_NEAR_BRIGHT = 20

_MOVING_STEPS = ((3, 6), (-3, -6), (-3, 3), (2, 4), (-2, -4), (2, 3))  # pairs of frames away
_MOVING_MATCH = 0.8
_LEAST_END = 2  # line heights: in less, the background may match better than the letters


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame of a region: ``crop`` to be read, ``small`` and its ``strokes`` to be compared."""

    index: int
    start_us: int
    crop: Luma
    small: Luma
    strokes: Luma


class Ring:
    """The last frames of a region, by frame index; old ones fall out."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque()

    def push(self, sample: Sample) -> None:
        """Add the newest frame."""
        self._samples.append(sample)
        oldest_us = sample.start_us - RING_S * US_PER_S
        while len(self._samples) > _MIN_RING and self._samples[0].start_us < oldest_us:
            self._samples.popleft()

    @property
    def first(self) -> int:
        """Index of the oldest frame kept."""
        return self._samples[0].index

    @property
    def last(self) -> int:
        """Index of the newest frame."""
        return self._samples[-1].index

    def __contains__(self, index: int) -> bool:
        return bool(self._samples) and self.first <= index <= self.last

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index - self.first]

    def nearest(self, index: int) -> Sample:
        """The frame ``index`` or the nearest one that is kept."""
        return self[min(self.last, max(self.first, index))]

    def frames_in(self, time_us: int) -> int:
        """How many frames ``time_us`` holds at the present frame rate; at least 1."""
        span_us = self._samples[-1].start_us - self._samples[0].start_us
        return max(1, round(time_us * (len(self._samples) - 1) / max(1, span_us)))


class Onsets:
    """Finds the frames at which strokes have just become still."""

    def __init__(self) -> None:
        self._scores: deque[tuple[int, int]] = deque(maxlen=2 * _PEAK + 1)

    def push(self, ring: Ring, line_height: float) -> int | None:
        """After a frame was added to ``ring``: the frame of a new peak, some frames back."""
        at = ring.last - ONSET_FRAMES + 1
        if at - ONSET_FRAMES not in ring:
            return None
        least = _ONSET * line_height**2
        self._scores.append((self._score(ring, at, least), at))
        if len(self._scores) <= _PEAK:
            return None
        score, at = self._scores[-1 - _PEAK]
        return at if score > least and score == max(self._scores)[0] else None

    @staticmethod
    def _score(ring: Ring, at: int, least: float) -> int:
        """Pixels of strokes that are new and stay; 0 where it is clear that they are too few."""
        after, before = ring[at].strokes, ring[at - 1].strokes
        for step in range(1, ONSET_FRAMES):
            after = np.asarray(cv2.bitwise_and(after, ring[at + step].strokes), np.uint8)
        if cv2.countNonZero(after) <= least:
            return 0
        for step in range(1, ONSET_FRAMES):
            before = np.asarray(cv2.bitwise_or(before, ring[at - 1 - step].strokes), np.uint8)
        if cv2.countNonZero(cv2.subtract(after, before)) <= least:
            return 0
        return cv2.countNonZero(cv2.subtract(after, dilated(before)))


@dataclass(frozen=True, slots=True)
class GlyphCut:
    """From frame ``index`` on some glyphs differ, in the columns ``x0`` to ``x1`` of the region."""

    index: int
    x0: float
    x1: float


class _Window(NamedTuple):
    """What stood still in the frames of a window: masks of 0 and 255, and its middle luma."""

    middle: Luma
    still: Luma
    strokes: Luma


class GlyphWatch:
    """Sees one changed glyph within a line that otherwise stands.

    Pixels on strokes that are still before and still after, and jump in between, mark the
    change; a scene cut is told by as many jumps off the strokes.
    """

    def __init__(self, rect: Rect, line_height: float, window: int) -> None:
        self._rect = rect
        self._line_height = line_height
        self._size = max(3, window)
        self._crops: deque[Luma] = deque(maxlen=self._size)
        self._strokes: deque[Luma] = deque(maxlen=self._size)
        self._windows: deque[_Window] = deque(maxlen=self._size + 1)
        self._best: tuple[float, GlyphCut] | None = None

    @classmethod
    def at(cls, rect: Rect, line_height: float, ring: Ring) -> GlyphWatch:
        """A watch whose window fits the frame rate of ``ring``."""
        return cls(rect, line_height, ring.frames_in(round(_GLYPH_S * US_PER_S)))

    def push(self, sample: Sample) -> GlyphCut | None:
        """Add the next frame; the cut, if one is certain by now (two windows later)."""
        # Copies, as each is gone over several times: in one piece that is faster.
        self._crops.append(np.ascontiguousarray(self._rect.of(sample.small)))
        self._strokes.append(np.ascontiguousarray(self._rect.of(sample.strokes)))
        if len(self._crops) < self._size:
            return None
        self._windows.append(self._window())
        if len(self._windows) > self._size:
            self._compare(sample.index)
        return self._settled(sample.index)

    def last(self) -> GlyphCut | None:
        """The line has ended: a cut that was not yet certain."""
        return self._best[1] if self._best else None

    def _settled(self, index: int) -> GlyphCut | None:
        if self._best is None or index - self._size + 1 - self._best[1].index < self._size:
            return None
        cut, self._best = self._best[1], None
        return cut

    def _window(self) -> _Window:
        low = high = self._crops[0]
        for crop in islice(self._crops, 1, None):
            low, high = np.minimum(low, crop), np.maximum(high, crop)
        still = cv2.threshold(high - low, _STILL, 255, cv2.THRESH_BINARY_INV)[1]
        strokes = self._strokes[0]
        for mask in islice(self._strokes, 1, None):
            strokes = strokes & mask
        middle = low + (high - low) // 2
        return _Window(middle, np.asarray(still, np.uint8), strokes)

    def _compare(self, index: int) -> None:
        before, after = self._windows[0], self._windows[-1]
        difference = cv2.absdiff(before.middle, after.middle)
        large = np.asarray(cv2.threshold(difference, _JUMP, 255, cv2.THRESH_BINARY)[1], np.uint8)
        jumps = large & before.still & after.still
        if cv2.countNonZero(jumps) < _FEW:
            return
        near = dilated(before.strokes | after.strokes)
        if cv2.countNonZero(jumps & ~near) > _SCENE * jumps.size:
            return
        self._weigh(jumps & near, near, np.maximum(before.middle, after.middle), index)

    def _weigh(self, changed: Luma, near: Luma, brightest: Luma, index: int) -> None:
        """Note the change if it is that of a glyph, and the strongest so far."""
        side = max(5, int(0.6 * self._line_height)) | 1
        ones = (changed > 0).astype(np.float32)
        local = cv2.boxFilter(
            ones, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT
        )
        _, most, _, (x, y) = cv2.minMaxLoc(local)
        score = most / self._line_height**2
        if score <= _GLYPH or (self._best is not None and score <= self._best[0]):
            return
        half = side // 2
        here = (slice(max(0, y - half), y + half + 1), slice(max(0, x - half), x + half + 1))
        swapped = np.percentile(brightest[here][changed[here] > 0], _SWAPPED_SHARE)
        letters = np.percentile(brightest[near > 0], _BRIGHT_SHARE)
        if letters > _BRIGHT_FROM and swapped < letters - _NEAR_BRIGHT:
            return  # a glyph swaps bright for dark; a background behind the letters need not
        columns = np.flatnonzero(local.max(axis=0) >= 0.5 * most)
        x0, x1 = self._rect.x0 + int(columns[0]), self._rect.x0 + int(columns[-1])
        self._best = (score, GlyphCut(index - self._size + 1, x0, x1))


def moves(ring: Ring, index: int, rect: Rect, line_height: float) -> bool:
    """Whether what stands in ``rect`` at frame ``index`` slides at a steady pace.

    Its offsets some frames away must be proportional: a neighbouring cue that shares words
    matches somewhere, but not on a straight path.
    """
    if rect.x1 - rect.x0 > 0.8 * ring[index].small.shape[1]:
        third = (rect.x1 - rect.x0) // 3
        rect = rect._replace(x0=rect.x0 + third, x1=rect.x1 - third)
    return _slides(ring, index, rect, line_height)


def end_moves(ring: Ring, index: int, stands: range, rect: Rect, line_height: float) -> bool:
    """Whether an end of what stands in ``rect`` slides, though its middle may not.

    So does a line of moving print that a subtitle covers in part. It has to leave its place in
    the frames ``stands``, in which it is followed, too: a cue may be a step on a straight path
    between its neighbours, but it stays where it is.
    """
    quarter = (rect.x1 - rect.x0) // 4
    if quarter < _LEAST_END * line_height:
        return False
    first, last = ring.nearest(stands[0]).small, ring.nearest(stands[-1]).small
    for end in (rect._replace(x1=rect.x0 + quarter), rect._replace(x0=rect.x1 - quarter)):
        shift = _offset(first, last, end, line_height)
        if shift is not None and shift.any() and _slides(ring, index, end, line_height):
            return True
    return False


def _slides(ring: Ring, index: int, rect: Rect, line_height: float) -> bool:
    steps = {step for pair in _MOVING_STEPS for step in pair if index + step in ring}
    here = ring[index].small
    offsets = {
        step: offset
        for step in steps
        if (offset := _offset(here, ring[index + step].small, rect, line_height)) is not None
    }
    return any(_steady(offsets, p, q) for p, q in _MOVING_STEPS if p in offsets and q in offsets)


def _steady(offsets: dict[int, NDArray[np.int64]], p: int, q: int) -> bool:
    far = np.abs(offsets[p]).max() >= 1
    return bool(far and np.abs(offsets[q] - offsets[p] * (q / p)).max() <= 1.5)


def _offset(here: Luma, there: Luma, rect: Rect, line_height: float) -> NDArray[np.int64] | None:
    """Where the text of ``rect`` stands in the other frame, as (dx, dy) px; None if nowhere."""
    height, width = here.shape
    x0, x1 = rect.x0, rect.x1
    reach = int(1.5 * line_height)
    rise = int(0.5 * line_height)
    left, top = max(0, x0 - reach), max(0, rect.y0 - rise)
    area = there[top : min(height, rect.y1 + rise), left : min(width, x1 + reach)]
    scores = cv2.matchTemplate(area, here[rect.y0 : rect.y1, x0:x1], cv2.TM_CCOEFF_NORMED)
    _, best, _, (dx, dy) = cv2.minMaxLoc(scores)
    if best <= _MOVING_MATCH:
        return None
    return np.array([left + dx - x0, top + dy - rect.y0])
