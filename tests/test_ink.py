"""Strokes cut out of pictures of a line."""

import cv2
import numpy as np
import pytest

from tests.backdrops import Backdrop, flat, footage, grain, snow
from tests.clips import BOXED, PLAIN, WHITE, Style
from tests.scripts import line_picture
from vidocr.model import Luma
from vidocr.ocr.ink import LINE_HEIGHT_PX, ink_of

WORDS = "Поезд отправляется в семь часов."
BRIGHT = flat((225, 225, 215))
YELLOW = Style(fill=(255, 226, 64))
DARK = Style(fill=(15, 15, 15), outline=None)


def likeness(a: Luma, b: Luma) -> float:
    """Correlation of the ink of two pictures, made equally large."""
    inks = []
    for picture in (a, b):
        x, y, width, height = cv2.boundingRect(255 - picture)
        inks.append(cv2.resize(picture[y : y + height, x : x + width], (600, 40)).ravel())
    return float(np.asarray(np.corrcoef(np.array(inks)))[0, 1])


@pytest.mark.parametrize(
    "backdrop,style",
    [
        (flat(), PLAIN),
        (footage(6), WHITE),
        (snow(), PLAIN),
        (BRIGHT, WHITE),
        (grain(footage(9)), YELLOW),
        (footage(9), BOXED),
    ],
)
def test_strokes_are_black_on_white_wherever_they_stood(backdrop: Backdrop, style: Style) -> None:
    expected = ink_of(line_picture("ru", WORDS, flat((0, 0, 0)), PLAIN)[0])
    luma, box = line_picture("ru", WORDS, backdrop, style)
    ink = ink_of(luma)
    assert ink is not None and expected is not None
    assert likeness(ink.picture, expected.picture) > 0.8
    assert (ink.picture[0] == 255).all() and (ink.picture[:, -1] == 255).all()
    assert np.allclose(ink.box, box, atol=4)


def test_dark_letters_are_the_inverse() -> None:
    luma, box = line_picture("ru", WORDS, BRIGHT, DARK)
    ink = ink_of(np.asarray(255 - luma, np.uint8))
    assert ink is not None and np.allclose(ink.box, box, atol=4)


def test_the_row_beside_is_left_out() -> None:
    luma, box = line_picture("ru", WORDS, flat(), PLAIN)
    pitch = int(1.1 * box.height)
    above = np.roll(luma, -pitch, axis=0)
    above[-pitch:] = luma.min()
    ink = ink_of(np.maximum(above, luma))
    assert ink is not None and np.allclose(ink.box, box, atol=4)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (12, 1), (15, 700), (40, 2)])
def test_pictures_of_nothing_hold_no_strokes(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(60, 66, shape)
    for luma in (np.zeros(shape), np.full(shape, 255), noise):
        assert ink_of(luma.astype(np.uint8)) is None


def test_a_tall_picture_is_made_small() -> None:
    luma, _ = line_picture("ru", WORDS, flat(), PLAIN, (2560, 1440))
    ink = ink_of(luma)
    assert ink is not None and ink.picture.shape[0] < 1.6 * LINE_HEIGHT_PX
