"""Reading what is scored: SubRip, WebVTT, ASS, SSA and JSON.

JSON is a list of cues or an object that has them as ``cues``. A cue has ``text`` or ``lines``, and
``start_us`` and ``end_us`` or else ``start`` and ``end`` in seconds. ``start_range`` and
``end_range``, the lowest and the highest time in seconds that is right, are for fades. The object
may say when frames start: ``frame_times_us``, ``frame_times`` in seconds, or ``fps``, a number or
a fraction as "24000/1001". All else is passed over.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pysubs2

from vidocr.errors import InputError
from vidocr.scoring.cues import TruthCue
from vidocr.scoring.text import loose
from vidocr.scoring.timing import Frames
from vidocr.tracks import ass
from vidocr.tracks.files import read_text

ENDINGS = (".srt", ".vtt", ".ass", ".ssa", ".json")
_US_PER_S = 1_000_000
_SIGNS = {".srt": r"-->", ".vtt": r"\A\s*WEBVTT", ".ass": r"(?m)^\[", ".ssa": r"(?m)^\["}
_TAGS = re.compile(
    r"\{\\[^{}]*\}|</?(?:[ibus](?:\.[\w.-]*)?|(?:font|c|v|lang|ruby|rt|span)(?:[ .][^<>]*)?)>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Track:
    """The cues of a file that hold text, in its order, and what it says of frames."""

    cues: tuple[TruthCue, ...]
    frames: Frames = Frames()


def read(path: Path) -> Track:
    """The track of a file, its format known by its ending.

    Raises:
        InputError: It can't be read, its ending is not known, or it is not what that says.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{path}: its ending names no format; give one of {', '.join(ENDINGS)}")
    text = read_text(path)
    try:
        track = _from_json(text) if ending == ".json" else Track(_from_track(text, ending))
    except ValueError as error:
        raise InputError(f"{path}: {error}") from error
    said = tuple(cue for cue in track.cues if loose("".join(cue.lines)))
    return Track(said, track.frames)


def rate(text: str) -> Fraction:
    """Frames a second, from a number or a fraction as 24000/1001.

    Raises:
        ValueError: It is neither, or not above 0.
    """
    try:
        fps = Fraction(text)
    except (ValueError, ZeroDivisionError):
        fps = Fraction(0)
    if fps <= 0:
        raise ValueError(f"takes frames a second, as 25 or 24000/1001, not {text!r}")
    return fps


def frames_of(fps: Fraction) -> Frames:
    """Frames of equal length."""
    return Frames(float(_US_PER_S / fps))


def _from_track(text: str, ending: str) -> tuple[TruthCue, ...]:
    if not re.search(_SIGNS[ending], text):
        if text.strip():
            raise ValueError(f"is no {ending} file; give it the ending of what it is")
        return ()
    format = ending.removeprefix(".")
    own = {} if ending in (".ass", ".ssa") else {"keep_html_tags": True}  # it drops "a<b", too
    try:
        file = pysubs2.SSAFile.from_string(text, format_=format, **own)
    except Exception as error:  # its parsers let through what int and the like raise
        raise ValueError(f"is a broken {ending} file ({error}); mend it") from error
    clean = _CLEANERS[ending]
    return tuple(
        TruthCue(event.start * 1000, event.end * 1000, _lines(clean(event)))
        for event in file
        if not event.is_comment and not event.is_drawing
    )


def _untagged(event: pysubs2.SSAEvent) -> str:
    """The text without the tags that players know; what else stands in brackets is text."""
    return _TAGS.sub("", event.text.replace(r"\N", "\n"))


def _unescaped(event: pysubs2.SSAEvent) -> str:
    return html.unescape(_untagged(event))


def _plain(event: pysubs2.SSAEvent) -> str:
    return ass.plain(event.text)


_CLEANERS: Mapping[str, Callable[[pysubs2.SSAEvent], str]] = {
    ".srt": _untagged,
    ".vtt": _unescaped,
    ".ass": _plain,
    ".ssa": _plain,
}


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in map(str.strip, text.splitlines()) if line)


def _from_json(text: str) -> Track:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON ({error}); mend it") from error
    cues = content.get("cues") if isinstance(content, dict) else content
    if not isinstance(cues, list):
        raise ValueError("holds no list of cues; give one, or an object that has it as 'cues'")
    frames = _frames(content) if isinstance(content, dict) else Frames()
    return Track(tuple(_cue(number, cue) for number, cue in enumerate(cues, start=1)), frames)


def _cue(number: int, cue: Any) -> TruthCue:
    if not isinstance(cue, dict):
        raise ValueError(f"cue {number} is no object; give it text, start and end")
    try:
        return TruthCue(
            _time_us(cue, "start"),
            _time_us(cue, "end"),
            _said(cue),
            _range_us(cue, "start_range"),
            _range_us(cue, "end_range"),
        )
    except ValueError as error:
        raise ValueError(f"cue {number}: {error}") from error


def _said(cue: Mapping[str, Any]) -> tuple[str, ...]:
    lines = cue.get("lines") if cue.get("text") is None else [cue["text"]]
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ValueError("has neither 'text', a string, nor 'lines', a list of them; give one")
    return _lines("\n".join(lines))


def _time_us(cue: Mapping[str, Any], name: str) -> int:
    if f"{name}_us" in cue:
        return round(_number(cue[f"{name}_us"], f"{name}_us"))
    return round(_number(cue.get(name), name) * _US_PER_S)


def _range_us(cue: Mapping[str, Any], name: str) -> tuple[int, int] | None:
    if cue.get(name) is None:
        return None
    times = _times_us(cue[name], name)
    return times[0], times[-1]


def _frames(content: Mapping[str, Any]) -> Frames:
    if content.get("frame_times_us") is not None:
        times = _times_us(content["frame_times_us"], "frame_times_us", 1)
    elif content.get("frame_times") is not None:
        times = _times_us(content["frame_times"], "frame_times")
    elif content.get("fps") is not None:
        return frames_of(rate(str(content["fps"])))
    else:
        return Frames()
    if len(set(times)) < len(times):
        raise ValueError("has two frames at one time; give each its own")
    return Frames(times_us=times)


def _times_us(raw: Any, name: str, us_per_unit: int = _US_PER_S) -> tuple[int, ...]:
    if not isinstance(raw, list) or len(raw) < 2:
        raise ValueError(f"'{name}' is no list of two times or more; give one")
    times = tuple(round(_number(each, name) * us_per_unit) for each in raw)
    if any(b < a for a, b in pairwise(times)):
        raise ValueError(f"'{name}' doesn't rise; give its times in order")
    return times


def _number(raw: Any, name: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise ValueError(f"'{name}' is {raw!r}, no number; give {name} or {name}_us")
    return raw
