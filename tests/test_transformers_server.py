"""The engine against a server that others wrote: ``transformers serve``.

It takes no more than OpenAI's own fields: it refuses top_k, repetition_penalty and
skip_special_tokens by name (422), all three at once, and ignores logprobs, so that confidence
is unknown. The penalty that holds is that of the checkpoint's generation_config. It has no
batches, and its list names what is in the hub's cache; only from 5.24 on also what it serves.
"""

import os
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import urllib3

from tests.backdrops import footage
from tests.checkpoints import READS_LATIN
from tests.clips import Clip, Style, render
from tests.kinds import row
from tests.openai_server import free_port
from vidocr.cli import main
from vidocr.errors import DependencyError
from vidocr.model import Image
from vidocr.ocr.answers import UNKNOWN_CONFIDENCE, clean
from vidocr.ocr.profiles import Task, profile_called
from vidocr.ocr.server import ServerEngine
from vidocr.tracks import srt

NEEDED = ("accelerate", "fastapi", "openai", "torch", "transformers", "uvicorn")
MISSING = [name for name in NEEDED if find_spec(name) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]

PROFILE = profile_called("hunyuanocr-1.5")
PROMPT = PROFILE.prompts[Task.SUBTITLE]
TOKENS = 12
READY_S = 90


class Served(NamedTuple):
    url: str
    folder: str
    model: Any
    processor: Any


def pictures(count: int) -> list[Image]:
    """Noise, coarse and fine, of sizes that the processor leaves as they are."""
    chance = np.random.default_rng(2)
    made = []
    for number in range(count):
        cells = 2 ** (1 + number % 5)
        noise = chance.integers(0, 256, (64 // cells, (128 + 32 * (number % 3)) // cells, 3))
        made.append(noise.astype(np.uint8).repeat(cells, 0).repeat(cells, 1))
    return made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A model that was never trained, and the server of its folder."""
    from tests.checkpoints.architecture import config, processor, untrained

    folder = tmp_path_factory.mktemp("model")
    own = processor()
    model = untrained(config(own.tokenizer))
    # Bytes at random are no text, and would all be decoded to the same sign.
    readable = {number for number in range(own.tokenizer.vocab_size) if is_readable(own, number)}
    others = set(range(model.config.text_config.vocab_size)) - readable
    model.generation_config.suppress_tokens = sorted(others)
    model.save_pretrained(folder)
    own.save_pretrained(folder)
    with serving(folder, tmp_path_factory.mktemp("home")) as url:
        yield Served(url, str(folder), model.eval(), own)


def is_readable(processor: Any, number: int) -> bool:
    token = processor.tokenizer.convert_ids_to_tokens(number)
    return len(token) == 1 and token.isascii()


class serving:
    """``transformers serve`` in a process of its own; ended by its pid."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._port = free_port()
        script = Path(sysconfig.get_path("scripts")) / "transformers"
        where = ["--device", "cpu", "--host", "127.0.0.1", "--port", str(self._port)]
        self._command = [str(script), "serve", str(folder), *where]
        offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(home), "OMP_NUM_THREADS": "1"}
        self._environment = {**os.environ, **offline}
        self._log = home / "serve.log"

    def __enter__(self) -> str:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        url = f"http://127.0.0.1:{self._port}"
        until = time.monotonic() + READY_S
        while not answers(f"{url}/health"):
            if self._process.poll() is not None or time.monotonic() > until:
                self.__exit__()
                pytest.fail(f"transformers serve: {self._log.read_text()[-2000:]}")
            time.sleep(0.2)
        return url

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def generated(served: Served, image: Image) -> str:
    """What the model itself says of the picture."""
    turns = [
        {"role": "system", "content": ""},
        {
            "role": "user",
            "content": [{"type": "image", "image": image}, {"type": "text", "text": PROMPT}],
        },
    ]
    inputs = served.processor.apply_chat_template(
        turns, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )
    tokens = served.model.generate(**inputs, do_sample=False, max_new_tokens=TOKENS)
    written = tokens[0, inputs["input_ids"].shape[1] :]
    return str(served.processor.decode(written, skip_special_tokens=True))


def engine(served: Served, model: str | None = None) -> ServerEngine:
    return ServerEngine(
        served.url,
        served.folder if model is None else model,
        profile=PROFILE,
        in_flight=4,
        max_new_tokens=TOKENS,
    )


def test_a_film_is_read_through_a_server(tmp_path: Path) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "film.srt"
    said = row(("The old captain left the keys.", "WHO BROKE THE WINDOW?"), Style(size=0.06))
    truth = render(Clip((640, 360), 5.0, footage(1), said), film)
    with serving(READS_LATIN, tmp_path) as url:
        asked = ["--engine", "server", "--server-url", url, "--model", str(READS_LATIN)]
        assert main([str(film), "-o", str(out), *asked]) == 0
    found = srt.parse(out.read_text())
    assert [(cue.start_us, cue.end_us, cue.text) for cue in found] == [
        (cue.start_us, cue.end_us, cue.text) for cue in truth
    ]


def test_answers_are_those_of_the_model_in_the_order_of_the_pictures(served: Served) -> None:
    images = pictures(12)
    expected = [generated(served, image) for image in images]
    assert len(set(expected)) > 6
    reader = engine(served)
    found = reader.ask(images, PROMPT)
    assert [answer.text for answer in found] == expected
    assert {answer.confidence for answer in found} == {UNKNOWN_CONFIDENCE}
    assert any(answer.cut_off for answer in found)
    assert reader.counts == {"answers": 12, "retries": 0}


def test_lines_are_read(served: Served) -> None:
    images = pictures(3)  # 64 px high and as wide as a whole number of heights: not scaled
    images = [image[:, :128] for image in images]
    expected = [clean(generated(served, image)).splitlines() for image in images]
    found = engine(served).read(images)
    assert [[line.text for line in lines] for lines in found] == expected
    assert any(expected)


@pytest.mark.parametrize("model", ["tencent/HunyuanOCR", "another"])
def test_a_model_that_is_not_served_is_an_error(served: Served, model: str) -> None:
    with pytest.raises(DependencyError, match=f"it has no model '{model}'"):
        engine(served, model).read(pictures(1))
