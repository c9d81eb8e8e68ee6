"""Models that translate: what is loaded, and what is said where it can't be."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.checkpoints import TRANSLATES_HUNYUAN, TRANSLATES_MARIAN
from vidocr.errors import DependencyError
from vidocr.ocr import weights
from vidocr.translation.local import make_transformers

pytestmark = pytest.mark.usefixtures("one_torch_thread")


@pytest.fixture(params=[TRANSLATES_MARIAN, TRANSLATES_HUNYUAN], ids=["marian", "hunyuan"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy that may be broken."""
    for file in request.param.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


def refused(model: str, match: str, **how: Any) -> None:
    with pytest.raises(DependencyError, match=match) as caught:
        make_transformers(model, target="de", **how)
    assert caught.value.exit_code == 4


def test_loading_is_silent(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sacremoses", None)  # Marian's tokenizer warns without it
    translator: Any = make_transformers(str(folder), target="de")
    model = translator._generator._model
    assert model.dtype == torch.float32 and model.device.type == "cpu" and not model.training
    assert capfd.readouterr().err == ""


def test_a_wrong_folder_is_told(tmp_path: Path) -> None:
    refused(str(tmp_path / "none"), "there is no such folder; check the path")
    refused(str(tmp_path), "can't be loaded: .*download the model again")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    refused(str(tmp_path), "of the kind 'bert'; vidocr translates with marian, m2m_100")
    refused("", "no model was named")


def test_weights_that_are_cut_off_are_told(folder: Path) -> None:
    weights_ = folder / "model.safetensors"
    weights_.write_bytes(weights_.read_bytes()[:-1000])
    refused(str(folder), "can't be loaded: .*missing or broken: download the model again")


def test_weights_that_are_missing_are_told(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    kept = load_file(folder / "model.safetensors")
    lost = next(name for name in kept if "norm" in name)
    del kept[lost]
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    refused(str(folder), rf"weights are missing: {lost} \(1 in all\)")


def test_a_tokenizer_that_is_missing_is_told(folder: Path) -> None:
    for name in ("tokenizer.json", "source.spm"):
        (folder / name).unlink(missing_ok=True)
    refused(str(folder), "can't be loaded: .*download the model again")


def test_a_model_without_a_chat_template_is_told(tmp_path: Path) -> None:
    for file in TRANSLATES_HUNYUAN.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "chat_template.jinja").unlink()
    refused(str(tmp_path), "it has no chat template")


@pytest.mark.parametrize("package", ["torch", "transformers", "sentencepiece"])
def test_a_missing_package_is_named_with_what_brings_it(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        weights, "find_spec", lambda name: None if name == package else find_spec(name)
    )
    refused(str(TRANSLATES_MARIAN), rf"not installed: {package}; pip install 'vidocr\[translate\]'")


def test_what_is_not_in_the_cache_is_not_fetched_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    refused("nobody/no-such-model", "looked in the cache; fetch it with `hf download", offline=True)


def test_a_device_that_is_not_there_is_told() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    refused(str(TRANSLATES_MARIAN), "no CUDA device can be used", device="cuda")


def test_numbers_are_those_asked_for() -> None:
    translator: Any = make_transformers(str(TRANSLATES_MARIAN), target="de", dtype="bfloat16")
    assert translator._generator._model.dtype == torch.bfloat16
