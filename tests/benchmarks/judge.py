"""What the benchmark takes from the scoring; the rest of it knows of no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.benchmarks.scoring import ROUNDING_US, Score, complaints, is_hit, pairs, score
from tests.benchmarks.truth import Truth
from vidocr.model import Cue

__all__ = ["Score", "Verdict", "judge"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts, and a line for each thing that is wrong.

    A line starts with - for a cue that is missed, + for one that is invented, ~ for one that
    is read otherwise, and @ for one that starts or ends more than a frame away.
    """

    score: Score
    wrong: tuple[str, ...]


def judge(truths: Sequence[Truth], found: Sequence[Cue], frame_us: int) -> Verdict:
    """Compare what was found with the truth; within a fade any time is right."""
    cues = _lenient(truths, found)
    late = [
        _told(true, cue, frame_us)
        for true, cue in pairs(cues, found)
        if is_hit(true, cue) and _off_us(true, cue) > frame_us + ROUNDING_US
    ]
    return Verdict(score(cues, found, frame_us=frame_us), (*complaints(cues, found), *late))


def _lenient(truths: Sequence[Truth], found: Sequence[Cue]) -> list[Cue]:
    """The cues of the truth, their times as near to those of what was found as fades allow."""
    cues = [truth.cue for truth in truths]
    partners = {id(true): cue for true, cue in pairs(cues, found)}
    return [
        _nearest(truth, partners[id(truth.cue)]) if id(truth.cue) in partners else truth.cue
        for truth in truths
    ]


def _nearest(truth: Truth, found: Cue) -> Cue:
    return replace(
        truth.cue,
        start_us=_clamped(found.start_us, truth.start_range_us),
        end_us=_clamped(found.end_us, truth.end_range_us),
    )


def _clamped(time_us: int, limits: tuple[int, int]) -> int:
    return min(max(time_us, limits[0]), limits[1])


def _off_us(true: Cue, cue: Cue) -> int:
    return max(abs(true.start_us - cue.start_us), abs(true.end_us - cue.end_us))


def _told(true: Cue, cue: Cue, frame_us: int) -> str:
    start, end = (
        f"{(found - told) / frame_us:+.0f}"
        for told, found in ((true.start_us, cue.start_us), (true.end_us, cue.end_us))
    )
    return f"@ {true.start_us / 1e6:.3f}-{true.end_us / 1e6:.3f} {true.text!r} {start} {end} frames"
