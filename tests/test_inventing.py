"""Whole films that hold no words, or few, under a model that invents some for any picture."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.backdrops import flat
from tests.clips import Clip, Style, Text, render
from tests.scenes import InkDetector
from vidocr import extract
from vidocr.model import Box, Image, Line
from vidocr.ocr.fake import FakeEngine
from vidocr.options import Options
from vidocr.report import Report
from vidocr.values import RegionSpec

Answer = Callable[[Image], list[Line]]
STYLE = Style(size=0.08)
SAID = (
    Text(10, 34, "Nobody said a word.", STYLE),
    Text(40, 64, "Then the wind came.", STYLE),
)


def always(image: Image) -> list[Line]:
    return [Line("Subtitles by the community", None, 0.99)]


def fitting(image: Image) -> list[Line]:
    """As long as the line is wide."""
    room = int(2 * image.shape[1] / image.shape[0])
    return [Line(("the old captain left before dawn " * 9)[:room].strip(), None, 0.99)]


def of_the_picture(image: Image) -> list[Line]:
    """Always the same for the same picture."""
    words = np.random.default_rng(int(image.astype(np.int64).sum())).integers(97, 123, 16)
    return [Line("".join(map(chr, words)), None, 0.99)]


def anew() -> Answer:
    numbers = count(1000)
    return lambda image: [Line(f"line {next(numbers) ** 3} of a song", None, 0.99)]


def lamps_on(picture: Image, seconds: float) -> None:
    """What stands still for a second, like a line, and is none: a row of lamps."""
    if int(seconds) % 2:
        for at in range(120 + 9 * int(seconds), 340, 14):
            cv2.rectangle(picture, (at, 232), (at + 5, 250), (240, 240, 240), -1)


INVENTIONS: dict[str, Answer] = {
    "always the same": always,
    "what fits the width": fitting,
    "what depends on the picture": of_the_picture,
    "something new each time": anew(),
}


@pytest.fixture(scope="module")
def lamps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lamps") / "lamps.mp4"
    render(Clip((480, 270), 9.0, flat((60, 60, 60)), overlays=(lamps_on,)), path)
    return path


def lines_in(path: Path, engine: Answer | None, model: Answer) -> tuple[list[str], Report]:
    cues, report = extract(
        path,
        Options(regions=(RegionSpec.parse("0,75%,100%,25%"),)),
        engine=None if engine is None else FakeEngine(engine),
        model=FakeEngine(model),
        detector=InkDetector(),
    )
    return [cue.text for cue in cues], report


def blind(image: Image) -> list[Line]:
    return []


def dim(image: Image) -> list[Line]:
    height, width = image.shape[:2]
    return [Line("Nohody sa1d a word", Box(0, 0.2 * height, width, 0.8 * height), 0.7)]


@pytest.mark.parametrize("engine", [None, blind], ids=["alone", "in a cascade"])
@pytest.mark.parametrize("invents", INVENTIONS.values(), ids=INVENTIONS)
def test_lamps_are_no_words_whatever_a_model_says(
    lamps: Path, engine: Answer | None, invents: Answer
) -> None:
    texts, report = lines_in(lamps, engine, invents)
    assert texts == []
    assert report.spans >= 3 and report.second_looks >= 3  # it was asked, and not believed
    assert report.rejected["not confirmed"] >= 3


@pytest.mark.parametrize("invents", INVENTIONS.values(), ids=INVENTIONS)
def test_an_engine_that_is_unsure_is_not_talked_over(invents: Answer, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    render(Clip((480, 270), 3.0, flat((60, 60, 60)), SAID), path)
    texts, report = lines_in(path, dim, invents)
    assert set(texts) == {"Nohody sa1d a word"}
    assert report.disagreements == report.second_looks > 0
