"""Plain text (.txt): a paragraph for each cue, by their start. It holds no times."""

from __future__ import annotations

from collections.abc import Iterable

from vidocr.model import Cue
from vidocr.tracks.about import About
from vidocr.tracks.rounding import writable


def render(cues: Iterable[Cue], about: About | None = None) -> str:
    """The text of the cues; of ``about`` it holds nothing."""
    return "\n".join(f"{cue.text}\n" for cue in writable(cues))
