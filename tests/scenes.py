"""Frames of luma with text at known places: what the stages see, without a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from tests.backdrops import Backdrop, flat
from tests.clips import Clip, Overlay, Place, Style, Text, draw, patch_of
from vidocr.model import Box, Frame, Luma, Region
from vidocr.stages.changes import Ring, Sample
from vidocr.stages.strokes import Rect, StrokeTemplate, stroke_mask

SIZE = (480, 80)
BAND = Region(0, 0, 480, 80, 34.0)
STEP_US = 40_000
STYLE = Style(size=0.4)  # 32 px
MIDDLE = Place(y=0.72)
DARK = flat((60, 60, 60))


def line(text: str, start: int, end: int, style: Style = STYLE, place: Place = MIDDLE) -> Text:
    """A line of text in the frames ``start`` to ``end`` (exclusive) of a band."""
    return Text(start, end, text, style, place)


def scene(
    count: int,
    *texts: Text,
    backdrop: Backdrop = DARK,
    overlays: tuple[Overlay, ...] = (),
    size: tuple[int, int] = SIZE,
) -> list[Luma]:
    """``count`` frames of luma with texts."""
    clip = Clip(size, count / 25, backdrop, texts, overlays)
    return [np.asarray(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), np.uint8) for p in draw(clip)]


def box_of(text: Text, size: tuple[int, int] = SIZE) -> Box:
    """Where the ink of a text stands in px."""
    patch = patch_of(text, size)
    height, width = patch.opacity.shape[:2]
    return Box(patch.x, patch.y, patch.x + width, patch.y + height)


def template_of(frames: Sequence[Luma], box: Box) -> StrokeTemplate:
    """The template of a line that stands in all of ``frames``."""
    rect = Rect.around(box, frames[0].shape, 2, 1)
    template = StrokeTemplate.build([frames], rect, box.height)
    assert template is not None
    return template


def sample(index: int, luma: Luma, start_us: int | None = None) -> Sample:
    """A frame as the follower of a region keeps it."""
    at_us = STEP_US * index if start_us is None else start_us
    return Sample(index, at_us, luma, luma, stroke_mask(luma))


def ring_of(lumas: Iterable[Luma]) -> Ring:
    """A ring to which frames were added in order."""
    ring = Ring()
    for index, luma in enumerate(lumas):
        ring.push(sample(index, luma))
    return ring


def frames_of(lumas: Iterable[Luma], times_us: Sequence[int] | None = None) -> Iterable[Frame]:
    """Decoded frames of one region."""
    for index, luma in enumerate(lumas):
        yield Frame(STEP_US * index if times_us is None else times_us[index], (luma,))


class InkDetector:
    """Finds rows of bright ink; true on backdrops that are darker than the letters."""

    def __init__(self, least: int = 200) -> None:
        self.least = least
        self.looks = 0

    def detect(self, luma: Luma) -> list[Box]:
        """Boxes around bright ink; letters closer than 12 px belong to one."""
        self.looks += 1
        ink = cv2.threshold(luma, self.least, 255, cv2.THRESH_BINARY)[1]
        joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 25), np.uint8))
        _, _, found, _ = cv2.connectedComponentsWithStats(joined)
        return [
            Box(x - 3, y - 3, x + width + 3, y + height + 3)
            for x, y, width, height, _ in found[1:].tolist()
            if height > 4
        ]
