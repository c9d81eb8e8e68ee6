"""``vidocr engines`` and ``vidocr ask``, as they are typed."""

import json
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from vidocr.cli import main
from vidocr.errors import UsageError
from vidocr.model import Image
from vidocr.ocr import choice
from vidocr.ocr.answers import Answer
from vidocr.ocr.choice import Wanted
from vidocr.ocr.profiles import Profile, profile_called


class Asked:
    """A model that spots one word wherever it looks, and remembers what it was asked."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.shapes: list[tuple[int, ...]] = []
        self.wanted: Wanted | None = None
        self.text = "Hello(100,200),(500,400)"

    @property
    def profile(self) -> Profile:
        return profile_called("hunyuanocr-1.5")

    def ask(self, images: list[Image], prompt: str) -> list[Answer]:
        self.prompts.append(prompt)
        self.shapes += [image.shape for image in images]
        return [Answer(self.text, 0.91)] * len(images)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    model = Asked()

    def make(wanted: Wanted) -> Asked:
        model.wanted = wanted
        return model

    monkeypatch.setattr(choice, "make_asker", make)
    return model


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a card.png"
    cv2.imwrite(str(path), np.full((50, 100, 3), (255, 0, 0), np.uint8))
    return path


def test_engines_are_listed_with_licences(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines"]) == 0
    out = capsys.readouterr().out
    assert "rapid      ready" in out and "auto       takes rapid: " in out
    assert "tencent/HunyuanOCR: Tencent Hunyuan Community Licence; not for use in the EU" in out
    assert "zai-org/GLM-OCR: MIT\n" in out
    assert main(["engines", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["auto"].startswith("rapid: ")
    assert {"rapid", "hunyuan", "cascade"} <= {each["engine"] for each in told["engines"]}
    assert told["models"][0]["profile"] == "hunyuanocr-1.5"


def test_a_picture_is_asked_about(
    asked: Asked, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.text = "Hello"
    assert main(["ask", str(picture)]) == 0
    assert capsys.readouterr().out == "Hello\n"
    assert asked.prompts == ["提取图中的文字。"] and asked.shapes == [(50, 100, 3)]
    assert asked.wanted and asked.wanted.max_new_tokens == 0  # what a picture needs


def test_several_pictures_are_told_apart(
    asked: Asked, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", *[str(picture)] * 20, "--prompt", "What is this?"]) == 0
    out = capsys.readouterr().out
    assert out.count(f"== {picture}\n") == 20
    assert asked.prompts == ["What is this?"] * 2  # in groups, not all in the memory at once


def test_spots_are_given_in_px(
    asked: Asked, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", str(picture), "--task", "spot", "--json"]) == 0
    told = capsys.readouterr().out
    assert main(["ask", str(picture), "--task", "spot"]) == 0
    assert capsys.readouterr().out == "10,10,50,20\tHello\n"
    assert json.loads(told) == {
        "picture": str(picture),
        "answer": asked.text,
        "confidence": 0.91,
        "cut_off": False,
        "lines": [{"text": "Hello", "box": [10.0, 10.0, 50.0, 20.0]}],
    }


def test_fields_and_options_reach_the_model(asked: Asked, picture: Path) -> None:
    keys = ["--task", "fields", "--keys", "name, date"]
    assert main(["ask", str(picture), *keys, "--model", "x/y", "--max-new-tokens", "64"]) == 0
    assert "['name','date']" in asked.prompts[0]
    assert asked.wanted and (asked.wanted.model, asked.wanted.max_new_tokens) == ("x/y", 64)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["no.png"], 3, "no.png: there is no such file"),
        (["PICTURE", "--task", "fields"], 2, "name the fields with --keys"),
        (["PICTURE", "--task", "sing"], 2, "'sing' is not one of 'subtitle'"),
        (["TEXT"], 3, "is no picture that can be read; give a PNG or a JPEG"),
        (["EMPTY"], 3, "is no picture that can be read"),
        (["/dev/null"], 3, "/dev/null: is no picture that can be read"),
        (["FOLDER"], 3, "can't be read: Is a directory"),
        (["x" * 300 + ".png"], 3, "there is no such file"),
        (["HUGE"], 3, "is no picture that can be read"),
        ([], 2, "see vidocr ask --help"),
    ],
)
def test_mistakes_are_told(
    arguments: list[str],
    code: int,
    words: str,
    asked: Asked,
    picture: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").write_text("")
    header = b"IHDR" + (100_000).to_bytes(4) * 2 + b"\x08\x02\0\0\0"
    chunk = (13).to_bytes(4) + header + zlib.crc32(header).to_bytes(4)
    (tmp_path / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    places = {
        "FOLDER": str(tmp_path),
        "HUGE": str(tmp_path / "huge.png"),
        "PICTURE": str(picture),
        "TEXT": str(tmp_path / "text.png"),
        "EMPTY": str(tmp_path / "empty.png"),
    }
    assert main(["ask", *(places.get(each, each) for each in arguments)]) == code
    assert words in capsys.readouterr().err


def test_an_engine_that_cannot_be_asked_is_an_error(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", str(picture), "--engine", "rapid"]) == UsageError.exit_code
    assert "engine rapid can't be asked" in capsys.readouterr().err


def test_each_command_has_help_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Usage: vidocr ask") and "--quantise" in out and "--grid-ms" not in out
    assert main(["--help"]) == 0
    assert "vidocr engines" in capsys.readouterr().out
