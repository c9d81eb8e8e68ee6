"""The clips of the benchmark, by axis; each axis has a module, or a few share one."""

from tests.benchmarks.clips import (
    background,
    distractors,
    encodings,
    place,
    scripts,
    style,
    timing,
)
from tests.benchmarks.clips.case import Case

__all__ = ["AXES", "CASES", "QUICK", "Case"]

CASES = (
    *background.CASES,
    *style.CASES,
    *place.CASES,
    *timing.CASES,
    *distractors.CASES,
    *encodings.CASES,
    *scripts.CASES,
)
QUICK = frozenset((
    "footage", "cuts", "snow, blizzard", "texture, busy", "slides, four slides",
    "box", "translucent, both", "italic", "two lines", "bilingual", "small",
    "both, top and bottom", "letterbox", "portrait third, lower", "strip",
    "fades, 5 frames", "one glyph", "short cues, 3 to 5 frames", "repeats",
    "ticker", "channel bug", "credits", "no subtitles",
    "ts, 10 hours late", "VP9", "AV1", "few bits, 360p",
    "variable", "interlaced, H.264", "rotated, 90",
    "Latin, Spanish", "typography, music", "Chinese, traditional",
))  # fmt: skip
"""The names of clips that show the most in three minutes on two cores."""

AXES = tuple(dict.fromkeys(case.axis for case in CASES))
