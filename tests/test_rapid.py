"""PP-OCR itself, on drawn pictures: what the stages may rely on."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import numpy as np
import pytest

from tests.clips import FIRST_CJK, Style, Text
from tests.scenes import box_of, scene
from vidocr.model import Box, Image, Line, Luma
from vidocr.ocr import wheel
from vidocr.ocr.detector import RapidDetector
from vidocr.ocr.rapid import RapidEngine

WIDE = (640, 72)


def drawn(words: str, size: tuple[int, int] = WIDE) -> tuple[Luma, Box]:
    """A picture of one line and where its ink stands."""
    text = Text(0, 1, words, Style(size=32 / size[1]))
    return scene(1, text, size=size)[0], box_of(text, size)


def rgb(luma: Luma) -> Image:
    return np.repeat(luma[..., None], 3, axis=2)


def read(*lumas: Luma) -> list[list[Line]]:
    return [list(lines) for lines in RapidEngine().read([rgb(luma) for luma in lumas])]


def read_words(words: str) -> str:
    (lines,) = read(drawn(words)[0])
    joint = "" if max(words) >= FIRST_CJK else " "
    return joint.join(line.text for line in sorted(lines, key=lambda line: line.box or ()))


@pytest.mark.parametrize(
    "words",
    [
        "The train leaves at seven.",
        "Where is your brother?",
        "No, it was 3:45!",
        "Größe über Ängste, daß",
        "Où est le café, là-bas ?",
        "¿Dónde está el niño?",
        "我们从来没有见过这样的风景",
    ],
)
def test_a_line_is_read_exactly(words: str) -> None:
    assert read_words(words) == words


def test_full_width_punctuation_is_read() -> None:
    assert read_words("今天的天气真好，我们回家吧。") == "今天的天气真好，我们回家吧。"


def test_pictures_are_answered_in_order() -> None:
    words = ["First of all.", "Then the next.", "And the last."]
    blank = np.full((72, 640), 60, np.uint8)
    first, second, nothing, third = read(
        drawn(words[0])[0], drawn(words[1])[0], blank, drawn(words[2])[0]
    )
    assert [lines[0].text for lines in (first, second, third)] == words
    assert nothing == []
    assert read() == []


def test_a_line_says_where_it_stands_and_how_sure_it_is() -> None:
    luma, box = drawn("The train leaves at seven.")
    ((line,),) = read(luma)
    assert line.box is not None and np.allclose(line.box, box, atol=8)
    assert 0.9 < line.confidence <= 1


@pytest.mark.parametrize(
    "words",
    [
        "The train leaves at seven.",
        "“Wait,” he said – “don’t go.”",
        "- Who? - It's Anna's co-pilot.",
        "\"It's 'open'\", she said.",
        "Où est le café, là-bas ?",
        "Příliš žluťoučký kůň, řekl Jiří.",
        "今天的天气真好，我们回家吧。",
    ],
)
def test_a_line_is_read_where_it_stands(words: str) -> None:
    luma, _ = drawn(words)
    box = reduce(Box.union, RapidDetector().detect(luma))
    (line,) = RapidEngine().read_at([rgb(luma)], [box])
    assert line.text == words and line.box is None
    assert 0.9 < line.confidence <= 1


def test_nothing_is_read_where_nothing_stands() -> None:
    luma = np.full((72, 640), 60, np.uint8)
    (line,) = RapidEngine().read_at([rgb(luma)], [Box(40, 20, 600, 52)])
    assert line == Line("", None, 0.0)


def test_two_rows_come_top_first() -> None:
    text = Text(0, 1, "The upper row\nand the lower one", Style(size=32 / 120))
    (lines,) = read(scene(1, text, size=(640, 120))[0])
    assert [line.text for line in lines] == ["The upper row", "and the lower one"]


@pytest.mark.parametrize(
    "shape", [(1, 1), (3, 200), (200, 3), (16, 16), (15, 700), (40, 2), (9, 2000)]
)
def test_tiny_and_narrow_pictures_hold_nothing_and_do_no_harm(shape: tuple[int, int]) -> None:
    for luma in (np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)):
        assert read(luma) == [[]]
        assert RapidDetector().detect(luma) == []


def test_a_large_picture_is_shrunk_to_be_looked_at() -> None:
    luma, box = drawn("A long line in a large picture", (1920, 144))
    assert np.allclose(RapidDetector().detect(luma)[0], box, atol=10)


@pytest.mark.parametrize("words", ["The train leaves at seven.", "我们从来没有见过这样的风景"])
def test_a_box_is_as_large_as_the_ink(words: str) -> None:
    luma, box = drawn(words)
    (found,) = RapidDetector().detect(luma)
    assert np.allclose(found, box, atol=8)


def test_a_detector_finds_nothing_where_nothing_is() -> None:
    assert RapidDetector().detect(np.full((256, 736), 60, np.uint8)) == []


@pytest.fixture
def unloaded() -> Iterator[None]:
    """The models as in a new process."""
    wheel.session.cache_clear()
    yield


@pytest.mark.usefixtures("unloaded")
def test_models_are_loaded_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert read_words("The train leaves.") == "The train leaves."


def test_the_runtime_keeps_no_account_of_those_who_use_it(tmp_path: Path) -> None:
    # Before it calls its makers, it leaves a number for this machine and what it has to tell.
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(tmp_path))
    code = "from vidocr.ocr import wheel; wheel.session('rec')"
    # No other variable: in what it takes for a test, the runtime is silent anyhow.
    subprocess.run([sys.executable, "-B", "-c", code], env=places, check=True)
    assert not list(tmp_path.rglob("*"))
