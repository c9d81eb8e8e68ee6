"""Cues as they are scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Protocol

from vidocr.scoring.text import Text

_SLIVER_US = 1500  # tracks hold ms: what is shorter comes of rounding
_MOST_ORDERED = 4  # cues at once whose every order is tried


class Timed(Protocol):
    """What both sides have: a ``Cue`` of the pipeline, or a ``TruthCue``."""

    @property
    def start_us(self) -> int:
        """First moment that shows it."""
        ...

    @property
    def end_us(self) -> int:
        """First moment that does not."""
        ...

    @property
    def lines(self) -> tuple[str, ...]:
        """Top line first."""
        ...


@dataclass(frozen=True, slots=True)
class TruthCue:
    """A cue, with how exactly its times are known.

    Attributes:
        start_us: First moment that shows it.
        end_us: First moment that doesn't.
        lines: Top line first.
        start_range_us: Lowest and highest start that is right: a fade. An error inside is 0.
        end_range_us: Likewise for the end.
        together: The lines of each of several cues that stand at once, which ``flattened``
            made one. Their order doesn't count.
    """

    start_us: int
    end_us: int
    lines: tuple[str, ...]
    start_range_us: tuple[int, int] | None = None
    end_range_us: tuple[int, int] | None = None
    together: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A cue made ready for comparing. ``texts`` holds it in each order that is right."""

    start_us: int
    end_us: int
    texts: tuple[Text, ...]
    start_range_us: tuple[int, int]
    end_range_us: tuple[int, int]

    @property
    def text(self) -> Text:
        """The text in its own order."""
        return self.texts[0]

    @property
    def length_us(self) -> int:
        """How long it stands."""
        return max(0, self.end_us - self.start_us)


def entry(cue: Timed) -> Entry:
    """The cue, ready for comparing."""
    starts, ends, orders = None, None, [cue.lines]
    if isinstance(cue, TruthCue):
        starts, ends = cue.start_range_us, cue.end_range_us
        if 1 < len(cue.together) <= _MOST_ORDERED:
            orders = [sum(order, ()) for order in permutations(cue.together)]
    return Entry(
        cue.start_us,
        cue.end_us,
        tuple(Text.of("\n".join(lines)) for lines in orders),
        starts or (cue.start_us, cue.start_us),
        ends or (cue.end_us, cue.end_us),
    )


def shared_us(a: Entry, b: Entry) -> int:
    """How long both stand at once; negative is the gap between them."""
    return min(a.end_us, b.end_us) - max(a.start_us, b.start_us)


def iou(a: Entry, b: Entry) -> float:
    """Shared time over the time from the first start to the last end; 0 where they are apart."""
    shared = shared_us(a, b)
    return shared / (max(a.end_us, b.end_us) - min(a.start_us, b.start_us)) if shared > 0 else 0.0


def flattened(cues: Sequence[Timed]) -> list[TruthCue]:
    """The cues cut into intervals of constant text, as a tool that reads the whole screen has them.

    Wherever a cue starts or ends, all that stand are cut. Cues that stand at once become one,
    whose parts may come in any order. Intervals below 1.5 ms are left out: they come of rounding.
    """
    ordered = sorted(cues, key=lambda cue: (cue.start_us, cue.end_us))
    ranges = _ranges(ordered)
    cuts = sorted({cue.start_us for cue in ordered} | {cue.end_us for cue in ordered})
    states: list[TruthCue] = []
    standing: list[Timed] = []
    coming = iter([*ordered, None])
    following = next(coming)
    for start_us, end_us in pairwise(cuts):
        standing = [cue for cue in standing if cue.end_us > start_us]
        while following is not None and following.start_us <= start_us:
            standing.append(following)
            following = next(coming)
        parts = tuple(cue.lines for cue in standing if cue.end_us > start_us)
        if parts and end_us - start_us >= _SLIVER_US:
            states.append(
                TruthCue(
                    start_us,
                    end_us,
                    sum(parts, ()),
                    ranges.get(start_us),
                    ranges.get(end_us),
                    parts if len(parts) > 1 else (),
                )
            )
    return states


def _ranges(cues: Sequence[Timed]) -> dict[int, tuple[int, int]]:
    """The fade about each time at which a cue starts or ends."""
    known = [cue for cue in cues if isinstance(cue, TruthCue)]
    starts = {cue.start_us: cue.start_range_us for cue in known if cue.start_range_us}
    return starts | {cue.end_us: cue.end_range_us for cue in known if cue.end_range_us}
