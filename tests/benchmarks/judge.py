"""What is wrong with what a tool found in a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.truth import Truth
from vidocr.model import Cue
from vidocr.scoring import Frames, Score, TruthCue, compare, complaints


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
    cues = [
        TruthCue(t.cue.start_us, t.cue.end_us, t.cue.lines, t.start_range_us, t.end_range_us)
        for t in truths
    ]
    compared = compare(cues, found, Frames(frame_us))
    late = [
        f"@ {true.start_us / 1e6:.3f}-{true.end_us / 1e6:.3f} {truths[pair.truth].cue.text!r} "
        f"{pair.start.frames:+.0f} {pair.end.frames:+.0f} frames"
        for pair in compared.pairs
        if pair.is_hit and not (pair.start.near and pair.end.near)
        for true in [cues[pair.truth]]
    ]
    return Verdict(compared.score, (*complaints(cues, found), *late))
