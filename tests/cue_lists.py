"""Cues as Hypothesis makes them, hostile to every format that they are written in."""

from __future__ import annotations

from hypothesis import strategies as st

from vidocr.model import Box, Cue

TOP = Box(0.1, 0.05, 0.9, 0.15)
MIDDLE = Box(0.2, 0.45, 0.8, 0.55)
BOTTOM = Box(0.1, 0.85, 0.9, 0.95)

CLOCKS_US = {"srt": 1000, "vtt": 1000, "ass": 10_000, "json": 1}

# What a reader may take for something else than text; the last ones run from right to left.
HOSTILE = (
    "5",
    "-->",
    "00:00:01,000 --> 00:00:02,000",
    "00:01.000 --> 00:02.500 line:10%",
    "1:2:3:4,5 -- > 1:2:3:4,5",
    r"{\an8}",
    r"{\an8}top",
    r"{\i1}a{\i0}",
    "{comment}",
    "{",
    "}",
    r"a\Nb\nc\hd",
    "\\",
    "\\\u2060N",
    "{\u2060\\b1}",
    "1\u2060:2:3 1:2:3",
    "<i>a</i>",
    "a < b & c > d",
    "&lt;&amp;",
    "NOTE a",
    "WEBVTT",
    "STYLE",
    "[Events]",
    "Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,a",
    "\ufeffa",
    "מה, שלום?",
    "\u202bأهلا (1)\u202c",
)
# Any text without control characters and separators; `writable` is what takes those away.
LINES = (
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
) | st.sampled_from(HOSTILE)
TIMES = st.integers(0, 3 * 3_600_000_000)


@st.composite
def cue_lists(draw: st.DrawFn) -> list[Cue]:
    """Cues of any length and overlap, with many of less than a millisecond."""
    cues = []
    start = draw(TIMES)
    for _ in range(draw(st.integers(0, 8))):
        end = start + draw(st.integers(1, 2500) | st.integers(1, 5_000_000))
        lines = tuple(draw(st.lists(LINES, min_size=1, max_size=3)))
        cues.append(Cue(start, end, lines, place=draw(st.sampled_from((TOP, MIDDLE, BOTTOM)))))
        start = draw(st.just(end) | st.just(start) | st.integers(end, end + 2000))
    return cues
