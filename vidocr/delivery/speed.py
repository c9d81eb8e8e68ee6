"""How fast a cue has to be read."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from vidocr.model import US_PER_S, Cue

_NOT_COUNTED = ("Mn", "Me", "Cf")  # marks on letters, and what is not seen


def with_speed(cue: Cue, max_cps: float) -> Cue:
    """The cue, flagged where it has more than ``max_cps`` characters a second.

    Characters are letters, figures, punctuation and the spaces between words.
    """
    count = sum(
        unicodedata.category(char) not in _NOT_COUNTED for line in cue.lines for char in line
    )
    cps = count * US_PER_S / (cue.end_us - cue.start_us)
    if cps <= max_cps:
        return cue
    flag = f"reading speed: {cps:.1f} characters a second, over {max_cps:g}"
    return replace(cue, flags=(*cue.flags, flag))
