"""Tracks: cues as the text of a file, one format a module.

A new format is a module here with ``render`` and ``parse``, and its name in ``_MODULES``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any, Protocol, cast

from vidocr.errors import UsageError
from vidocr.tracks.about import About

if TYPE_CHECKING:
    from vidocr.model import Cue

__all__ = ["About", "formats", "parse", "readable_formats", "render", "schema"]

_MODULES = {"srt": "srt", "vtt": "vtt", "ass": "ass", "txt": "txt", "json": "json_"}
"""Format, which is also the ending of its files: its module. The first is the default."""
_WITHOUT_TIMES = ("txt",)


class _Format(Protocol):
    def render(self, cues: Iterable[Cue], about: About | None) -> str: ...

    def parse(self, text: str) -> list[Cue]: ...


def formats() -> tuple[str, ...]:
    """Names of the formats that are written, the default first; each is the ending of its files."""
    return tuple(_MODULES)


def readable_formats() -> tuple[str, ...]:
    """Those of the formats whose files can be read again: plain text holds no times."""
    return tuple(format for format in _MODULES if format not in _WITHOUT_TIMES)


def render(cues: Iterable[Cue], format: str, about: About | None = None) -> str:
    """The text of a track file, its lines ended by a line feed.

    Args:
        cues: In any order; the track has them by their start.
        format: One of :func:`formats`.
        about: What is known of the film; ASS and JSON tell of it.

    Raises:
        UsageError: The format is unknown.
    """
    return _module(format).render(cues, about)


def parse(text: str, format: str) -> list[Cue]:
    """The cues of a track file; of their places only what the format can say.

    Raises:
        UsageError: The format is unknown.
        ValueError: The text is not of that format, the format holds no times, or a cue ends
            before it begins.
    """
    module = _module(format)
    if format in _WITHOUT_TIMES:
        raise ValueError(
            f"{format} holds no times, so it is no track that can be read; "
            f"give one of {', '.join(readable_formats())}"
        )
    cues = module.parse(text.removeprefix("\ufeff"))
    for number, cue in enumerate(cues, start=1):
        if cue.end_us <= cue.start_us:
            raise ValueError(
                f"cue {number} begins at {cue.start_us / 1e6:.3f} s and doesn't end after that; "
                "mend its times"
            )
    return cues


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of tracks in JSON."""
    text = resources.files("vidocr.tracks").joinpath("schema.json").read_text("utf-8")
    return cast("dict[str, Any]", json.loads(text))


def _module(format: str) -> _Format:
    if format not in _MODULES:
        raise UsageError(
            f"{format}: unknown format of a track; the known ones are {', '.join(_MODULES)}"
        )
    # Imported when it is used, so that the names alone (for --help) cost nothing.
    return cast(_Format, import_module(f"vidocr.tracks.{_MODULES[format]}"))
