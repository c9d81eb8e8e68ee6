"""Text detection alone: PP-OCR's model out of RapidOCR's wheel, run on luma.

The model is a DBNet (Liao et al., "Real-time Scene Text Detection with Differentiable
Binarization", 2020): a map of probabilities, in which each text stands shrunk. What goes in and
comes out is done here and not by RapidOCR, because lines of subtitles are upright and grey, which
takes a small part of the work that slanted text in colour does.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vidocr.model import Box, Luma
from vidocr.ocr.wheel import run, session

_STRIDE_PX = 32  # sides that the model takes are multiples of it
_LEAST_SIDE_PX = 16
_TEXT = 0.3  # probability from which a pixel is text
_SURE = 0.5  # mean probability in the box of a text
_GROWN = 1.6  # by so much of area over outline a text stands shrunk in the map
_LEAST_PX = 3
_TO_SIGNED = (np.arange(256, dtype=np.float32) / 127.5) - 1


class RapidDetector:
    """Upright boxes of text."""

    def __init__(self) -> None:
        session("det")  # loaded once, before several threads ask for it at once

    def detect(self, luma: Luma) -> list[Box]:
        """Upright boxes of text in px of ``luma``.

        Raises:
            DependencyError: the model is missing.
            EngineError: the model failed on a picture.
        """
        height, width = luma.shape
        if min(height, width) < _LEAST_SIDE_PX:
            return []
        across, down = _rounded(width), _rounded(height)
        chances = _chances(cv2.resize(luma, (across, down)))
        scale_x, scale_y = width / across, height / down
        return [
            Box(
                max(0.0, box.x0 * scale_x),
                max(0.0, box.y0 * scale_y),
                min(float(width), box.x1 * scale_x),
                min(float(height), box.y1 * scale_y),
            )
            for box in _texts(chances)
        ]


def _rounded(side: int) -> int:
    return max(_STRIDE_PX, round(side / _STRIDE_PX) * _STRIDE_PX)


def _chances(luma: Any) -> NDArray[np.float32]:
    """The probability of text at each pixel, of the shape of ``luma``."""
    plane = _TO_SIGNED[luma]
    (chances,) = run("det", np.broadcast_to(plane, (3, *plane.shape)))
    return np.asarray(chances, np.float32)


def _texts(chances: NDArray[np.float32]) -> list[Box]:
    bitmap = (chances > _TEXT).astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(bitmap, connectivity=8)[2]
    boxes = []
    for x, y, width, height, _ in stats[1:].tolist():
        sure = cv2.mean(chances[y : y + height, x : x + width])[0]
        if min(width, height) < _LEAST_PX or sure < _SURE:
            continue
        grown = _GROWN * width * height / (2 * (width + height))
        boxes.append(Box(x - grown, y - grown, x + width + grown, y + height + grown))
    return boxes
