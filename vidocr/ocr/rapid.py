"""PP-OCR's models, which come in RapidOCR's wheel and need no network.

They read Chinese, English, Japanese and some 45 languages in Latin script.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import cv2
import numpy as np

from vidocr.model import Box, Image, Line
from vidocr.ocr.ctc import Alphabet, confidence, decoded
from vidocr.ocr.detector import RapidDetector
from vidocr.ocr.unread import with_marks
from vidocr.ocr.wheel import characters, run

_DETECT_SIDE_PX = 960
_DETECT_HEIGHTS_PX = (72, 128)  # a line and its margins: long, and short
_DETECT_AREA_PX = 45_000  # between the two: what detection may cost
_END_MARGIN = 0.2  # line heights at both ends: a full stop may stand outside of the box
_LEAST_HEIGHT_PX = 64
_LINE_PX = 48  # the height that the recogniser takes
_PAD_PX = 8
_LEAST_SIDE_PX = 16


class RapidEngine:
    """PP-OCR's own model: reads lines where they are known to stand, or looks for them."""

    name = "rapid"
    batch_size = 1

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """Lines of each picture, top to bottom.

        Raises:
            EngineError: a model failed on a picture.
        """
        return [lines_of(image, _line_at) for image in images]

    def read_at(self, images: Sequence[Image], boxes: Sequence[Box]) -> Sequence[Line]:
        """The one line of each picture that stands in its box; without text where there is none.

        It reads more exactly than ``read``, and takes little more than half the time.

        Raises:
            EngineError: the model failed on a picture.
        """
        return [_line_at(_bgr(image), box) for image, box in zip(images, boxes, strict=True)]


def _line_at(bgr: Any, box: Box) -> Line:
    """What PP-OCR's own model reads in the box, and the marks that it has no class for."""
    x0, y0, x1, y1 = around(bgr, box)
    probabilities = _probabilities(bgr[y0:y1, x0:x1])
    glyphs = decoded(probabilities, _alphabet())
    luma = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    glyphs = with_marks(glyphs, len(probabilities), luma, box, Box(x0, y0, x1, y1))
    text = "".join(glyph.character for glyph in glyphs)
    return Line(text, None, confidence(glyphs))


def _probabilities(bgr: Any) -> Any:
    """Of each class in each column of a line, shape (columns, classes)."""
    height, width = bgr.shape[:2]
    size = max(_LEAST_SIDE_PX, math.ceil(width * _LINE_PX / height)), _LINE_PX
    way = cv2.INTER_AREA if height > _LINE_PX else cv2.INTER_LINEAR
    scaled = cv2.resize(bgr, size, interpolation=way).astype(np.float32).transpose(2, 0, 1)
    return run("rec", scaled / np.float32(127.5) - 1)


@cache
def _alphabet() -> Alphabet:
    return Alphabet(characters())


def _bgr(image: Image) -> Any:
    return cv2.cvtColor(image, cv2.COLOR_RGB2BGR)


def lines_of(image: Image, line_at: Callable[[Any, Box], Line]) -> list[Line]:
    """The lines that detection finds, top to bottom."""
    bgr = _bgr(image)
    pad = _PAD_PX if image.shape[0] < _LEAST_HEIGHT_PX else 0
    if pad:
        bgr = cv2.copyMakeBorder(bgr, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    places = sorted(_places(bgr), key=lambda box: box.y0)
    lines = [line_at(bgr, box) for box in places]
    return [
        replace(line, box=box.moved(-pad, -pad))
        for box, line in zip(places, lines, strict=True)
        if line.text
    ]


def _places(bgr: Any) -> list[Box]:
    height, width = bgr.shape[:2]
    least, most = _DETECT_HEIGHTS_PX
    affordable = math.sqrt(_DETECT_AREA_PX * height / width)
    zoom = min(1.0, min(most, max(least, affordable)) / height, _DETECT_SIDE_PX / width)
    luma = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    if zoom < 1:
        luma = cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    return [box.scaled(1 / zoom) for box in RapidDetector().detect(np.asarray(luma, np.uint8))]


def around(bgr: Any, box: Box) -> tuple[int, int, int, int]:
    """Corners (x0, y0, x1, y1) of the box and a little beside it, within the picture."""
    height, width = bgr.shape[:2]
    margin = _END_MARGIN * box.height
    x0, y0 = max(0, int(box.x0 - margin)), max(0, int(box.y0))
    return x0, y0, min(width, math.ceil(box.x1 + margin)), min(height, math.ceil(box.y1))
