"""Other models through the same engine: PaddleOCR-VL, small and untrained."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    PaddleOCRVLConfig,
    PaddleOCRVLForConditionalGeneration,
    PaddleOCRVLProcessor,
)
from transformers.models.paddleocr_vl.image_processing_pil_paddleocr_vl import (
    PaddleOCRVLImageProcessorPil,
)

from tests.checkpoints import architecture, lines
from vidocr.model import Image
from vidocr.ocr.hunyuan import HunyuanEngine
from vidocr.ocr.plain_model import PlainModel
from vidocr.ocr.weights import source_for


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tokens: Any = architecture.tokenizer()
    settings = PaddleOCRVLConfig(
        text_config={
            "vocab_size": len(tokens),
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "max_position_embeddings": 2048,
            "bos_token_id": tokens.bos_token_id,
            "eos_token_id": tokens.eos_token_id,
            "pad_token_id": tokens.pad_token_id,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [2, 3, 3],
            },
        },
        vision_config={
            "hidden_size": 48,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": 112,
        },
        image_token_id=tokens.convert_tokens_to_ids(architecture.IMAGE),
        vision_start_token_id=tokens.convert_tokens_to_ids(architecture.IMAGE_START),
        vision_end_token_id=tokens.convert_tokens_to_ids(architecture.IMAGE_END),
    )
    torch.manual_seed(3)
    model: Any = PaddleOCRVLForConditionalGeneration(settings)
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                weights.normal_(0, 1 / np.sqrt(weights[0].numel()))
    images = PaddleOCRVLImageProcessorPil(size={"shortest_edge": 784, "longest_edge": 2**20})
    made = tmp_path_factory.mktemp("paddle")
    model.save_pretrained(made)
    PaddleOCRVLProcessor(images, tokens, chat_template=architecture.CHAT_TEMPLATE).save_pretrained(
        made
    )
    return made


def crops(count: int) -> list[Image]:
    rng = random.Random(4)
    samples = [lines.sample(rng, lines.width_for(rng, most), most) for most in range(4, 4 + count)]
    return [np.repeat(s.picture[..., None], 3, 2) for s in samples]


def test_it_is_known_by_its_kind_and_read_in_batches_as_alone(folder: Path) -> None:
    source = source_for(str(folder))
    assert (source.profile.name, source.profile.licence) == ("paddleocr-vl", "Apache-2.0")
    engine = HunyuanEngine(source, batch=4, max_new_tokens=10)
    assert isinstance(engine._writer, PlainModel)
    pictures = crops(7)
    together = engine.ask(pictures, "OCR:")
    alone = [engine.ask([picture], "OCR:")[0] for picture in pictures]
    assert [answer.text for answer in together] == [answer.text for answer in alone]
    assert len({answer.text for answer in together}) > 2
    assert all(0 < answer.confidence < 1 for answer in together)
    assert len(engine.read(pictures)) == 7
