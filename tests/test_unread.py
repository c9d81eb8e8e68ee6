"""Marks that PP-OCR's model can't read, in drawn lines and in parts made by hand."""

from dataclasses import replace
from functools import reduce

import numpy as np
import pytest

from tests.backdrops import Backdrop, flat, footage, grain
from tests.clips import BOXED, PLAIN, WHITE, Style, Text
from tests.scenes import scene
from vidocr.model import Box
from vidocr.ocr.detector import RapidDetector
from vidocr.ocr.rapid import RapidEngine
from vidocr.ocr.unread import _mark, _mark_among, _Rule

SIZE = (960, 96)
RULE = _Rule(0.5, 0.9)
DOT = Box(0.2, 0.52, 0.28, 0.62)
STEM = Box(0.2, 0.68, 0.28, 1.03)
COMMA = Box(0.2, 0.82, 0.28, 1.0)
LOOKS = [
    (flat(), PLAIN),
    (footage(6), WHITE),
    (footage(6), replace(WHITE, bold=True)),
    (grain(footage(9)), Style(fill=(255, 226, 64), slant=True)),
    (footage(9), BOXED),
]


def read(words: str, backdrop: Backdrop, style: Style) -> str:
    """What is read of a line in the mean of nine frames, where it is detected."""
    text = Text(0, 9, words, replace(style, size=0.42))
    frames = scene(9, text, backdrop=backdrop, size=SIZE)
    luma = np.asarray(np.mean(frames, axis=0).round(), np.uint8)
    box = reduce(Box.union, RapidDetector().detect(luma))
    (line,) = RapidEngine().read_at([np.repeat(luma[..., None], 3, axis=2)], [box])
    return line.text


@pytest.mark.parametrize("backdrop,style", LOOKS)
@pytest.mark.parametrize(
    "words",
    [
        "¡Espera! ¿Vienes con Muñoz?",
        "¿Quieres? ¡Corre, que se va!",
        "„Bleib hier“, rief der Bäcker.",
    ],
)
def test_marks_are_read_by_their_shape(words: str, backdrop: Backdrop, style: Style) -> None:
    assert read(words, backdrop, style) == words


@pytest.mark.parametrize("backdrop,style", LOOKS)
@pytest.mark.parametrize(
    "words",
    [
        "In it; jij, ill: if Iris is in.",
        "Wait! Why! I'm ill, i.e. in bed...",
        "It's 1, 2, 3; then :, and !, and i.",
    ],
)
def test_nothing_else_passes_for_a_mark(words: str, backdrop: Backdrop, style: Style) -> None:
    assert not set(read(words, backdrop, style)) & set("¡„")


def moved(part: Box, dx: float = 0.0, dy: float = 0.0) -> Box:
    return Box(part.x0 + dx, part.y0 + dy, part.x1 + dx, part.y1 + dy)


def test_a_dot_above_a_stem_that_hangs_is_an_inverted_mark() -> None:
    assert _mark(DOT, STEM, RULE) == _mark(STEM, DOT, RULE) == "¡"
    assert _mark(moved(DOT, 0.05), STEM, RULE) == "¡"  # italic
    assert _mark(moved(DOT, dy=-0.13), moved(STEM, dy=-0.13), RULE) == ""  # an i
    assert _mark(moved(DOT, dy=0.4), moved(STEM, dy=-0.3), RULE) == ""  # a !
    assert _mark(moved(DOT, 0.3), STEM, RULE) == ""
    assert _mark(DOT, STEM._replace(y0=0.85), RULE) == ""  # a semicolon


def test_two_alike_that_hang_are_a_low_quote() -> None:
    assert _mark(COMMA, moved(COMMA, 0.12), RULE) == "„"
    assert _mark(COMMA, moved(COMMA, 0.12, -0.45), RULE) == ""
    assert _mark(moved(COMMA, dy=-0.45), moved(COMMA, 0.12, -0.45), RULE) == ""  # a high quote
    assert _mark(COMMA, moved(COMMA, 0.5), RULE) == ""
    assert _mark(COMMA._replace(y1=0.91), moved(COMMA, 0.12)._replace(y1=0.91), RULE) == ""  # ..


def test_a_speck_beside_a_mark_does_not_hide_it() -> None:
    speck = Box(0.31, 0.68, 0.34, 0.77)
    assert _mark_among([DOT, STEM, speck], RULE) == "¡"
    assert _mark_among([moved(speck, -0.2), DOT, STEM], RULE) == "¡"
    assert _mark_among([DOT, speck], RULE) == _mark_among([STEM], RULE) == ""
