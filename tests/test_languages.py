"""Languages by name, and the engine that is taken for each."""

import shutil
import socket
from pathlib import Path

import pytest
from rapidocr import LangRec, ModelType, OCRVersion
from rapidocr.inference_engine.base import FileInfo, InferSession
from rapidocr.utils.model_resolver import route_to_model_key
from rapidocr.utils.typings import EngineType, TaskType

from tests.backdrops import flat
from tests.scripts import SENTENCES, line_picture, rgb
from tests.test_tesseract import installed
from vidocr.errors import DependencyError, UsageError
from vidocr.model import Box, Line
from vidocr.ocr import scripts
from vidocr.ocr.languages import (
    Language,
    debian_package,
    engine_for,
    how_to_install,
    language,
    languages,
)
from vidocr.ocr.rapid import RapidEngine
from vidocr.ocr.scripts import Script, ScriptEngine
from vidocr.ocr.tesseract import TesseractEngine
from vidocr.ocr.wheel import models_folder

WHEEL_MODEL = models_folder() / "PP-OCRv6_rec_small.onnx"
RAPID_NAMES = {"zh-hant": "chinese_cht", "sr-latn": "rs_latin"}


# Names


@pytest.mark.parametrize(
    "name,code",
    [
        ("ru", "ru"),
        ("rus", "ru"),
        ("Russian", "ru"),
        (" RUS ", "ru"),
        ("ger", "de"),
        ("deu", "de"),
        ("pt-BR", "pt"),
        ("zh", "zh"),
        ("zh_CN", "zh"),
        ("chi_sim", "zh"),
        ("zh-Hant-TW", "zh-hant"),
        ("chi_tra", "zh-hant"),
        ("traditional chinese", "zh-hant"),
        ("sr", "sr"),
        ("sr-Latn-RS", "sr-latn"),
        ("farsi", "fa"),
        ("iw", "he"),
        ("nb", "no"),
        ("Greek", "el"),
    ],
)
def test_a_language_has_many_names(name: str, code: str) -> None:
    assert language(name).code == code


@pytest.mark.parametrize("name,nearest", [("rusian", "Russian"), ("koraen", "Korean")])
def test_an_unknown_language_is_refused_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UsageError, match=f"lang: '{name}' is no .*did you mean {nearest}") as error:
        language(name)
    assert error.value.exit_code == 2


@pytest.mark.parametrize("name", ["", "-", "klingon", "x" * 300])
def test_what_is_no_language_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="give a code as in ru or zh"):
        language(name)


def test_no_two_languages_share_a_name() -> None:
    names = [
        name
        for each in languages()
        for name in {each.code, each.long_code, each.name.lower(), *each.aliases}
    ]
    assert len(names) == len(set(names))
    assert all(language(each.name) is each for each in languages())


# What reads them, by RapidOCR's own tables


@pytest.mark.parametrize("each", [e for e in languages() if e.bundled], ids=lambda e: e.code)
def test_the_model_of_the_wheel_claims_to_read_it(each: Language) -> None:
    name = RAPID_NAMES.get(each.code, each.code)
    assert route_to_model_key(TaskType.REC, OCRVersion.PPOCRV6, name, ModelType.SMALL)


@pytest.mark.parametrize("model", sorted({e.model for e in languages() if e.model}))
def test_rapidocr_has_the_model_under_this_name(model: str) -> None:
    info = FileInfo(
        EngineType.ONNXRUNTIME,
        OCRVersion.PPOCRV5,
        TaskType.REC,
        LangRec(model),
        ModelType.MOBILE,
    )
    assert Path(InferSession.get_model_url(info)["model_dir"]).name == Script(model).file.name


def test_languages_run_in_their_direction() -> None:
    leftward = {each.code for each in languages() if each.right_to_left}
    assert {"ar", "fa", "ur", "he"} <= leftward
    assert not leftward & {"ru", "ko", "hi", "en", "th"}


