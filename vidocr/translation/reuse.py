"""A second language that is burned in beside the first: taken instead of a translation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vidocr.model import Cue, Source
from vidocr.translation.languages import same

BURNED_IN = "burned-in"
"""What the source of a cue tells whose translation was in the picture."""

_SHARED = 0.7  # of the time from the start of the earlier to the end of the later


def reused(cues: Sequence[Cue], second: Sequence[Cue], target: str) -> list[Cue]:
    """The cues, with the text of those in ``second`` that stand at the same time.

    Two belong to each other where no other shares more time with either, and they share most of
    it. The rest stay as they are, to be translated.

    Args:
        cues: of one language, in any order, which stays.
        second: of another one; those that are not in ``target`` are passed over.
        target: the language that is wanted, as a code of BCP 47.
    """
    there = [cue for cue in second if same(cue.language, target)]
    best = [_best(cue, there) for cue in cues]
    back = [_best(cue, cues) for cue in there]
    result = []
    for number, (cue, other) in enumerate(zip(cues, best, strict=True)):
        is_due = cue.source is None and not same(cue.language, target)
        if other is not None and back[other] == number and is_due:
            cue = _with_text_of(cue, there[other])
        result.append(cue)
    return result


def _best(cue: Cue, others: Sequence[Cue]) -> int | None:
    """The number of the cue that shares most of the time, if it is enough."""
    if not others:
        return None
    shares = [_shared(cue, other) for other in others]
    best = max(shares)
    return shares.index(best) if best >= _SHARED else None


def _shared(one: Cue, other: Cue) -> float:
    both = min(one.end_us, other.end_us) - max(one.start_us, other.start_us)
    return both / (max(one.end_us, other.end_us) - min(one.start_us, other.start_us))


def _with_text_of(cue: Cue, other: Cue) -> Cue:
    return replace(
        cue,
        lines=other.lines,
        language=other.language,
        confidence=other.confidence,
        source=Source(cue.lines, cue.language, BURNED_IN),
    )
