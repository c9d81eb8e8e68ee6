"""Which engines the options make, and what is said of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.checkpoints import architecture
from tests.openai_server import OpenAIServer
from vidocr.errors import DependencyError, UsageError
from vidocr.ocr import choice
from vidocr.ocr.choice import Wanted, make_asker, make_readers, states, wanted_of, why_not_hunyuan
from vidocr.ocr.hunyuan import HunyuanEngine
from vidocr.ocr.rapid import RapidEngine
from vidocr.ocr.server import ServerEngine
from vidocr.options import Options


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    made: Path = tmp_path_factory.mktemp("model")
    processor = architecture.processor()
    settings = architecture.config(processor.tokenizer, layers=1, vision_layers=1)
    architecture.untrained(settings).save_pretrained(made)
    processor.save_pretrained(made)
    return str(made)


def wanted(**changes: Any) -> Wanted:
    return replace(wanted_of(Options()), **changes)


# auto


def test_auto_is_rapid_on_a_machine_without_a_gpu(folder: str) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    readers = make_readers(wanted(model=folder))
    assert isinstance(readers.engine, RapidEngine) and readers.model is None
    assert (readers.name, readers.why) == ("rapid", "not hunyuan: no CUDA device")


def test_auto_keeps_off_a_gpu_that_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert why_not_hunyuan(wanted(device="cpu")) == "device cpu was asked for"


def test_auto_asks_the_cheapest_question_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "missing_packages", lambda *names: ["torch"])
    assert why_not_hunyuan(wanted()) == "torch not installed"


def test_auto_downloads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(choice, "weights_at_hand", lambda source: False)
    assert why_not_hunyuan(wanted()) == "no weights of tencent/HunyuanOCR on this machine"


def test_auto_is_hunyuan_where_all_is_at_hand(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("vidocr.ocr.weights.device_of", lambda device: "cpu")
    readers = make_readers(wanted(model=folder))
    assert readers.engine is None and isinstance(readers.model, HunyuanEngine)
    assert readers.why == "a CUDA device and the weights are at hand"


def test_auto_takes_a_server_that_is_named() -> None:
    with OpenAIServer(models=["ocr"]) as server:
        readers = make_readers(wanted(server_url=server.url))
    assert isinstance(readers.model, ServerEngine) and readers.engine is None
    assert (readers.name, readers.why) == ("server", "its address was given")
    assert readers.model.model == "ocr"


# By name


def test_engines_by_name(folder: str) -> None:
    rapid = make_readers(wanted(engine="rapid"))
    assert isinstance(rapid.engine, RapidEngine) and (rapid.model, rapid.why) == (None, "")
    hunyuan = make_readers(wanted(engine="hunyuan", model=folder, batch=3))
    assert hunyuan.engine is None and isinstance(hunyuan.model, HunyuanEngine)
    assert hunyuan.model.batch_size == 12
    both = make_readers(wanted(engine="cascade", model=folder))
    assert isinstance(both.engine, RapidEngine) and isinstance(both.model, HunyuanEngine)
    assert both.name == "rapid+hunyuan"
    assert make_readers(wanted(engine="fake")).name == "fake"


def test_the_profile_may_be_named(folder: str) -> None:
    readers = make_readers(wanted(engine="hunyuan", model=folder, profile="hunyuanocr-1.0"))
    assert isinstance(readers.model, HunyuanEngine)
    assert readers.model.profile.name == "hunyuanocr-1.0"


def test_an_unknown_engine_is_named_with_a_way_to_those_there_are() -> None:
    with pytest.raises(UsageError, match="there is no .tess.; see vidocr --help"):
        make_readers(wanted(engine="tess"))


def test_a_server_needs_an_address() -> None:
    with pytest.raises(UsageError, match="engine server: give .* --server-url"):
        make_readers(wanted(engine="server"))


@pytest.mark.parametrize("engine", ["server", "cascade"])
def test_a_server_that_is_down_is_told_before_the_film(engine: str) -> None:
    down = "http://127.0.0.1:9"
    with pytest.raises(DependencyError, match="http://127.0.0.1:9"):
        make_readers(wanted(engine=engine, server_url=down, model="a"))


def test_a_language_that_rapid_reads_is_read_by_it() -> None:
    readers = make_readers(wanted(lang="de", device="cpu"))
    assert isinstance(readers.engine, RapidEngine)
    assert "German" in readers.why
    assert isinstance(make_readers(wanted(engine="rapid", lang="de")).engine, RapidEngine)


def test_an_engine_that_is_named_is_not_replaced() -> None:
    with pytest.raises(DependencyError, match="engine rapid: the model korean is not on this"):
        make_readers(wanted(engine="rapid", lang="ko", offline=True))
    with pytest.raises(DependencyError, match="RapidOCR has no model for Hebrew; .*tesseract"):
        make_readers(wanted(engine="rapid", lang="he"))


@pytest.mark.parametrize("engine", ["auto", "rapid", "hunyuan", "cascade", "fake"])
def test_an_unknown_language_is_a_mistake_whatever_reads(engine: str) -> None:
    with pytest.raises(UsageError, match="klingon"):
        make_readers(wanted(engine=engine, lang="klingon"))


def test_a_cascade_goes_on_alone_where_no_engine_reads_the_script(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # no tesseract
    readers = make_readers(wanted(engine="cascade", model=folder, lang="th", offline=True))
    assert readers.engine is None and isinstance(readers.model, HunyuanEngine)
    assert readers.why.startswith("the model alone: ") and "tesseract" in readers.why


# Asking


def test_only_models_can_be_asked(folder: str) -> None:
    assert make_asker(wanted(model=folder)).profile.name == "hunyuanocr-1.5"
    for engine in ("rapid", "tesseract"):
        with pytest.raises(UsageError, match=f"engine {engine} can't be asked; take hunyuan or "):
            make_asker(wanted(engine=engine, server_url="http://127.0.0.1:9"))


def test_an_engine_that_is_named_sends_nothing_to_a_server(folder: str) -> None:
    asker = make_asker(wanted(engine="hunyuan", model=folder, server_url="http://127.0.0.1:9"))
    assert isinstance(asker, HunyuanEngine)


def test_states_say_what_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "missing_packages", lambda *names: ["torch", "transformers"])
    found = {str(state["engine"]): state for state in states()}
    assert list(found) == ["rapid", "tesseract", "hunyuan", "server", "cascade"]
    assert found["rapid"]["ready"] and not found["hunyuan"]["ready"]
    note = str(found["hunyuan"]["note"])
    assert "lacks torch, transformers: pip install 'vidocr[hunyuan]'" in note
    assert not found["cascade"]["ready"] and "--server-url" in str(found["cascade"]["note"])
