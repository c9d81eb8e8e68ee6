r"""SubRip (.srt), as players read it: UTF-8, comma before the milliseconds.

The format has no place for a cue. ``{\an8}`` before the text is what players have agreed on
for the top of the picture, and it is worth the tag: the text would cover nothing there that
it did not cover in the film. Cues in the middle go without a tag, to the bottom: ``{\an5}``
would lay them over faces, and a player that knows no tags would show it for nothing.

Nor has it a way to write a text that looks like a tag or like the times of a cue, which readers
look for in any line. Such a text gets an invisible character, which is taken away in reading.
Some players hide what stands in braces all the same: SRT has no sign against that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

import srt

from vidocr.model import Box, Cue, Position
from vidocr.tracks.about import About
from vidocr.tracks.lines import JOINER, lines_of
from vidocr.tracks.rounding import writable

_TOP_TAG = r"{\an8}"
_TOP = Box(0.1, 0.05, 0.9, 0.15)
_US = timedelta(microseconds=1)

_DOT = "[,.:，．。：]"  # what readers take between the parts of a time
_TIME = re.compile(rf"\d{JOINER}*{_DOT}\d+{JOINER}*{_DOT}\d")
_IN_TIMES = re.compile(rf"(?<=\d){JOINER}*(?={_DOT}\d)")
_IN_TAGS = re.compile(rf"(?<=\{{){JOINER}*(?=\\)|(?<=\\){JOINER}*(?=[Nnh])")  # {\b1}, \N


def render(cues: Iterable[Cue], about: About | None = None) -> str:
    """The cues as an SRT file; of ``about`` it holds nothing."""
    return "".join(_block(number, cue) for number, cue in enumerate(writable(cues), start=1))


def parse(text: str) -> list[Cue]:
    """The cues of an SRT file that hold text.

    Raises:
        ValueError: The text is not SRT.
    """
    try:
        found = [_cue(subtitle) for subtitle in srt.parse(text)]
    except srt.SRTParseError as error:
        raise ValueError(f"not an SRT file: {error}") from error
    return [cue for cue in found if cue.lines]


def spoken(cue: Cue) -> str:
    """The text of a cue as it stands in a file: its place, and what else needs a sign."""
    tag = _TOP_TAG if cue.position is Position.TOP else ""
    return tag + "\n".join(map(_guarded, cue.lines))


def _block(number: int, cue: Cue) -> str:
    subtitle = srt.Subtitle(number, cue.start_us * _US, cue.end_us * _US, spoken(cue))
    return str(subtitle.to_srt())


def _guarded(line: str) -> str:
    """The line, a joiner more in what would be taken for a tag, a line break or two times."""
    for guarded in _places_to_guard(line):
        line = guarded.sub(lambda joiners: joiners[0] + JOINER, line)
    return line


def _unguarded(line: str) -> str:
    """The line as it was before ``_guarded``."""
    for guarded in _places_to_guard(line):
        line = guarded.sub(lambda joiners: joiners[0][1:], line)
    return line


def _places_to_guard(line: str) -> tuple[re.Pattern[str], ...]:
    """The same for a line with its joiners and without them."""
    return (_IN_TAGS, _IN_TIMES) if len(_TIME.findall(line)) > 1 else (_IN_TAGS,)


def _cue(subtitle: srt.Subtitle) -> Cue:
    text = str(subtitle.content)
    untagged = text.removeprefix(_TOP_TAG)
    lines = tuple(map(_unguarded, lines_of(untagged)))
    cue = Cue(subtitle.start // _US, subtitle.end // _US, lines)
    return cue if untagged == text else Cue(cue.start_us, cue.end_us, cue.lines, _TOP)
