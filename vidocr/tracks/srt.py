r"""SubRip (.srt), as players read it: UTF-8, comma before the milliseconds.

The format has no place for a cue. ``{\an8}`` before the text is what players have agreed on
for the top of the picture, and it is worth the tag: the text would cover nothing there that
it did not cover in the film. Cues in the middle go without a tag, to the bottom: ``{\an5}``
would lay them over faces, and a player that knows no tags would show it for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import srt

from vidocr.model import Box, Cue, Position
from vidocr.tracks.rounding import writable

_TOP_TAG = r"{\an8}"
_TOP = Box(0.1, 0.05, 0.9, 0.15)
_US = timedelta(microseconds=1)


def render(cues: Iterable[Cue]) -> str:
    """The cues as an SRT file."""
    return "".join(_block(number, cue) for number, cue in enumerate(writable(cues), start=1))


def parse(text: str) -> list[Cue]:
    """The cues of an SRT file.

    Raises:
        ValueError: The text is not SRT.
    """
    try:
        return [_cue(subtitle) for subtitle in srt.parse(text)]
    except srt.SRTParseError as error:
        raise ValueError(f"not an SRT file: {error}") from error


def _block(number: int, cue: Cue) -> str:
    tag = _TOP_TAG if cue.position is Position.TOP else ""
    subtitle = srt.Subtitle(number, cue.start_us * _US, cue.end_us * _US, tag + cue.text)
    return str(subtitle.to_srt())


def _cue(subtitle: srt.Subtitle) -> Cue:
    text = str(subtitle.content)
    untagged = text.removeprefix(_TOP_TAG)
    cue = Cue(subtitle.start // _US, subtitle.end // _US, tuple(untagged.splitlines()))
    return cue if untagged == text else Cue(cue.start_us, cue.end_us, cue.lines, _TOP)
