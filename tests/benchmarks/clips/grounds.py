"""More backdrops: a printed page, a bright scene, and light that flickers."""

from __future__ import annotations

import numpy as np

from tests.backdrops import Backdrop, Colour, Painter
from tests.clips import Place, Style, Text, patch_of
from vidocr.model import Image

PAPER: Colour = (226, 220, 204)
PRINT = Style(0.03, (40, 38, 44), None)
SYLLABLES = ("na", "to", "ri", "mel", "ka", "os", "en", "du", "vi", "lar", "shi", "po", "ber", "um")


def page(speed: float = 0.0, seed: int = 1) -> Backdrop:
    """Small print in a language that there is not, which drifts ``speed`` heights a second."""

    def build(width: int, height: int) -> Painter:
        size = (width * 3 // 2, height * 3 // 2)
        sheet = np.full((size[1], size[0], 3), PAPER, np.uint8)
        prose = _prose(np.random.default_rng(seed), lines=26, words=18)
        patch_of(Text(0, 1, prose, PRINT, Place(0.5, 0.0, hangs=True)), size).stamp(sheet)

        def paint(_index: int, seconds: float) -> Image:
            top = min(height // 2, round(speed * seconds * height))
            return sheet[top : top + height, width // 4 : width // 4 + width].copy()

        return paint

    return build


def bright(under: Backdrop, share: float = 0.65) -> Backdrop:
    """Another backdrop as in haze: nearer to white by ``share``."""

    def build(width: int, height: int) -> Painter:
        ground = under(width, height)

        def paint(index: int, seconds: float) -> Image:
            dark = 255 - ground(index, seconds).astype(np.float32)
            return np.asarray(255 - dark * np.float32(1 - share), np.uint8)

        return paint

    return build


def flicker(under: Backdrop, seed: int = 1) -> Backdrop:
    """Another backdrop in light that changes from frame to frame, as by a fire."""

    def build(width: int, height: int) -> Painter:
        ground = under(width, height)

        def paint(index: int, seconds: float) -> Image:
            light = np.random.default_rng((seed, index)).uniform(0.5, 1.25)
            lit = ground(index, seconds).astype(np.float32) * np.float32(light)
            return np.asarray(np.minimum(lit, 255), np.uint8)

        return paint

    return build


def _prose(rng: np.random.Generator, lines: int, words: int) -> str:
    def word() -> str:
        return "".join(rng.choice(SYLLABLES, rng.integers(1, 4)))

    return "\n".join(" ".join(word() for _ in range(words)) for _ in range(lines))
