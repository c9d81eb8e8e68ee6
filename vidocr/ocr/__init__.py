"""OCR engines, one a file, and the choice among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidocr.engines import TextDetector


def make_detector() -> TextDetector:
    """The text detector that finds lines for every engine."""
    from vidocr.ocr.detector import RapidDetector

    return RapidDetector()
