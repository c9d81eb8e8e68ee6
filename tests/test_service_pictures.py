"""Questions about pictures, one by one and many at once."""

import base64
import io
import random
import re
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from tests.checkpoints import READS_LATIN, lines
from tests.clips import FONTS
from tests.serving import Server, code, until
from vidocr.model import Box, Image
from vidocr.ocr.profiles import Task, prompt_for
from vidocr.ocr.weights import source_for
from vidocr.service.desk import for_pictures, in_order
from vidocr.service.pictures import decoded, opened
from vidocr.service.refusals import Refusal

PAGE = ((40, 30, "Opening hours"), (40, 120, "Monday"), (420, 124, "nine to five"),
        (40, 200, "Sunday"), (420, 196, "closed"))  # fmt: skip


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    flags = ("--engine", "fake")
    with Server(tmp_path_factory.mktemp("fake") / "data", *flags) as server:
        yield server


def png(image: Image) -> bytes:
    to = io.BytesIO()
    Pictures.fromarray(image).save(to, "PNG")
    return to.getvalue()


def page() -> Image:
    """Words in rows and columns, as on a door."""
    picture = Pictures.new("RGB", (800, 260), (230, 228, 220))
    font = ImageFont.truetype(FONTS / "DejaVuSans-latin.ttf", 40)
    for x, y, words in PAGE:
        ImageDraw.Draw(picture).text((x, y), words, (20, 20, 30), font)
    return np.asarray(picture)


