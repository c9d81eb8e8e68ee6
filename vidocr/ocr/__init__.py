"""OCR engines, one a file, made by name."""

from __future__ import annotations

from vidocr.errors import UsageError
from vidocr.model import OcrEngine, TextDetector


def make_engine(name: str) -> OcrEngine:
    """The engine called ``name``, ready to read.

    Raises:
        UsageError: there is no such engine.
        DependencyError: its package or models are missing.
    """
    if name == "rapid":
        from vidocr.ocr.rapid import RapidEngine

        return RapidEngine()
    if name == "fake":
        from vidocr.ocr.fake import FakeEngine

        return FakeEngine()
    raise UsageError(f"engine: there is no {name!r}; see vidocr --help for those there are")


def make_detector() -> TextDetector:
    """The text detector that finds lines for every engine."""
    from vidocr.ocr.rapid import RapidDetector

    return RapidDetector()
