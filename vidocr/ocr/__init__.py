"""OCR engines, one a file, and the choice among them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidocr.engines import TextDetector

# ONNX Runtime's wheels tell its makers of each process and model, unless this is set before they
# are imported: a film is read without a network, and nobody hears of it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def make_detector() -> TextDetector:
    """The text detector that finds lines for every engine."""
    from vidocr.ocr.detector import RapidDetector

    return RapidDetector()
