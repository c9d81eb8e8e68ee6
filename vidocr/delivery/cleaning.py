"""All steps of cleaning, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vidocr.delivery.breaking import broken
from vidocr.delivery.replacing import Replacement, replaced
from vidocr.delivery.speed import with_speed
from vidocr.delivery.timing import with_display, with_gaps
from vidocr.model import Cue

_US_PER_MS = 1000
_FLAGS = {
    "line_chars": "line length:",
    "min_display_ms": "duration:",
    "min_gap_ms": "gap:",
    "max_cps": "reading speed:",
    "replacements": "replacement:",
}
"""What the flags of each step begin with."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is done to a track; a step whose figure is 0 or that has no entries is not taken.

    Attributes:
        line_chars: the most columns a line may have, 10 to 200; Chinese, Japanese and Korean
            letters take two. 0, the default: lines stay as they are.
        max_lines: the most lines a cue may have where lines are broken, 1 to 8; 2 by default.
        min_display_ms: the least time that a cue stands, 0 to 10000; 0 by default.
        min_gap_ms: the least time between two cues of one place, 0 to 1000; 0 by default.
        max_cps: the most characters a second, 0 to 100; 0 by default. It is told, not mended.
        replacements: what is replaced in the text, one after the other.
    """

    line_chars: int = 0
    max_lines: int = 2
    min_display_ms: int = 0
    min_gap_ms: int = 0
    max_cps: float = 0
    replacements: tuple[Replacement, ...] = ()


def cleaned(cues: Sequence[Cue], rules: Rules, starts_us: Sequence[int] = ()) -> list[Cue]:
    """The cues as the rules want them, in the same order.

    Words are replaced, then lines broken, then times mended, then the reading speed is reckoned.
    What was changed is in the ``changes`` of a cue; where a rule can't be kept, ``flags`` say so,
    and the cue stays as near to it as it can. Only ends move, and never over the start of another
    cue in the same place: the top, the middle or the bottom of the picture. Cues that are
    there at once keep their times. Cleaning by the same rules again changes nothing more, as far
    as the replacements find nothing more.

    Args:
        cues: In order of their starts. Their languages, where known, help to find good breaks.
        rules: Without any, the cues stay as they are.
        starts_us: When each frame of the film begins, in order; ends that move go to the start
            of a frame. Where it is empty, to any microsecond.

    Returns:
        The cues, without those of which the replacements leave nothing.
    """
    cues = [_unflagged(cue, rules) for cue in cues]
    if rules.replacements:
        cues = [found for cue in cues if (found := replaced(cue, rules.replacements))]
    if rules.line_chars:
        cues = [broken(cue, rules.line_chars, rules.max_lines) for cue in cues]
    min_gap_us = rules.min_gap_ms * _US_PER_MS
    if rules.min_gap_ms:
        cues = with_gaps(cues, min_gap_us, starts_us)
    if rules.min_display_ms:
        cues = with_display(cues, rules.min_display_ms * _US_PER_MS, min_gap_us, starts_us)
    if rules.max_cps:
        cues = [with_speed(cue, rules.max_cps) for cue in cues]
    return cues


def _unflagged(cue: Cue, rules: Rules) -> Cue:
    """The cue without the flags that the rules will set anew."""
    starts = tuple(start for rule, start in _FLAGS.items() if getattr(rules, rule))
    return replace(cue, flags=tuple(flag for flag in cue.flags if not flag.startswith(starts)))
