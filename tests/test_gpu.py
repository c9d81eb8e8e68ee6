"""What only a CUDA device can show; run with ``pytest -m gpu`` where there is one."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from tests.checkpoints import READS_LATIN, lines
from vidocr.model import Image
from vidocr.ocr.choice import make_readers, wanted_of
from vidocr.ocr.hunyuan import MOST_IN_BATCH, HunyuanEngine
from vidocr.ocr.weights import source_for
from vidocr.options import Options

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]


def crops(count: int) -> list[Image]:
    rng = random.Random(1)
    longest = [rng.randint(3, 36) for _ in range(count)]
    samples = [lines.sample(rng, lines.width_for(rng, most), most) for most in longest]
    return [np.repeat(s.picture[..., None], 3, 2) for s in samples]


def texts(engine: HunyuanEngine, pictures: Sequence[Image]) -> list[str]:
    return ["".join(line.text for line in each) for each in engine.read(pictures)]


def test_a_gpu_reads_what_a_cpu_reads() -> None:
    pictures = crops(300)
    source = str(READS_LATIN)
    cpu = texts(HunyuanEngine(source_for(source, device="cpu")), pictures)
    exact = texts(HunyuanEngine(source_for(source, device="cuda", dtype="float32")), pictures)
    assert exact == cpu
    short = texts(HunyuanEngine(source_for(source, device="cuda")), pictures)  # bfloat16
    assert sum(a != b for a, b in zip(short, cpu, strict=True)) < 15


def test_auto_takes_the_gpu_and_batches_that_fill_it() -> None:
    readers = make_readers(wanted_of(Options(model=str(READS_LATIN))))
    assert isinstance(readers.model, HunyuanEngine)
    assert readers.model.batch_size == MOST_IN_BATCH
    assert readers.why == "a CUDA device and the weights are at hand"


def test_a_full_card_makes_smaller_batches_and_loses_nothing() -> None:
    pictures = crops(256)
    engine = HunyuanEngine(source_for(str(READS_LATIN), device="cuda"), batch=256)
    alone = texts(engine, pictures)
    free_bytes, whole_bytes = torch.cuda.mem_get_info()
    in_use = torch.cuda.memory_allocated()
    torch.cuda.set_per_process_memory_fraction((in_use + 30 * 2**20) / whole_bytes)
    try:
        assert texts(engine, pictures) == alone
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert engine._batch < 256 and free_bytes
