"""WebVTT (.vtt), as browsers read it (https://www.w3.org/TR/webvtt1/).

Cues of the top and the middle of the picture carry a ``line`` setting, the height of their
top edge in per cent; those of the bottom are left to the player, which knows its controls.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from vidocr.model import Box, Cue, Position
from vidocr.tracks.rounding import US_PER_MS, writable

_TIME = r"(?:(\d{2,}):)?(\d\d):(\d\d)\.(\d{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(.*)")
_LINE_SETTING = re.compile(r"\bline:(\d+(?:\.\d+)?)%")
_TAG = re.compile(r"<[^>]*>")


def render(cues: Iterable[Cue]) -> str:
    """The cues as a WebVTT file."""
    return "WEBVTT\n" + "".join(_block(cue) for cue in writable(cues))


def parse(text: str) -> list[Cue]:
    """The cues of a WebVTT file, without their tags; styles, regions and notes are left out.

    Of the place of a cue the file says its top edge only: the box has no height.

    Raises:
        ValueError: The text is not WebVTT.
    """
    header, *blocks = re.split(r"\n{2,}", text.removeprefix("\ufeff").replace("\r\n", "\n"))
    if not re.match(r"WEBVTT(?:\s|$)", header):
        raise ValueError("not a WebVTT file: it doesn't begin with WEBVTT")
    return [cue for block in blocks if (cue := _cue(block)) is not None]


def _block(cue: Cue) -> str:
    setting = "" if cue.position is Position.BOTTOM else f" line:{_top_percent(cue)}%"
    timing = f"{_timestamp(cue.start_us)} --> {_timestamp(cue.end_us)}{setting}"
    return f"\n{timing}\n{html.escape(cue.text, quote=False)}\n"


def _top_percent(cue: Cue) -> int:
    """Top edge of the cue, rounded towards the top: a cue never leaves its third for a lower."""
    per_cent = int(cue.place.y0 * 100 + 1e-6)
    return min(100, max(0, per_cent))


def _timestamp(time_us: int) -> str:
    seconds, ms = divmod(time_us // US_PER_MS, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{ms:03}"


def _cue(block: str) -> Cue | None:
    """The cue of a block, or None if it is a note, a style or a region."""
    timing, _, text = block.strip("\n").partition("\n")
    if "-->" not in timing:  # an identifier, or no cue at all
        timing, _, text = text.partition("\n")
    match = _TIMING.match(timing)
    if match is None:
        return None
    *times, settings = match.groups()
    lines = html.unescape(_TAG.sub("", text)).splitlines()
    cue = Cue(_time_us(times[:4]), _time_us(times[4:]), tuple(lines))
    line = _LINE_SETTING.search(settings)
    if line is None:
        return cue
    top = float(line[1]) / 100
    return Cue(cue.start_us, cue.end_us, cue.lines, Box(0.1, top, 0.9, top))


def _time_us(fields: list[str]) -> int:
    hours, minutes, seconds, ms = (int(field or 0) for field in fields)
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + ms) * US_PER_MS
