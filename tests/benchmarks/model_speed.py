"""How fast crops of lines are read by HunYuanVL: the plain ``generate`` loop against ours.

``python -m tests.benchmarks.model_speed`` builds a model with random weights, full-size on a
GPU (from the published configuration) and small on a CPU, lets both loops write 24 tokens about
each crop, and prints a Markdown table: crops a second by batch, the share of the measured
matrix peak, and memory. Medians of runs in turn.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image as Pictures
from transformers import HunYuanVLConfig, HunYuanVLForConditionalGeneration

from tests.checkpoints import architecture
from vidocr.model import Image
from vidocr.ocr.hunyuan_model import HunyuanModel
from vidocr.ocr.writing import Writing

NEW_TOKENS = 24
SIZES = ((160, 1280), (64, 640))
HEADER = "| crop | batch | plain crops/s | ours crops/s | ratio | of the peak | memory, GB |"


class Bench(NamedTuple):
    """A model to measure, on one device."""

    model: Any
    processor: Any
    peak: float  # FLOP/s of a large product of matrices

    @property
    def on_gpu(self) -> bool:
        """Whether it runs on a GPU."""
        return bool(self.model.device.type == "cuda")


def full_size(tokens: Any) -> HunYuanVLConfig:
    """HunyuanOCR's sizes, with the ids of the small tokenizer."""
    settings = architecture.config(tokens)
    ids = {
        name: getattr(settings, name)
        for name in ("image_token_id", "im_start_id", "im_end_id", "im_newline_id")
    }
    return HunYuanVLConfig(
        text_config={
            "vocab_size": 120818,
            "hidden_size": 1024,
            "intermediate_size": 3584,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "rms_norm_eps": 1e-5,
            "max_position_embeddings": 131072,
            "tie_word_embeddings": True,
            "pad_token_id": tokens.pad_token_id,
            "bos_token_id": tokens.bos_token_id,
            "eos_token_id": tokens.eos_token_id,
            "rope_parameters": {
                "rope_type": "dynamic",
                "rope_theta": 10000.0,
                "alpha": 1000.0,
                "factor": 1.0,
                "mrope_section": [16] * 4,
            },
        },
        vision_config={
            "hidden_size": 1152,
            "intermediate_size": 4304,
            "num_hidden_layers": 27,
            "num_attention_heads": 16,
            "patch_size": 16,
            "spatial_merge_size": 2,
            "max_image_size": 2048,
            "out_hidden_size": 1024,
            "text_hidden_size": 1024,
        },
        tie_word_embeddings=True,
        **ids,
    )


def build(device: str) -> Bench:
    """The model on its device, random, and what the device can do at most."""
    processor = architecture.processor(min_pixels=32 * 32)
    tokens: Any = processor.tokenizer
    torch.manual_seed(0)
    if device == "cpu":
        model = architecture.untrained(architecture.config(tokens)).eval()
        return Bench(model, processor, _peak(device, torch.float32, 1024))
    torch.set_default_dtype(torch.bfloat16)
    with torch.device(device):
        model = HunYuanVLForConditionalGeneration(full_size(tokens)).eval()
    torch.set_default_dtype(torch.float32)
    return Bench(model, processor, _peak(device, torch.bfloat16, 8192))


def _peak(device: str, dtype: torch.dtype, side: int) -> float:
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in "ab")
    return 2 * side**3 / statistics.median(_timed(lambda: a @ b, device) for _ in range(9))


def _timed(run: Callable[[], object], device: str) -> float:
    def wait() -> None:
        if device != "cpu":
            torch.cuda.synchronize()

    wait()
    began = time.perf_counter()
    run()
    wait()
    return time.perf_counter() - began


