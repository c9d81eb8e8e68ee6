"""HunYuanVL for real, small and untrained: what it writes is nonsense, but always the same."""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.checkpoints import architecture, lines
from vidocr.errors import EngineError
from vidocr.model import Image
from vidocr.ocr import hunyuan
from vidocr.ocr.answers import Answer
from vidocr.ocr.canvas import Limits, Size
from vidocr.ocr.hunyuan import HunyuanEngine, batch_for, bytes_for
from vidocr.ocr.hunyuan_model import HunyuanModel, image_features
from vidocr.ocr.plain_model import PlainModel
from vidocr.ocr.weights import source_for
from vidocr.ocr.writing import Stopped, Writer, Writing

pytestmark = pytest.mark.usefixtures("one_torch_thread")

PROMPT = architecture.PROMPTS[0]


@pytest.fixture(scope="module")
def parts() -> tuple[Any, Any]:
    """A model that spreads its attention, and its processor."""
    processor = architecture.processor(min_pixels=32 * 32)
    model = architecture.untrained(architecture.config(processor.tokenizer), seed=5)
    return model, processor


@pytest.fixture(scope="module")
def folder(parts: tuple[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("untrained")
    for part in parts:
        part.save_pretrained(made)
    return made


def writing(model: Any, penalty: float = 1.0, until_repeats: bool = True) -> Writing:
    return Writing(
        ends=(model.generation_config.eos_token_id,),
        repetition_penalty=penalty,
        until_repeats=until_repeats,
    )


def answers(model: Writer, pictures: Sequence[Image], most: int = 20) -> list[Answer]:
    """What a model writes when it is not interrupted."""
    return model.answers(pictures, PROMPT, most, threading.Event())


def crops(count: int = 9, seed: int = 1) -> list[Image]:
    """Lines of many lengths, on canvases of several widths."""
    rng = random.Random(seed)
    longest = [rng.choice((3, 6, 9, 14, 20, 28)) for _ in range(count)]
    samples = [lines.sample(rng, lines.width_for(rng, most), most) for most in longest]
    return [np.repeat(s.picture[..., None], 3, 2) for s in samples]


# The model


@pytest.mark.parametrize("penalty", [1.0, 1.15])
def test_it_writes_what_the_stock_loop_writes_picture_by_picture(
    parts: tuple[Any, Any], penalty: float
) -> None:
    how = writing(parts[0], penalty, until_repeats=False)
    pictures = crops()
    ours = answers(HunyuanModel(*parts, how), pictures)
    stock = PlainModel(*parts, how, system_turn=True)
    for picture, answer in zip(pictures, ours, strict=True):
        (wanted,) = answers(stock, [picture])
        assert (answer.text, answer.cut_off) == (wanted.text, wanted.cut_off)
        if penalty == 1:  # the stock loop tells no others but what the penalty made of them
            assert answer.confidence == pytest.approx(wanted.confidence, abs=1e-5)
    assert len({answer.text for answer in ours}) > 2


def test_pictures_reach_the_model_as_the_stock_processor_gives_them(parts: tuple[Any, Any]) -> None:
    model, processor = parts
    (picture,) = crops(1)
    stock = processor.image_processor(images=[picture], return_tensors="pt")["pixel_values"]
    ours = HunyuanModel(model, processor, writing(model))._patches(torch.from_numpy(picture)[None])
    assert torch.allclose(ours[0], stock, atol=1e-5)


def test_pictures_of_one_size_go_through_the_tower_together(parts: tuple[Any, Any]) -> None:
    tower = parts[0].model.vision_tower
    patches = torch.randn(5, 2 * 12, 768, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        ours = image_features(tower, patches, (2, 12))
        stock = tower(patches.flatten(0, 1), torch.tensor([[1, 2, 12]] * 5)).pooler_output
    assert torch.allclose(ours.flatten(0, 1), stock[0], atol=1e-5)


@pytest.mark.parametrize("size", [1, 2, 7, 32])
def test_what_stands_beside_a_picture_in_its_batch_does_not_matter(
    parts: tuple[Any, Any], size: int
) -> None:
    model = HunyuanModel(*parts, writing(parts[0]))
    pictures = crops(32, seed=2)
    alone = [answers(model, [picture])[0].text for picture in pictures]
    order = random.Random(size).sample(range(32), 32)
    for first in range(0, 32, size):
        members = order[first : first + size]
        together = answers(model, [pictures[at] for at in members])
        assert [answer.text for answer in together] == [alone[at] for at in members]


def test_rows_that_have_ended_leave_and_others_write_on(
    parts: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, processor = parts
    decode = "batch_decode"  # to see tokens: bytes alone are no text
    monkeypatch.setattr(type(processor.tokenizer), decode, lambda self, rows, **how: rows)
    pictures = crops(8, seed=3)
    how = writing(model, until_repeats=False)
    rows = answers(HunyuanModel(model, processor, how), pictures, 14)
    end = rows[0].text[5]  # from now on this token ends an answer, each at another step
    how = replace(how, ends=(int(end),))
    ended = answers(HunyuanModel(model, processor, how), pictures, 14)
    lengths = []
    for (tokens, *_), answer in zip(rows, ended, strict=True):
        until = tokens.index(end) if end in tokens else len(tokens)
        assert answer.text == tokens[:until]
        assert answer.cut_off == (end not in tokens)
        lengths.append(until)
    assert len(set(lengths)) > 2


def test_an_answer_that_repeats_itself_is_cut_off(parts: tuple[Any, Any]) -> None:
    for kind in (HunyuanModel, PlainModel):
        made = answers(kind(*parts, writing(parts[0])), crops(6), 250)
        assert all(answer.cut_off for answer in made)
        assert any(len(answer.text) < 150 for answer in made)


def test_no_pictures_are_no_answers(parts: tuple[Any, Any]) -> None:
    assert answers(HunyuanModel(*parts, writing(parts[0])), []) == []
    assert answers(PlainModel(*parts, writing(parts[0])), []) == []


@pytest.mark.parametrize("kind", [HunyuanModel, PlainModel])
def test_writing_ends_soon_where_nobody_waits(parts: tuple[Any, Any], kind: Any) -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        kind(*parts, writing(parts[0], until_repeats=False)).answers(crops(4), PROMPT, 3000, stop)
    assert time.monotonic() - began < 5


# The engine


class Fake:
    """Says how wide and bright pictures are; runs out of memory above ``most`` of them."""

    def __init__(self, most: int = 1000) -> None:
        self.most = most
        self.batches: list[int] = []

    def answers(
        self, pictures: Sequence[Image], prompt: str, tokens: int, stop: threading.Event
    ) -> list[Answer]:
        if len(pictures) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.batches.append(len(pictures))
        return [Answer(f"{p.shape[1]} {p[0, 0, 0]}", 0.9) for p in pictures]


def engine_with(writer: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, batch: int = 8) -> Any:
    monkeypatch.setattr(hunyuan, "writer_for", lambda *of: writer)
    return HunyuanEngine(source_for(str(folder)), batch=batch)


def pictures_of(widths: Sequence[int]) -> list[Image]:
    return [np.full((64, width, 3), at, np.uint8) for at, width in enumerate(widths)]


WIDTHS = [64, 640, 128, 300, 64, 500, 200, 640, 90, 64, 333]


def texts(answers: Sequence[Sequence[Any]]) -> list[str]:
    return [line.text for lines_ in answers for line in lines_]


def test_pictures_are_sorted_by_size_and_answers_come_in_their_own_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Fake()
    engine = engine_with(writer, folder, monkeypatch, batch=4)
    found = texts(engine.read(pictures_of(WIDTHS)))
    assert found == [f"{-(-width // 64) * 64} {at}" for at, width in enumerate(WIDTHS)]
    assert writer.batches == [4, 4, 3]
    assert engine.batch_size == 16


def test_out_of_memory_halves_the_batch_and_loses_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Fake(most=3)
    engine = engine_with(writer, folder, monkeypatch, batch=8)
    for _ in range(2):
        found = texts(engine.read(pictures_of(WIDTHS)))
        assert [text.split()[1] for text in found] == [str(at) for at in range(len(WIDTHS))]
    assert writer.batches == [2] * 5 + [1] + [2] * 5 + [1]
    assert caplog.text.count("out of memory: batches of") == 2  # 4, then 2, and never again


def test_one_picture_too_large_for_the_memory_is_an_error_with_a_way_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_with(Fake(most=0), folder, monkeypatch)
    with pytest.raises(EngineError, match=r"640 x 64 px needs more memory.*--quantise 4bit"):
        engine.read(pictures_of([640]))


def test_a_failing_model_is_told_with_a_way_to_look_closer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Fake):
        def answers(
            self, pictures: Sequence[Image], prompt: str, tokens: int, stop: threading.Event
        ) -> list[Answer]:
            raise RuntimeError("CUDA error: an illegal memory access")

    engine = engine_with(Broken(), folder, monkeypatch)
    with pytest.raises(EngineError, match="illegal memory access; run it again and report it"):
        engine.read(pictures_of([64]))
    engine._on_gpu = True
    with pytest.raises(EngineError, match="illegal memory access; .*--device cpu"):
        engine.read(pictures_of([64]))


@pytest.mark.parametrize(
    "words", ["DefaultCPUAllocator: can't allocate memory: you tried", "CUBLAS_STATUS_ALLOC_FAILED"]
)
def test_memory_runs_out_in_other_words_too(
    words: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Short(Fake):
        def answers(
            self, pictures: Sequence[Image], prompt: str, tokens: int, stop: threading.Event
        ) -> list[Answer]:
            if len(pictures) > 2:
                raise RuntimeError(words)
            return super().answers(pictures, prompt, tokens, stop)

    engine = engine_with(Short(), folder, monkeypatch)
    assert len(texts(engine.read(pictures_of(WIDTHS)))) == len(WIDTHS)


def test_an_interrupt_ends_a_reading_between_two_tokens(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless(Fake):
        def answers(
            self, pictures: Sequence[Image], prompt: str, tokens: int, stop: threading.Event
        ) -> list[Answer]:
            assert stop.wait(10), "it was never told"
            raise Stopped

    engine = engine_with(Endless(), folder, monkeypatch)
    threading.Timer(0.1, engine.interrupt).start()
    with pytest.raises(EngineError, match="the reading was given up"):
        engine.read(pictures_of([64]))


def test_any_picture_can_be_asked_about(folder: Path) -> None:
    engine = HunyuanEngine(source_for(str(folder)), max_new_tokens=8)
    pictures = [np.zeros((70, 90, 3), np.uint8), np.full((200, 100, 3), 255, np.uint8)]
    made = engine.ask(pictures, "What is this?")
    assert len(made) == 2 and all(0 < answer.confidence < 1 for answer in made)
    assert engine.ask([], "What is this?") == []
    assert engine.read([]) == []


def test_the_line_height_and_least_pixels_are_settings(folder: Path) -> None:
    source = source_for(str(folder))
    how: Any
    for how, size in (
        ({}, Size(64, 640)),
        ({"line_height_px": 32}, Size(32, 320)),
        ({"min_pixels": 200_000}, Size(160, 1600)),
    ):
        engine = HunyuanEngine(source, **how)
        assert engine._line_size((60, 600)) == size


def test_memory_is_reckoned_from_the_sizes(parts: tuple[Any, Any]) -> None:
    model, _ = parts
    small, large = (bytes_for(model.config, Size(64, width), 32) for width in (640, 1280))
    assert 2**20 < small < large < 2.2 * small
    limits = Limits(32, 1, 2**22)
    assert batch_for(model, limits, 64) == 8  # on a CPU

    class OnCard:
        device = torch.device("cuda")
        config = model.config

    with pytest.MonkeyPatch.context() as patch:
        for free, most in ((2**34, hunyuan.MOST_IN_BATCH), (40 * large, 16), (large // 2, 1)):
            patch.setattr(torch.cuda, "mem_get_info", lambda device, free=free: (free, 2**35))
            assert batch_for(OnCard(), limits, 64) == most
