"""Pictures of lines as the pipeline hands them to a model: gray, soft behind, bright letters.

A canvas is 32 px high and shows a line with narrow margins, so that the letters' font is 12
to 25 px, large in lines of capitals. Letters are drawn at a size of films and scaled from
there: their spacing and softness are those of that size.
"""

from __future__ import annotations

import math
import random
import re
import string
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vidocr.model import Luma

FONT = Path(__file__).parents[2] / "fixtures" / "videos" / "fonts" / "DejaVuSans-latin.ttf"
HEIGHT_PX = 32
MARKS = ".,!?'-:;\"()"
ALPHABET = string.ascii_letters + string.digits + MARKS + " "
_FILM_PX = (18, 44)
_FONT_PX = (12.5, 25.0)
_MIDDLE_PX = (14, 18.5)  # the text's middle; its canvas is cut around a detected box
_LEFT_PX = (6, 18)
_RIGHT_PX = (4, 20)
_BLANK = 0.08  # share of the pictures that show no text

_WORDS: list[str] = re.findall(
    r"\w+",
    "the and you that was for are with his they this have from one had word but not what all "
    "were when your can said there use each which she how their will other about out many "
    "then them these some her would make like him into time has look two more write see "
    "number way could people than first water been call who its now find long down day did "
    "get come made may part over new sound take only little work know place year live back "
    "give most very after thing our just name good sentence man think say great where help "
    "through much before line right too mean old any same tell boy follow came want show also "
    "around form three small set put end does another well large must big even such because "
    "turn here why ask went men read need land different home move try kind hand picture "
    "again change off play spell air away animal house point page letter mother answer found "
    "study still learn should world high every near add food between own below country plant "
    "last school father keep tree never start city earth eye light thought head under story "
    "saw left few while along might close something seem next hard open example begin life "
    "always those both paper together got group often run important until children side feet "
    "car mile night walk white sea began grow took river four carry state once book hear stop "
    "without second later miss idea enough eat face watch far really almost let above girl "
    "sometimes mountain cut young talk soon list song being leave family body music color "
    "stand sun question fish area mark dog horse birds problem complete room knew since ever "
    "piece told usually friends easy heard order red door sure become top ship across today "
    "during short better best however low hours black products happened whole measure "
    "remember early waves reached listen wind rock space covered fast several hold himself "
    "toward five step morning passed true hundred against pattern numeral table north slow "
    "money map busy quiet captain sister lawyer stranger neighbour doctor guard driver town "
    "news boat smoke window secret bill dawn Monday Tuesday Friday kitchen bridge midnight "
    "winter storm war London Paris ",
)


class Place(NamedTuple):
    """One character and the x of its middle in px."""

    character: str
    x: float


class Sample(NamedTuple):
    """A picture (HEIGHT_PX, width), what it says, and where its characters stand."""

    picture: Luma
    text: str
    places: tuple[Place, ...]


@cache
def font(px: int) -> ImageFont.FreeTypeFont:
    """The proportional font that the small checkpoint reads."""
    return ImageFont.truetype(FONT, px, layout_engine=ImageFont.Layout.BASIC)