def flop_per_crop(settings: Any, size: tuple[int, int]) -> float:
    """Floating point operations for one crop and its answer, two for each weight and token."""
    text, vision = settings.text_config, settings.vision_config
    patches = size[0] // 16 * (size[1] // 16)
    tokens = size[0] // 32 * (size[1] // 32 + 1) + 2 + 6
    wide, deep = vision.hidden_size, vision.num_hidden_layers
    tower_layer = 4 * wide**2 + 2 * wide * vision.intermediate_size
    tower = 2 * patches * (deep * tower_layer + 768 * wide) + 4 * deep * patches**2 * wide
    joint = 2 * wide * (4 * wide) + 2 * wide * 4 * wide + 4 * wide * text.hidden_size
    merger = 2 * (patches // 4) * joint
    heads, groups = text.num_attention_heads, text.num_key_value_heads
    attention = text.hidden_size * text.head_dim * (2 * heads + 2 * groups)
    layer = attention + 3 * text.hidden_size * text.intermediate_size
    body = text.num_hidden_layers * layer
    prefill = 2 * tokens * body + 2 * text.num_hidden_layers * tokens**2 * heads * text.head_dim
    writing = 2 * NEW_TOKENS * (body + text.hidden_size * text.vocab_size)
    return float(tower + merger + prefill + writing)


def crops(count: int, size: tuple[int, int]) -> list[Image]:
    """Noise: what they show does not matter."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 255, (*size, 3), np.uint8) for _ in range(count)]


def plain(bench: Bench, pictures: Sequence[Image]) -> None:
    """The loop of the model card: the stock processor, then ``generate``."""
    turns = [
        [
            {"role": "system", "content": ""},
            {
                "role": "user",
                "content": [
                    {"type": "image", "image": Pictures.fromarray(picture)},
                    {"type": "text", "text": architecture.PROMPTS[0]},
                ],
            },
        ]
        for picture in pictures
    ]
    given = bench.processor.apply_chat_template(
        turns,
        tokenize=True,
        add_generation_prompt=True,
        return_dict=True,
        return_tensors="pt",
        processor_kwargs={"padding": True},
    ).to(bench.model.device)
    with torch.inference_mode():
        bench.model.generate(
            **given, do_sample=False, min_new_tokens=NEW_TOKENS, max_new_tokens=NEW_TOKENS
        )


def ours(bench: Bench, pictures: Sequence[Image]) -> None:
    """The engine's loop; answers don't end before they are as long as the plain loop's."""
    how = Writing(ends=(), repetition_penalty=1.0, until_repeats=False)
    answers = HunyuanModel(bench.model, bench.processor, how).answers(
        pictures, architecture.PROMPTS[0], NEW_TOKENS, threading.Event()
    )
    assert all(answer.cut_off for answer in answers)


def measure(bench: Bench, size: tuple[int, int], batch: int, rounds: int) -> str:
    """A row of the table."""
    pictures = crops(batch, size)
    device = bench.model.device.type
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    memory = "-"
    for _ in range(rounds + 1):  # the first warms up
        for loop in (plain, ours):
            if bench.on_gpu:
                torch.cuda.reset_peak_memory_stats()
            seconds[loop.__name__].append(_timed(partial(loop, bench, pictures), device))
            if bench.on_gpu:
                memory = f"{torch.cuda.max_memory_allocated() / 2**30:.2f}"  # of the last: ours
    rates = {name: batch / statistics.median(times[1:]) for name, times in seconds.items()}
    share = rates["ours"] * flop_per_crop(bench.model.config, size) / bench.peak
    return (
        f"| {size[1]}x{size[0]} | {batch} | {rates['plain']:.1f} | {rates['ours']:.1f} "
        f"| {rates['ours'] / rates['plain']:.2f} | {share:.0%} | {memory} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    found = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=found, choices=("cpu", "cuda"))
    parser.add_argument("--batches", type=int, nargs="+", help="sizes of the batches")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    bench = build(args.device)
    name = (
        torch.cuda.get_device_name() if bench.on_gpu else f"CPU, {torch.get_num_threads()} threads"
    )
    count = sum(weights.numel() for weights in bench.model.parameters()) / 1e6
    print(f"{name}: {count:.0f} M weights, peak {bench.peak / 1e12:.2f} TFLOP/s\n")
    print(HEADER, "|---" + "|---:" * 6 + "|", sep="\n")
    for size in SIZES:
        for batch in args.batches or ((1, 8, 32, 128, 256) if bench.on_gpu else (1, 8, 32)):
            print(measure(bench, size, batch, args.rounds), flush=True)


if __name__ == "__main__":
    main()
