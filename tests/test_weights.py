"""Finding and loading models: what is there, what is not, and what is said then."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.checkpoints import architecture
from vidocr.errors import DependencyError, UsageError
from vidocr.ocr import weights
from vidocr.ocr.hunyuan_model import HunyuanModel
from vidocr.ocr.profiles import DEFAULT_PROFILE, Task, profile_called
from vidocr.ocr.weights import device_of, load, source_for, weights_at_hand
from vidocr.ocr.writing import Writing

HUB_ID = "someone/small-hunyuan"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    processor = architecture.processor()
    settings = architecture.config(processor.tokenizer, width=128, layers=1, vision_layers=1)
    architecture.untrained(settings).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    """A copy that may be broken."""
    for file in good.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_a_folder_is_loaded_as_it_is(good: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = source_for(str(good))
    assert source.is_folder and weights_at_hand(source)
    assert source.profile == profile_called(DEFAULT_PROFILE)
    model, processor = load(source)
    assert model.dtype == torch.float32 and model.device.type == "cpu"
    assert processor.tokenizer.padding_side == "left"
    assert capfd.readouterr().err == ""  # no bars of others on the terminal


def test_numbers_are_those_asked_for(good: Path) -> None:
    model, _ = load(source_for(str(good), dtype="bfloat16"))
    assert model.dtype == torch.bfloat16


@pytest.mark.parametrize("quantise", ["8bit", "4bit"])
def test_small_weights_are_small_and_answer(good: Path, quantise: str) -> None:
    (whole, _), (small, processor) = (
        load(source_for(str(good), quantise=how)) for how in ("none", quantise)
    )
    assert small.get_memory_footprint() < 0.7 * whole.get_memory_footprint()
    kinds = {type(module).__name__ for module in small.modules()}
    assert kinds & {"Linear8bitLt", "Linear4bit"}
    how = Writing(ends=(small.generation_config.eos_token_id,), repetition_penalty=1.0)
    picture = np.zeros((64, 96, 3), np.uint8)
    (answer,) = HunyuanModel(small, processor, how).answers([picture], "?", 4, threading.Event())
    assert 0 < answer.confidence < 1


# What is missing


def hide(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """Let packages seem not to be installed."""
    monkeypatch.setattr(
        "vidocr.ocr.weights.find_spec", lambda name: None if name in packages else find_spec(name)
    )


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_broken_files_are_named_with_their_folder(folder: Path, file: str) -> None:
    source = source_for(str(folder))
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(
        DependencyError, match=f"{re.escape(str(folder))}: can't be loaded: .+; .*again"
    ):
        load(source)


def test_weights_that_lack_a_part_are_not_filled_in_at_random(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    tensors = {name: t for name, t in load_file(path).items() if "perceive" not in name}
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(DependencyError, match=r"weights are missing: .*patch_merger"):
        load(source_for(str(folder)))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no model .*config.json"):
        source_for(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(UsageError, match="of the kind 'bert'; vidocr can ask glm_ocr, hunyuan_vl"):
        source_for(str(tmp_path))


@pytest.mark.parametrize(
    "path", ["/no/such/folder", "./nothing", "a/b/c", "~nobody/at/all", "/" + "long" * 90]
)
def test_a_path_that_leads_nowhere_is_no_name_on_a_hub(path: str) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        source_for(path)


@pytest.mark.parametrize("package", ["torch", "transformers", "accelerate"])
def test_a_missing_extra_is_named(
    package: str, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, package)
    with pytest.raises(
        DependencyError, match=rf"not installed: {package}; pip install 'vidocr\[hun"
    ):
        load(source_for(str(good)))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_without_a_device_is_told_with_the_build_of_torch(good: Path) -> None:
    with pytest.raises(DependencyError, match=r"device cuda: .*torch .*--device cpu"):
        load(source_for(str(good), device="cuda"))
    assert device_of("auto") == "cpu"


def test_devices_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gpu", "mps", "cuda:x"):
        with pytest.raises(UsageError, match=f"'{name}' is none; give auto, cpu, cuda or cuda:1"):
            device_of(name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device_of("auto") == "cuda" and device_of("cuda:1") == "cuda:1"
    with pytest.raises(DependencyError, match="only 2 CUDA devices"):
        device_of("cuda:2")


def test_missing_packages_for_attention_and_small_weights(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, "flash_attn", "bitsandbytes")
    with pytest.raises(DependencyError, match="flash_attn is not installed; .*--attention sdpa"):
        load(source_for(str(good), attention="flash_attention_2"))
    with pytest.raises(DependencyError, match="bitsandbytes is not installed; pip install"):
        load(source_for(str(good), quantise="4bit"))


def test_too_little_memory_is_no_broken_file(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(weights, "_model", full)
    with pytest.raises(DependencyError, match="cpu has too little free memory .*--quantise 4bit"):
        load(source_for(str(good)))


def test_a_model_of_another_kind_than_its_profile_is_refused(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_for(str(good))
    other = replace(source, profile=profile_called("paddleocr-vl"))
    with pytest.raises(UsageError, match="of the kind 'hunyuan_vl', and the profile paddleocr-vl"):
        load(other)


# The model's own profile


def test_a_folder_may_say_how_it_wants_to_be_asked(folder: Path) -> None:
    own = {"name": "mine", "licence": "MIT", "line_height_px": 32, "prompts": {"subtitle": "Read!"}}
    (folder / weights.OWN_PROFILE).write_text(json.dumps(own))
    profile = source_for(str(folder)).profile
    assert (profile.name, profile.licence, profile.line_height_px) == ("mine", "MIT", 32)
    assert profile.prompts[Task.SUBTITLE] == "Read!"
    assert profile.prompts[Task.TEXT] == profile_called(DEFAULT_PROFILE).prompts[Task.TEXT]
    named = source_for(str(folder), profile=profile_called("hunyuanocr-1.0"))
    assert named.profile.name == "hunyuanocr-1.0"  # what the user says wins
    with pytest.raises(
        UsageError, match="of the kind 'hunyuan_vl', and the profile glm-ocr is for"
    ):
        source_for(str(folder), profile=profile_called("glm-ocr"))


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"nonsense": 1}', '{"prompts": {"sing": "la"}}', '{"licence": 3}',
                '{"prompts": 3}']
)  # fmt: skip
def test_a_profile_that_is_wrong_is_refused(folder: Path, content: str) -> None:
    (folder / weights.OWN_PROFILE).write_text(content)
    with pytest.raises(UsageError, match=re.escape(weights.OWN_PROFILE)):
        source_for(str(folder))


# A hub, its mirror and its cache


class Hub(BaseHTTPRequestHandler):
    """Serves the files of one folder as a model hub does."""

    folder: Path

    def do_HEAD(self) -> None:
        self._send(body=False)

    def do_GET(self) -> None:
        self._send(body=True)

    def _send(self, body: bool) -> None:
        at = self.path.split("?")[0]
        name = at.rsplit("/", 1)[-1]
        file = self.folder / name
        is_file = f"{HUB_ID}/resolve/" in at and file.is_file()
        if at.startswith("/api/models/"):
            names = sorted(each.name for each in self.folder.iterdir())
            tree = [{"type": "file", "path": n, "size": 1, "oid": n} for n in names]
            model = {"id": HUB_ID, "sha": COMMIT, "siblings": [{"rfilename": n} for n in names]}
            content = json.dumps(tree if "/tree/" in at else model).encode()
        else:
            content = file.read_bytes() if is_file else b""
        found = is_file or at.startswith("/api/models/")
        self.send_response(200 if found else 404)
        if not found:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{name}-1"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def mirror(good: Path) -> Iterator[str]:
    handler = type("MirrorOfGood", (Hub,), {"folder": good})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


LOAD = """
import sys
from vidocr.errors import VidocrError
from vidocr.ocr.weights import load, source_for, weights_at_hand
source = source_for(sys.argv[1], revision=sys.argv[2], offline=sys.argv[3] == "offline")
print("at hand" if weights_at_hand(source) else "not at hand")
try:
    model, processor = load(source)
    print("loaded", model.config.model_type, processor.tokenizer.padding_side)
except VidocrError as error:
    print(error.exit_code, error)
"""


def load_in_a_new_process(cache: Path, *arguments: str, endpoint: str) -> list[str]:
    """The hub's address and its cache are read when its library is loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD, *arguments],
        env={**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(cache), "HF_HUB_OFFLINE": "0"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.splitlines()


@pytest.mark.slow
def test_from_a_mirror_then_from_the_cache_then_not_at_all(mirror: str, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    fetched = load_in_a_new_process(tmp_path, HUB_ID, COMMIT, "online", endpoint=mirror)
    assert fetched == ["not at hand", "loaded hunyuan_vl left"]
    for network in ("offline", "online"):  # what is here is taken without a word to the hub
        cached = load_in_a_new_process(tmp_path, HUB_ID, COMMIT, network, endpoint=nowhere)
        assert cached == ["at hand", "loaded hunyuan_vl left"]
    asked = ("tencent/HunyuanOCR", "", "offline")
    (state, error) = load_in_a_new_process(tmp_path, *asked, endpoint=nowhere)
    assert state == "not at hand"
    assert error.startswith("4 model tencent/HunyuanOCR: can't be loaded: ")
    assert "hf download tencent/HunyuanOCR" in error and "HF_ENDPOINT" in error
