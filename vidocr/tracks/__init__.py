"""Tracks: cues as the text of a file, one format a module.

A new format is a module here with ``render`` and ``parse``, and its name in ``_FORMATS``.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from vidocr.errors import UsageError

if TYPE_CHECKING:
    from vidocr.model import Cue

_FORMATS = ("srt", "vtt")
"""Names of the modules, which are also the endings of the files; the first is the default."""


class _Format(Protocol):
    def render(self, cues: Iterable[Cue]) -> str: ...

    def parse(self, text: str) -> list[Cue]: ...


def formats() -> tuple[str, ...]:
    """Names of the known formats, the default first; each is also the ending of its files."""
    return _FORMATS


def render(cues: Iterable[Cue], format: str) -> str:
    """The text of a track file, its lines ended by a line feed.

    Args:
        cues: In any order; the track has them by their start.
        format: One of :func:`formats`.

    Raises:
        UsageError: The format is unknown.
    """
    return _module(format).render(cues)


def parse(text: str, format: str) -> list[Cue]:
    """The cues of a track file; of their places only what the format can say.

    Raises:
        UsageError: The format is unknown.
        ValueError: The text is not of that format.
    """
    return _module(format).parse(text)


def _module(format: str) -> _Format:
    if format not in _FORMATS:
        raise UsageError(
            f"{format}: unknown format of a track; the known ones are {', '.join(_FORMATS)}"
        )
    # Imported when it is used, so that the names alone (for --help) cost nothing.
    return cast(_Format, import_module(f"vidocr.tracks.{format}"))