def text(rng: random.Random, longest: int) -> str:
    """Words, made-up words, numbers and marks, at most ``longest`` characters."""
    length = rng.randint(max(1, longest // 2), longest)
    parts: list[str] = []
    while len(" ".join(parts)) < length:
        parts.append(_part(rng))
    line = " ".join(parts)[:length].strip() or rng.choice(string.ascii_letters)
    return line[0].upper() + line[1:] if rng.random() < 0.5 else line


def _part(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.5:
        word = rng.choice(_WORDS)
    elif kind < 0.8:
        word = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(1, 9)))
    elif kind < 0.9:
        word = "".join(rng.choices(string.digits, k=rng.randint(1, 4)))
    else:
        word = "".join(rng.choices(ALPHABET[:-1], k=rng.randint(1, 6)))
    case = rng.random()
    word = word.upper() if case < 0.15 else word.capitalize() if case < 0.35 else word
    mark = rng.random()
    if mark < 0.25:
        return word + rng.choice(MARKS)
    if mark < 0.3:
        return rng.choice("\"('") + word + rng.choice("\")'")
    return word


def width_for(rng: random.Random, longest: int) -> int:
    """A width in px, in steps of the height, in which about ``longest`` characters fit."""
    return HEIGHT_PX * max(2, -(-(longest * 9 + 20) // HEIGHT_PX) + rng.randint(0, 1))


def sample(rng: random.Random, width: int, longest: int) -> Sample:
    """A picture ``width`` px wide with a line of text, or with none."""
    picture = _ground(rng, width)
    if rng.random() < _BLANK:
        return Sample(_spoilt(rng, picture), "", ())
    face = font(rng.randint(*_FILM_PX))
    zoom = rng.uniform(*_FONT_PX) / face.size
    left = rng.uniform(*_LEFT_PX)
    room = (width - left - rng.uniform(*_RIGHT_PX)) / zoom
    line = text(rng, longest)
    while line and face.getlength(line) > room:
        line = line[:-1].strip()
    middle = rng.uniform(*_MIDDLE_PX) / zoom + 0.36 * face.size
    _write(rng, picture, line, face, (left / zoom, middle), zoom)
    ends = [left + zoom * face.getlength(line[:at]) for at in range(len(line) + 1)]
    places = tuple(
        Place(c, (a + b) / 2) for c, a, b in zip(line, ends[:-1], ends[1:], strict=True) if c != " "
    )
    return Sample(_spoilt(rng, picture), line, places)


def _write(
    rng: random.Random,
    picture: Luma,
    line: str,
    face: ImageFont.FreeTypeFont,
    place: tuple[float, float],
    zoom: float,
) -> None:
    """Draw a line at a film's size, its baseline from ``place``, and lay it over the picture."""
    height, width = picture.shape
    film = (math.ceil(width / zoom), math.ceil(height / zoom))
    edge = rng.choice((0, 1, max(1, round(face.size / 14)), max(1, round(face.size / 14))))
    layers = []
    for stroke in (edge, 0):
        drawn = Image.new("L", film)
        ImageDraw.Draw(drawn).text(
            place, line, fill=255, font=face, anchor="ls", stroke_width=stroke
        )
        whole = np.asarray(drawn, np.float32)[: round(height / zoom), : round(width / zoom)]
        layers.append(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA) / 255)
    dark, bright = rng.uniform(0, 30), rng.uniform(215, 255)
    shown = picture * (1 - layers[0]) + dark * layers[0]
    shown = shown * (1 - layers[1]) + bright * layers[1]
    picture[:] = np.clip(shown + 0.5, 0, 255)


def _ground(rng: random.Random, width: int) -> Luma:
    """What stands behind a line: the mean of many frames, so mostly soft."""
    noise = np.random.default_rng(rng.getrandbits(32))
    low, high = sorted(noise.uniform(20, 170, 2))
    coarse = noise.uniform(low, high, (3, max(2, width // 40))).astype(np.float32)
    ground: Any = cv2.resize(coarse, (width, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    for _ in range(rng.choice((0, 0, 1, 3, 6))):
        x, y = rng.randrange(width), rng.randrange(HEIGHT_PX)
        corner = (x + rng.randint(2, 50), y + rng.randint(2, 20))
        cv2.rectangle(ground, (x, y), corner, rng.uniform(20, 180), -1)
    if rng.random() < 0.7:
        ground = cv2.GaussianBlur(ground, (0, 0), rng.uniform(0.6, 3))
    return np.asarray(np.clip(ground, 0, 255), np.uint8)


def _spoilt(rng: random.Random, picture: Luma) -> Luma:
    """Softened a little, as by scaling, and with light noise, as by coding."""
    soft: Any = picture.astype(np.float32)
    if rng.random() < 0.6:
        soft = cv2.GaussianBlur(soft, (0, 0), rng.uniform(0.2, 0.6))
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(0, 5), soft.shape)
    return np.asarray(np.clip(soft + noise, 0, 255), np.uint8)
