import pytest
import torch
from transformers import HunYuanVLForConditionalGeneration

from tests.benchmarks.model_speed import Bench, flop_per_crop, full_size, measure
from tests.checkpoints import architecture


def test_the_full_size_is_that_of_the_published_model() -> None:
    with torch.device("meta"):
        model = HunYuanVLForConditionalGeneration(full_size(architecture.tokenizer()))
    assert sum(weights.numel() for weights in model.parameters()) == pytest.approx(996e6, rel=0.01)


@pytest.mark.parametrize(("size", "tflop"), [((160, 1280), 0.94), ((64, 640), 0.18)])
def test_operations_are_those_reckoned_elsewhere(size: tuple[int, int], tflop: float) -> None:
    settings = full_size(architecture.tokenizer())
    assert flop_per_crop(settings, size) / 1e12 == pytest.approx(tflop, rel=0.2)


def test_both_loops_run_on_a_small_model() -> None:
    processor = architecture.processor(min_pixels=32 * 32)
    settings = architecture.config(processor.tokenizer, layers=1, vision_layers=1)
    bench = Bench(architecture.untrained(settings).eval(), processor, 1e12)
    row = measure(bench, (64, 64), 2, rounds=1)
    assert row.startswith("| 64x64 | 2 | ") and row.endswith("| - |")
