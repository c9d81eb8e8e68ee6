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

__all__ = ["AXES", "CASES", "Case"]

CASES = (
    *background.CASES,
    *style.CASES,
    *place.CASES,
    *timing.CASES,
    *distractors.CASES,
    *encodings.CASES,
    *scripts.CASES,
)
AXES = tuple(dict.fromkeys(case.axis for case in CASES))