def bomb(width: int, height: int) -> bytes:
    """A PNG that says that it is large, and is not."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_pictures_in_any_form_are_read(fake: Server) -> None:
    content = png(np.zeros((40, 120, 3), np.uint8))
    text = base64.b64encode(content).decode()
    answers = [
        fake.client.post("/v1/ocr", files={"image": ("a.png", content)}, data={"task": "text"}),
        fake.client.post("/v1/ocr", json={"image": text}),
        fake.client.post("/v1/ocr", json={"image": f"data:image/png;base64,{text}"}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "text": "120 by 40",
            "lines": [{"text": "120 by 40", "box": [0, 10, 120, 30], "confidence": 1}],
            "confidence": 1,
            "cut_off": False,
            "width": 120,
            "height": 40,
            "engine": "fake",
            "task": "text",
        }


def test_many_who_ask_at_once_share_batches(fake: Server) -> None:
    def figure(name: str) -> float:
        found = re.search(rf"^vidocr_engine_{name} (\S+)$", fake.client.get("/metrics").text, re.M)
        assert found
        return float(found[1])

    before = {name: figure(name) for name in ("pictures", "batches")}

    def ask(width: int) -> str:
        picture = png(np.zeros((32, width, 3), np.uint8))
        answer = fake.client.post("/v1/ocr", files={"image": picture})
        return str(answer.json()["text"])

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(40, 88))) == [f"{width} by 32" for width in range(40, 88)]
    pictures, batches = (figure(name) - before[name] for name in ("pictures", "batches"))
    assert pictures == 48 and pictures / batches > 1.2
    assert figure("batch_mean") == pytest.approx(figure("pictures") / figure("batches"))


def test_what_can_not_be_asked_is_refused(fake: Server) -> None:
    post, content = fake.client.post, png(page())
    image = base64.b64encode(content).decode()

    def sent(**fields: str) -> httpx.Response:
        return post("/v1/ocr", files={"image": content}, data=fields)

    assert code(sent(prompt="What is this?")) == (422, "no_model")
    assert code(sent(task="translate")) == (422, "no_model")
    assert code(sent(task="dance")) == (422, "invalid")
    assert code(post("/generate", json={"image": image, "prompt": "x"})) == (422, "no_model")
    assert code(post("/generate", json={"image": image})) == (422, "invalid")
    assert code(post("/v1/ocr", json={"image": "no base64!"})) == (422, "invalid")
    assert code(post("/v1/ocr", json={"image": ""})) == (415, "unsupported")
    assert code(post("/v1/ocr", files={"image": b"<svg/>"})) == (415, "unsupported")
    assert code(post("/v1/ocr", files={"image": content[:90]})) == (415, "unsupported")
    assert code(post("/v1/ocr", files={"image": bomb(60_000, 60_000)})) == (413, "too_large")
    assert code(post("/v1/ocr", content=b"x")) == (415, "unsupported")
    told = fake.get("/v1/engines")
    assert told["reads"] == "fake" and not told["prompts"] and "spot" in told["tasks"]
    assert told["jobs"][0] == told["default"] == "fake" and "srt" in told["formats"]
    assert "grid_ms" in told["options"] and "api_key" not in told["options"]


def test_another_engine_takes_the_place_of_one_that_died(fake: Server) -> None:
    content = png(np.zeros((40, 120, 3), np.uint8))
    (engine,) = [
        each
        for each in psutil.Process(fake.process.pid).children()
        if "spawn_main" in " ".join(each.cmdline())
    ]
    engine.kill()
    seen = set()

    def answered() -> bool:
        answer = fake.client.post("/v1/ocr", files={"image": content})
        seen.add(answer.status_code)
        if answer.status_code == 503:
            assert code(answer) == (503, "unavailable") and answer.headers["retry-after"]
        return answer.status_code == 200

    until(lambda: fake.client.get("/readyz").status_code == 503)
    until(answered)
    assert seen == {200, 503}
    assert fake.get("/readyz")["checks"]["engine"] == "ok"


def test_pictures_are_shown_upright_and_in_colours() -> None:
    image = np.zeros((20, 40, 3), np.uint8)
    image[:, :20] = (250, 10, 20)
    assert (opened(png(image), 800) == image).all()
    with pytest.raises(Refusal) as refusal:
        opened(png(image), 799)
    assert refusal.value.status == 413
    exif = Pictures.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    to = io.BytesIO()
    Pictures.fromarray(image).save(to, "PNG", exif=exif)
    assert opened(to.getvalue(), 800).shape == (40, 20, 3)
    grey = io.BytesIO()
    Pictures.fromarray(image[..., 0]).save(grey, "GIF")
    assert opened(grey.getvalue(), 800).shape == (20, 40, 3)


def test_base64_is_measured_before_it_is_undone() -> None:
    assert decoded(base64.b64encode(b"x" * 100).decode(), 100) == b"x" * 100
    with pytest.raises(Refusal) as refusal:
        decoded("A" * 1000, 100)
    assert refusal.value.status == 413


def test_a_page_is_read_row_by_row() -> None:
    from vidocr.ocr.rapid import RapidEngine

    (found,) = for_pictures(RapidEngine).read([page()])
    assert [line.text for line in found] == [words for _, _, words in PAGE]
    for line, (x, y, _) in zip(found, PAGE, strict=True):
        assert line.box and abs(line.box.x0 - x) < 20 and line.box.y0 < y + 25 < line.box.y1


def test_boxes_are_put_in_order() -> None:
    rows = [[Box(x, y + x % 7, x + 40, y + 20) for x in (0, 60, 130)] for y in (0, 30, 60)]
    boxes = [box for row in rows for box in row]
    for seed in range(20):
        assert in_order(random.Random(seed).sample(boxes, len(boxes))) == boxes
    assert in_order([]) == []


def test_the_small_model_reads_a_rendered_picture(tmp_path: Path) -> None:
    sample = lines.sample(random.Random(5), 256, 14)
    content = png(np.repeat(sample.picture[..., None], 3, 2))
    image = base64.b64encode(content).decode()
    prompt = prompt_for(source_for(str(READS_LATIN)).profile, Task.SUBTITLE)
    flags = ("--engine", "hunyuan", "--model", str(READS_LATIN), "--device", "cpu")
    with Server(tmp_path / "data", *flags) as server:
        asked = {"image": image, "prompt": prompt}
        with ThreadPoolExecutor(6) as pool:
            answers = list(
                pool.map(lambda _: server.client.post("/generate", json=asked), range(6))
            )
        assert [answer.json() for answer in answers] == [{"text": sample.text}] * 6
        answer = server.client.post("/v1/ocr", files={"image": content}, data={"task": "subtitle"})
        assert answer.json()["text"] == sample.text and answer.json()["engine"] == "hunyuan"
        assert server.get("/v1/engines")["prompts"] is True
        figures = server.client.get("/metrics").text
        assert "vidocr_engine_pictures 7.0" in figures
        assert "vidocr_engine_batches 7.0" not in figures, "those at once shared batches"
