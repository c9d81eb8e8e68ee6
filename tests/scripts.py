"""Clips and pictures of lines in Russian, Korean and Arabic, with fonts of these scripts.

Arabic letters are joined, and its lines run from right to left: Pillow's layout by libraqm,
which its wheels hold, does both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from tests.backdrops import Backdrop
from tests.clips import FONTS, WHITE, Clip, Overlay, Patch, Style, Text, read_times, render
from tests.kinds import row
from vidocr.model import Box, Cue, Image, Luma

SIZE = (640, 360)
FPS = 25
SENTENCES = {
    "ru": ("Куда ты пошёл вчера вечером?", "Поезд отправляется в семь часов.",
           "Закрой дверь и садись рядом."),
    "ko": ("어제 저녁에 어디 갔었어요?", "기차는 일곱 시에 출발합니다.",
           "문을 닫고 옆에 앉으세요."),
    "ar": ("أين ذهبت مساء أمس؟", "يغادر القطار في الساعة السابعة.",
           "انتظرناك ساعة كاملة، يا صديقي."),
}  # fmt: skip
"""What the clips of a language say, by its code."""

_FONTS = {
    "ru": "DejaVuSans-cyrillic.ttf",
    "ko": "NotoSansCJKkr-subset.otf",
    "ar": "DejaVuSans-arabic.ttf",
}


def patch_in(lang: str, words: str, style: Style, size: tuple[int, int]) -> Patch:
    """One line in the font of a language, at the bottom of a picture of this size."""
    width, height = size
    px = round(style.size * height)
    edge = max(1, round(px / 14)) if style.outline else 0
    font = ImageFont.truetype(FONTS / _FONTS[lang], px, layout_engine=ImageFont.Layout.RAQM)
    canvas = Pictures.new("RGBA", (int(font.getlength(words)) + px, 2 * px))
    pen = ImageDraw.Draw(canvas)
    if style.box:
        pen.rectangle((0, 0, *canvas.size), fill=(0, 0, 0, round(255 * style.box)))
    pen.text(
        (canvas.width / 2, 1.3 * px),
        words,
        fill=(*style.fill, 255),
        font=font,
        anchor="ms",
        stroke_width=edge,
        stroke_fill=(*style.outline, 255) if style.outline else None,
    )
    drawn = np.asarray(canvas.crop(canvas.getbbox(alpha_only=True)), np.float32)
    x, y = (width - drawn.shape[1]) // 2, round(0.93 * height) - drawn.shape[0]
    return Patch(drawn[..., :3], drawn[..., 3:] / np.float32(255), x, y)


def line_picture(
    lang: str, words: str, backdrop: Backdrop, style: Style = WHITE, size: tuple[int, int] = SIZE
) -> tuple[Luma, Box]:
    """A line as an engine gets it, cut out of the mean of nine frames, and where its ink is."""
    patch = patch_in(lang, words, style, size)
    paint = backdrop(*size)
    frames = [paint(index, index / FPS) for index in range(0, 45, 5)]
    for frame in frames:
        patch.stamp(frame)
    mean = np.mean([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames], axis=0)
    ink = _ink_of(patch)
    across, down = int(1.2 * ink.height), int(0.35 * ink.height)
    left, top = max(0, int(ink.x0) - across), int(ink.y0) - down
    cut = mean[top : int(ink.y1) + down, left : int(ink.x1) + across]
    return np.asarray(cut.round(), np.uint8), ink.moved(-left, -top)


def _ink_of(patch: Patch) -> Box:
    """Where letters and their outlines stand in px of the picture, without a box around them."""
    ys, xs = np.nonzero(patch.opacity[..., 0] > 0.9)
    ink = Box(int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    return ink.moved(patch.x, patch.y)


def rgb(luma: Luma) -> Image:
    """A gray picture in colours, as engines take it."""
    return np.repeat(luma[..., None], 3, axis=2)


def render_in(lang: str, backdrop: Backdrop, path: Path, style: Style = WHITE) -> list[Cue]:
    """Write a clip with the sentences of a language to ``path``, and say what it shows when."""
    texts = row(SENTENCES[lang], style)
    patches = [patch_in(lang, text.text, style, SIZE) for text in texts]
    overlays = tuple(_shown(text, patch) for text, patch in zip(texts, patches, strict=True))
    render(Clip(SIZE, texts[-1].end / FPS + 0.6, backdrop, (), overlays), path)
    times = read_times(path)
    return [_cue(text, patch, times) for text, patch in zip(texts, patches, strict=True)]


def _shown(text: Text, patch: Patch) -> Overlay:
    def draw(picture: Image, seconds: float) -> None:
        if text.opacity(round(seconds * FPS)) > 0:
            patch.stamp(picture)

    return draw


def _cue(text: Text, patch: Patch, times: Sequence[int]) -> Cue:
    rows, columns = patch.opacity.shape[:2]
    width, height = SIZE
    x0, y0 = patch.x / width, patch.y / height
    place = Box(x0, y0, x0 + columns / width, y0 + rows / height)
    return Cue(times[text.start], times[text.end], (text.text,), place)
