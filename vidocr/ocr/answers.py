"""What vision-language models answer, made lines: their habits undone, their boxes in px."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from vidocr.model import Box, Line

UNKNOWN_CONFIDENCE = 0.5
"""Of an answer whose token probabilities are not known: a second look has to speak for it."""

LINE_TOKENS, PICTURE_TOKENS = 128, 2048
"""After which an answer about a line, and about a whole picture, is cut off."""

_REPEATED = 8  # times a unit stands in a row: the rule of HunyuanOCR's authors
_LEAST_RUN = 32  # long in all: people do laugh in eight syllables
_LONGEST_UNIT = 256
_GRID = 1000  # coordinates run from 0 to this, whatever the picture's size
_NOTHING = re.compile(
    r"(图[片中像]*)?[中里]?(没有|无|未检测到|未识别到|不包含)(任何|可识别的)*(字幕|文字|文本)+(内容|信息)?"
    r"|(there (is|are) )?no (visible |readable )?(text|subtitles?)"
    r"( (found|detected|present))?( in (the|this) (image|picture))?",
    re.IGNORECASE,
)
_EDGES = " \t\r\n.。!！,，\"'`()[]{}（）"
_HEADING = re.compile(r"^#{1,6} +")
_FENCE = re.compile(r"^```\w*\n(.*?)\n?```$", re.DOTALL)
_JSON = re.compile(r"\[\s*\{")
_SPOT = re.compile(r"(.*?)\((\d{1,4}),(\d{1,4})\),\((\d{1,4}),(\d{1,4})\)", re.DOTALL)


class Answer(NamedTuple):
    """What a model wrote, and how sure it was: the geometric mean of its tokens' probabilities.

    ``cut_off`` says that it had not come to an end: it repeated itself or ran out of tokens.
    """

    text: str
    confidence: float = UNKNOWN_CONFIDENCE
    cut_off: bool = False


def repeats(text: str | Sequence[int]) -> int:
    """How long the unit is that ends ``text`` eight times in a row or more; 0 for none.

    Of characters or of tokens; a unit is up to 256 long, the whole run at least 32.
    """
    for unit in range(1, min(_LONGEST_UNIT, len(text) // _REPEATED) + 1):
        run = unit * max(_REPEATED, -(-_LEAST_RUN // unit))
        if run > len(text):
            continue
        if text[-1] == text[-1 - unit] and text[-run:-unit] == text[unit - run :]:
            return unit
    return 0


def clean(text: str) -> str:
    """The answer without what the model adds: headings, fences, prose for nothing.

    Empty where the model says that there is no text.
    """
    text = text.strip()
    if fenced := _FENCE.match(text):
        text = fenced[1].strip()
    lines = [_HEADING.sub("", line).strip() for line in text.splitlines()]
    text = "\n".join(line for line in lines if line)
    return "" if _NOTHING.fullmatch(text.strip(_EDGES)) else text


def lines_of(answer: Answer) -> list[Line]:
    """The lines of a plain answer, which says nothing of where they stand.

    One that was cut off is not to be trusted, and a circle that it ran in is left once.
    """
    text, sure = answer.text.strip(), answer.confidence
    if answer.cut_off:
        sure = min(sure, UNKNOWN_CONFIDENCE)
        unit = repeats(text)
        while unit and text.endswith(text[-unit:] * 2):
            text = text[:-unit]
    return [Line(line, None, sure) for line in clean(text).splitlines()]


def spots_of(answer: Answer, width: int, height: int) -> list[Line]:
    """The lines of an answer with boxes, of a picture ``width`` x ``height`` px.

    Takes both forms: ``text(x0,y0),(x1,y1)`` without anything between the spots, where the
    text itself may hold parentheses, and a JSON list of objects with "box" and "text". What
    is cut off or has no box is left out.
    """
    text = answer.text.strip()
    if fenced := _FENCE.match(text):
        text = fenced[1].strip()
    found = _json_spots(text) if _JSON.match(text) else _plain_spots(text)
    return [
        Line(spot, _in_px(corners, width, height), answer.confidence)
        for spot, corners in found
        if spot and corners[0] < corners[2] and corners[1] < corners[3]
    ]


def _plain_spots(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [
        (spot[1].strip(), tuple(int(spot[at]) for at in range(2, 6)))
        for spot in _SPOT.finditer(text)
    ]


def _json_spots(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Objects one by one, so that a list which was cut off gives those before the cut."""
    decoder, at, spots = json.JSONDecoder(), 1, []
    while (at := text.find("{", at)) >= 0:
        try:
            item, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        box = item.get("box")
        if isinstance(box, list) and len(box) == 4 and all(map(_is_number, box)):
            spots.append((str(item.get("text", "")).strip(), tuple(int(v) for v in box)))
    return spots


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and isfinite(value)


def _in_px(corners: tuple[int, ...], width: int, height: int) -> Box:
    x0, y0, x1, y1 = (min(_GRID, max(0, v)) / _GRID for v in corners)
    return Box(x0 * width, y0 * height, x1 * width, y1 * height)
