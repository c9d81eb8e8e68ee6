"""What a track may tell of its film beside the cues."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the film and of the whole track; by default nothing.

    ``film`` is the name of its file, ``width`` and ``height`` are those of the picture as it is
    displayed, in px. ``frame_rate`` is frames a second, ``language`` a code of BCP 47 where the
    cues share one, ``engine`` what read them.
    """

    film: str = ""
    width: int | None = None
    height: int | None = None
    duration_us: int | None = None
    frame_rate: Fraction | None = None
    language: str | None = None
    engine: str = ""
