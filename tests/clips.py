"""Makes short clips with burned-in text whose timing is known to the frame.

    clip = Clip((640, 360), 4.0, flat(), (Text(25, 75, "Hello there."),))
    truth = render(clip, path)

A cue of the truth starts at the PTS of the first frame that shows it and ends at the PTS
of the first frame that does not, both counted from the start time of the container.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from tests.backdrops import Backdrop, Colour, Painter
from tests.encoding import Encoding, encode
from vidocr.model import US_PER_S, Box, Cue, Image

FONTS = Path(__file__).parents[1] / "fixtures" / "videos" / "fonts"
FIRST_CJK = "\u2e80"
NO_CHARACTER = "\uffff"


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks. ``size`` is that of the font in heights of the picture.

    ``font`` is the name of a file, here or installed, where that of the script won't do.
    Upright text has a column for each line, from right to left.
    """

    size: float = 0.058
    fill: Colour = (255, 255, 255)
    outline: Colour | None = (0, 0, 0)
    bold: bool = False
    slant: bool = False
    box: float = 0.0  # opacity of a black box behind the text
    opacity: float = 1.0  # of text, outline and box
    font: str = ""
    joined: bool = False  # letters that join, from right to left: laid out by libraqm
    upright: bool = False


WHITE = Style()
PLAIN = Style(outline=None)
YELLOW_ITALIC = Style(fill=(255, 226, 64), slant=True)
BOXED = Style(outline=None, box=0.6)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block of text stands, as fractions of the picture.

    ``x`` is the middle of its lines; ``y`` the edge that stays where it is however many lines
    there are: the upper one if ``hangs``, else the lower one.
    """

    x: float = 0.5
    y: float = 0.93
    hangs: bool = False


BOTTOM = Place()
TOP = Place(y=0.06, hangs=True)
UPPER_THIRD = Place(y=0.2, hangs=True)


@dataclass(frozen=True, slots=True)
class Text:
    """A subtitle that stands in the frames ``start`` to ``end`` (exclusive).

    A fade of n frames shows 1/(n + 1) of the text in its first (or last) frame, and so on.
    """

    start: int
    end: int
    text: str
    style: Style = WHITE
    place: Place = BOTTOM
    fade_in: int = 0
    fade_out: int = 0

    def opacity(self, index: int) -> float:
        """How far the text covers the picture in frame ``index``."""
        if not self.start <= index < self.end:
            return 0.0
        rising = (index - self.start + 1) / (self.fade_in + 1)
        falling = (self.end - index) / (self.fade_out + 1)
        return min(1.0, rising, falling)


Overlay: TypeAlias = Callable[[Image, float], None]
"""Draws a distractor on a picture: (picture, time in seconds)."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip to render; ``size`` is as displayed.

    ``times`` gives every frame its time and overrides ``fps`` and ``duration_s``; a
    ``rotation`` is that of ``encode``.
    """

    size: tuple[int, int]
    duration_s: float
    backdrop: Backdrop
    texts: tuple[Text, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    fps: Fraction = Fraction(25)
    times: tuple[Fraction, ...] = ()
    rotation: int = 0
    encoding: Encoding = Encoding()

    def frame_times(self) -> Sequence[Fraction]:
        """When each frame is shown, in seconds."""
        return self.times or [i / self.fps for i in range(round(self.duration_s * self.fps))]


def render(clip: Clip, path: Path) -> list[Cue]:
    """Write the clip to ``path`` and say what it shows when."""
    encode(draw(clip), clip.frame_times(), path, clip.encoding, clip.fps, clip.rotation)
    times = read_times(path)
    return [_cue(text, clip.size, times) for text in clip.texts]


def draw(clip: Clip) -> Iterator[Image]:
    """The pictures of a clip as displayed, one a frame."""
    paint = clip.backdrop(*clip.size)
    for index, seconds in enumerate(clip.frame_times()):
        picture = _picture(clip, paint, index, float(seconds))
        if clip.encoding.interlaced:
            later = _picture(clip, paint, index, float(seconds + 1 / (2 * clip.fps)))
            picture[1::2] = later[1::2]
        yield picture


def _picture(clip: Clip, paint: Painter, index: int, seconds: float) -> Image:
    picture = paint(index, seconds)
    for overlay in clip.overlays:
        overlay(picture, seconds)
    for text in clip.texts:
        if (opacity := text.opacity(index)) > 0:
            patch_of(text, clip.size).stamp(picture, opacity)
    return picture


def read_times(path: Path) -> list[int]:
    """Start of every frame of a video in us, and the end of the last one."""
    with av.open(str(path)) as container:
        origin = container.start_time or 0
        packets = [p for p in container.demux(video=0) if p.pts is not None]
        spans = sorted(
            ((p.pts or 0) * p.time_base, ((p.pts or 0) + (p.duration or 0)) * p.time_base)
            for p in packets
        )
    marks = [start for start, _ in spans] + [spans[-1][1]]
    return [round(mark * US_PER_S) - origin for mark in marks]


@dataclass(frozen=True, slots=True)
class Patch:
    """A drawn text: colours multiplied by their opacity, the opacity, and its place in px."""

    colour: NDArray[np.float32]
    opacity: NDArray[np.float32]
    x: int
    y: int

    def stamp(self, picture: Image, opacity: float = 1.0, shift: int = 0) -> None:
        """Lay the patch over a picture, ``shift`` px to the right, cut at the edges."""
        height, width = picture.shape[:2]
        rows, columns = self.opacity.shape[:2]
        x0, x1 = max(0, self.x + shift), min(width, self.x + shift + columns)
        y0, y1 = max(0, self.y), min(height, self.y + rows)
        if x0 >= x1 or y0 >= y1:
            return
        part = np.s_[y0 - self.y : y1 - self.y, x0 - self.x - shift : x1 - self.x - shift]
        under = picture[y0:y1, x0:x1]
        shown = under * (1 - opacity * self.opacity[part]) + opacity * self.colour[part]
        under[:] = np.clip(shown + 0.5, 0, 255).astype(np.uint8)


@cache
def patch_of(text: Text, size: tuple[int, int]) -> Patch:
    """The text as drawn on a picture of this size."""
    width, height = size
    block = _block(text.text.split("\n"), text.style, height)
    x = round(text.place.x * width - block.shape[1] / 2)
    y = round(text.place.y * height - (0 if text.place.hangs else block.shape[0]))
    return Patch(block[..., :3], block[..., 3:] / np.float32(255), x, y)


def _block(lines: Sequence[str], style: Style, height: int) -> NDArray[np.float32]:
    """Lines drawn one below the other, RGB multiplied by opacity and opacity, cut to the ink."""
    px = round(style.size * height)
    edge = max(1, round(px / 14)) if style.outline else 0
    size, glyphs = (_columns if style.upright else _rows)(lines, style, px)
    canvas = Pictures.new("RGBA", size)
    pen = ImageDraw.Draw(canvas)
    if style.box:
        pen.rectangle((0, 0, *size), fill=(0, 0, 0, round(255 * style.box)))
    for x, y, string, font in glyphs:
        pen.text(
            (x, y),
            string,
            fill=(*style.fill, 255),
            font=font,
            anchor="ms",
            stroke_width=edge,
            stroke_fill=(*style.outline, 255) if style.outline else None,
        )
    if style.slant:
        lean = (1, 0.2, -0.1 * canvas.height, 0, 1, 0)
        canvas = canvas.transform(
            canvas.size, Pictures.Transform.AFFINE, lean, Pictures.Resampling.BICUBIC
        )
    drawn = np.asarray(canvas.crop(canvas.getbbox(alpha_only=True)), np.float32)
    return drawn * np.float32(style.opacity)


Glyphs: TypeAlias = list[tuple[float, float, str, ImageFont.FreeTypeFont]]
"""Middle and base line in px, the characters that stand there, and their font."""


def _rows(lines: Sequence[str], style: Style, px: int) -> tuple[tuple[int, int], Glyphs]:
    """Size of the picture for the lines, and where they stand in it."""
    fonts = [_font(line, style, px) for line in lines]
    wide = int(max(f.getlength(t) for f, t in zip(fonts, lines, strict=True))) + 2 * (px // 2)
    glyphs = [
        (wide / 2, px * (1.25 * row + 1.1), line, font)
        for row, (line, font) in enumerate(zip(lines, fonts, strict=True))
    ]
    return (wide, round(px * (1.25 * len(lines) + 0.5))), glyphs


def _columns(lines: Sequence[str], style: Style, px: int) -> tuple[tuple[int, int], Glyphs]:
    """The same for columns, of which the first stands on the right."""
    wide = round(px * (1.4 * len(lines) + 0.5))
    glyphs = [
        (wide - px * (1.4 * column + 0.95), px * (1.08 * row + 1.1), glyph, _font(line, style, px))
        for column, line in enumerate(lines)
        for row, glyph in enumerate(line)
    ]
    return (wide, round(px * (1.08 * max(map(len, lines)) + 0.5))), glyphs


class FontMissing(LookupError):
    """A font is neither here nor installed."""


def _font(text: str, style: Style, px: int) -> ImageFont.FreeTypeFont:
    name = style.font
    if not name and max(text, default="") >= FIRST_CJK:
        name = "NotoSansCJKsc-subset.otf"
    elif not name:
        name = "DejaVuSans-Bold-latin.ttf" if style.bold else "DejaVuSans-latin.ttf"
    layout = ImageFont.Layout.RAQM if style.joined else ImageFont.Layout.BASIC
    font = _loaded(name, px, layout)
    unknown = bytes(font.getmask(NO_CHARACTER))
    if missing := {c for c in set(text) - {" "} if bytes(font.getmask(c)) == unknown}:
        raise ValueError(f"{name} has no glyph for {missing}: see the README beside the fonts")
    return font


@cache
def _loaded(name: str, px: int, layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    path = FONTS / name
    try:  # Pillow looks for a name without a folder among the installed fonts
        return ImageFont.truetype(path if path.exists() else name, px, layout_engine=layout)
    except OSError as error:
        raise FontMissing(f"the font {name} is not installed") from error


def _cue(text: Text, size: tuple[int, int], times: Sequence[int]) -> Cue:
    patch = patch_of(text, size)
    rows, columns = patch.opacity.shape[:2]
    width, height = size
    place = Box(
        patch.x / width,
        patch.y / height,
        (patch.x + columns) / width,
        (patch.y + rows) / height,
    )
    return Cue(times[text.start], times[text.end], tuple(text.text.split("\n")), place)
