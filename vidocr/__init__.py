"""vidocr: burned-in subtitles of a video as a timed track.

    from vidocr import extract

    cues, report = extract("movie.mp4")
    for cue in cues:
        print(cue.start_us, cue.end_us, cue.text)

Names are loaded when they are first used, so that the command line starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidocr.engines import OcrEngine
    from vidocr.errors import VidocrError
    from vidocr.model import Box, Change, Cue, Image, Line, Position, Proof, Region, Source, Span
    from vidocr.options import Options
    from vidocr.pipeline import extract
    from vidocr.report import Glimpse, Reject, Report

_HOMES = {
    "extract": "vidocr.pipeline",
    "Glimpse": "vidocr.report",
    "OcrEngine": "vidocr.engines",
    "Options": "vidocr.options",
    "Reject": "vidocr.report",
    "Report": "vidocr.report",
    "VidocrError": "vidocr.errors",
}

__all__ = [
    "Box",
    "Change",
    "Cue",
    "Glimpse",
    "Image",
    "Line",
    "OcrEngine",
    "Options",
    "Position",
    "Proof",
    "Region",
    "Reject",
    "Report",
    "Source",
    "Span",
    "VidocrError",
    "extract",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'vidocr' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "vidocr.model")), name)
