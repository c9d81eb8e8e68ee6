"""WebVTT (.vtt), as browsers read it (https://www.w3.org/TR/webvtt1/).

Cues of the top and the middle of the picture carry a ``line`` setting, the height of their
top edge in per cent; those of the bottom are left to the player, which knows its controls.
Cues that stand left or right of the middle carry ``position`` and ``align``: their outer edge.

The language is not told: the standard has no place for it, and players take it from the page.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable

from vidocr.model import Box, Cue, Position
from vidocr.tracks.about import About
from vidocr.tracks.lines import lines_of
from vidocr.tracks.places import Side, extents, side_of, x_of
from vidocr.tracks.rounding import US_PER_MS, writable

_TIME = r"(?:(\d+):)?(\d\d):(\d\d)[.,](\d{3})"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(.*)")
_LINE_SETTING = re.compile(r"\bline:(\d+(?:\.\d+)?)%")
_POSITION_SETTING = re.compile(r"\bposition:(\d+(?:\.\d+)?)%")
_ALIGN_SETTING = re.compile(r"\balign:(left|start|right|end)\b")
_NO_CUES = ("NOTE", "STYLE", "REGION")
_TAG = re.compile(r"<[^>]*>")
_USUAL = Cue(0, 1, ("",)).place


def render(cues: Iterable[Cue], about: About | None = None) -> str:
    """The cues as a WebVTT file; of ``about`` it holds nothing."""
    return "WEBVTT\n" + "".join(_block(cue) for cue in writable(cues))


def parse(text: str) -> list[Cue]:
    """The cues of a WebVTT file that hold text, without tags, styles, regions and notes.

    Of the place of a cue the file says its top edge, and one of its sides: the box has no height
    or width then.

    Raises:
        ValueError: The text is not WebVTT, or a cue has no times that can be read.
    """
    header, *blocks = re.split(r"\n{2,}", text.replace("\r\n", "\n"))
    if not re.match(r"WEBVTT(?:\s|$)", header):
        raise ValueError("not a WebVTT file: it doesn't begin with WEBVTT")
    below = header.partition("\n")[2]  # some leave out the blank line before the first cue
    found = map(_cue, [below, *blocks])
    return [cue for cue in found if cue is not None and cue.lines]


def _block(cue: Cue) -> str:
    timing = f"{_timestamp(cue.start_us)} --> {_timestamp(cue.end_us)}{_settings(cue)}"
    return f"\n{timing}\n{html.escape(cue.text, quote=False)}\n"


def _settings(cue: Cue) -> str:
    """Where the cue stands; all is rounded outwards, so that it stays in its part."""
    line = "" if cue.position is Position.BOTTOM else f" line:{_per_cent(cue.place.y0)}%"
    side = side_of(cue.place)
    if side is Side.CENTRE:
        return line
    x = x_of(cue.place, side)
    per_cent = _per_cent(x) if side is Side.LEFT else 100 - _per_cent(1 - x)
    return f"{line} position:{per_cent}% align:{side.value}"


def _per_cent(share: float) -> int:
    return min(100, max(0, math.floor(share * 100 + 1e-6)))


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
        if "-->" in timing and not block.startswith(_NO_CUES):
            raise ValueError(f"not a WebVTT file: {timing.strip()!r} are no times; mend them")
        return None
    *times, settings = match.groups()
    lines = lines_of(html.unescape(_TAG.sub("", text)))
    return Cue(_time_us(times[:4]), _time_us(times[4:]), lines, _place(settings))


def _place(settings: str) -> Box:
    x0, x1 = _extents(settings)
    line = _LINE_SETTING.search(settings)
    y0, y1 = (float(line[1]) / 100,) * 2 if line else (_USUAL.y0, _USUAL.y1)
    return Box(x0, y0, x1, y1)


def _extents(settings: str) -> tuple[float, float]:
    position, align = _POSITION_SETTING.search(settings), _ALIGN_SETTING.search(settings)
    side = Side.CENTRE
    if align:
        side = Side.LEFT if align[1] in ("left", "start") else Side.RIGHT
    if position:
        return extents(float(position[1]) / 100, side)
    if side is Side.CENTRE:
        return _USUAL.x0, _USUAL.x1
    return extents(0.0 if side is Side.LEFT else 1.0, side)


def _time_us(fields: list[str]) -> int:
    hours, minutes, seconds, ms = (int(field or 0) for field in fields)
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + ms) * US_PER_MS
