"""Two languages in one cue: what was said, and its translation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from vidocr.model import Cue

Where = Literal["above", "below"]


def bilingual(cues: Sequence[Cue], where: Where) -> list[Cue]:
    """The cues with the lines that they said before beside those of the translation.

    Number, order and times stay. Cues that were not translated, or whose translation is the same,
    stay as they are.

    Args:
        cues: as they were translated; their language stays that of the translation.
        where: the translation stands, ``above`` or ``below`` what was said.
    """
    return [_stacked(cue, where) for cue in cues]


def _stacked(cue: Cue, where: Where) -> Cue:
    if cue.source is None or cue.source.lines == cue.lines:
        return cue
    said = cue.source.lines
    return replace(cue, lines=(*cue.lines, *said) if where == "above" else (*said, *cue.lines))