def test_packages_are_named_as_debian_does() -> None:
    assert debian_package("chi_sim") == "tesseract-ocr-chi-sim"
    assert how_to_install("rus") == "apt install tesseract-ocr tesseract-ocr-rus"
    assert all(each.tesseract.replace("_", "").isalpha() for each in languages())


# The engine for a language


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder of models, no tesseract and no network."""

    def refuse(*args: object, **options: object) -> None:
        raise OSError("no network")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(scripts, "models_folder", lambda: tmp_path)
    scripts._model.cache_clear()
    return tmp_path


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("code", ["en", "zh", "ja", "tr", "sr-latn"])
def test_what_the_wheel_reads_needs_nothing_else(code: str) -> None:
    engine, why = engine_for(language(code))
    assert isinstance(engine, RapidEngine)
    assert why == f"RapidOCR's own model reads {language(code).name}"


def test_a_model_at_hand_comes_first(models: Path) -> None:
    shutil.copy(WHEEL_MODEL, models / "eslav_PP-OCRv5_rec_mobile.onnx")
    engine, why = engine_for(language("ru"), offline=True)
    assert isinstance(engine, ScriptEngine)
    assert why == "RapidOCR's model eslav for Russian is here"
    luma, _ = line_picture("ru", "OK 1997", flat())  # the model of the wheel, in disguise
    ((line,),) = engine.read([rgb(luma)])
    assert line.text == "OK 1997"


@installed
@pytest.mark.parametrize("lang", SENTENCES)
def test_tesseract_comes_next(lang: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(scripts, "models_folder", lambda: tmp_path)
    engine, why = engine_for(language(lang))
    assert isinstance(engine, TesseractEngine)
    assert why.startswith(f"tesseract reads {language(lang).name}; RapidOCR's model ")


@pytest.mark.usefixtures("models")
def test_offline_both_ways_are_told() -> None:
    with pytest.raises(DependencyError) as error:
        engine_for(language("ru"), offline=True)
    assert "apt install tesseract-ocr tesseract-ocr-rus" in str(error.value)
    assert "without --offline" in str(error.value)
    assert error.value.exit_code == 4


def test_a_download_that_fails_tells_both_ways(models: Path) -> None:
    with pytest.raises(DependencyError) as error:
        engine_for(language("ko"))
    assert "the model korean can't be downloaded" in str(error.value)
    assert f"put korean_PP-OCRv5_rec_mobile.onnx into {models}" in str(error.value)
    assert "apt install tesseract-ocr tesseract-ocr-kor" in str(error.value)


@pytest.mark.usefixtures("models")
def test_a_language_without_a_model_takes_tesseract_alone() -> None:
    with pytest.raises(DependencyError, match="Hebrew takes the engine tesseract: .*-heb$"):
        engine_for(language("he"))


def test_a_damaged_model_is_named(models: Path) -> None:
    path = models / "el_PP-OCRv5_rec_mobile.onnx"
    path.write_bytes(b"half a model")
    with pytest.raises(DependencyError, match="can't be loaded; delete it") as error:
        engine_for(language("el"))
    assert str(path) in str(error.value)
    assert path.exists()


def test_arabic_needs_one_more_package(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (models / "arabic_PP-OCRv5_rec_mobile.onnx").touch()
    monkeypatch.setattr(Script, "lacks_package", lambda script: script.right_to_left)
    assert not Script("arabic", right_to_left=True).at_hand()
    with pytest.raises(DependencyError, match=r"pip install 'rapidocr\[rtl\]'"):
        engine_for(language("ar"))


def test_boxes_of_a_row_are_joined_from_right_to_left() -> None:
    lines = [
        Line("ب", Box(0, 0, 40, 20), 0.9),
        Line("ا", Box(60, 2, 100, 22), 0.8),
        Line("ج", Box(20, 30, 90, 50), 0.7),
    ]
    assert scripts._joined_leftward(lines) == [
        Line("ا ب", Box(0, 0, 100, 22), 0.8),
        Line("ج", Box(20, 30, 90, 50), 0.7),
    ]
