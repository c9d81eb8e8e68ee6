"""HunYuanVL models of the real architecture: a small one that learns to read, and its processor.

Nothing here is trained. The tokens have the names of HunyuanOCR's, so that a chat template
of the same form, the stock processor and the stock classes serve.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    HunYuanVLConfig,
    HunYuanVLForConditionalGeneration,
    HunYuanVLProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.hunyuan_vl.image_processing_pil_hunyuan_vl import (
    HunYuanVLImageProcessorPil,
)

PROMPTS = ("提取图中的字幕", "提取图片中的字幕。")
"""Each is one token: a small model need not learn to read its prompt byte by byte."""

BEGIN, END, PAD = "<｜hy_begin▁of▁sentence｜>", "<｜hy_Assistant｜>", "<｜hy_▁pad▁｜>"
SYSTEM_END, USER_END = "<｜hy_place▁holder▁no▁3｜>", "<｜hy_User｜>"
IMAGE_START, IMAGE_END, IMAGE = (f"<｜hy_place▁holder▁no▁{n}｜>" for n in (100, 101, 102))

CHAT_TEMPLATE = f"""\
{{{{ '{BEGIN}' }}}}
{{%- for turn in messages -%}}
  {{%- if turn.content is string -%}}{{{{ turn.content }}}}
  {{%- else -%}}
    {{%- for part in turn.content -%}}
      {{%- if part.type == 'text' -%}}{{{{ part.text }}}}
      {{%- else -%}}{{{{ '{IMAGE_START}{IMAGE}{IMAGE_END}' }}}}
      {{%- endif -%}}
    {{%- endfor -%}}
  {{%- endif -%}}
  {{{{ {{'system': '{SYSTEM_END}', 'user': '{USER_END}', 'assistant': '{END}'}}[turn.role] }}}}
{{%- endfor -%}}
"""


def tokenizer() -> PreTrainedTokenizerFast:
    """Bytes, the special tokens and the prompts."""
    names = [BEGIN, END, PAD, SYSTEM_END, USER_END, IMAGE_START, IMAGE_END, IMAGE]
    vocabulary = {name: at for at, name in enumerate(names)}
    for byte in sorted(pre_tokenizers.ByteLevel.alphabet()):
        vocabulary[byte] = len(vocabulary)
    plain = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    plain.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(
        tokenizer_object=plain,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=PAD,
        padding_side="left",
        extra_special_tokens={
            "image_token": IMAGE,
            "image_start_token": IMAGE_START,
            "image_end_token": IMAGE_END,
        },
        model_max_length=4096,
    )
    made.add_tokens([SYSTEM_END, USER_END], special_tokens=True)
    made.add_tokens(list(PROMPTS))
    made.chat_template = CHAT_TEMPLATE
    return made


def processor(min_pixels: int = 32 * 32, max_pixels: int = 2048 * 2048) -> HunYuanVLProcessor:
    """The stock processor on the small tokenizer."""
    images = HunYuanVLImageProcessorPil(
        size={"shortest_edge": min_pixels, "longest_edge": max_pixels}
    )
    return HunYuanVLProcessor(
        image_processor=images, tokenizer=tokenizer(), chat_template=CHAT_TEMPLATE
    )


def config(
    tokens: PreTrainedTokenizerFast,
    *,
    width: int = 160,
    layers: int = 3,
    vision_width: int = 128,
    vision_layers: int = 3,
    heads: int = 4,
) -> HunYuanVLConfig:
    """The real architecture with few, narrow layers."""
    head = width // heads
    return HunYuanVLConfig(
        text_config={
            "vocab_size": len(tokens),
            "hidden_size": width,
            "intermediate_size": 3 * width,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "num_key_value_heads": heads // 2,
            "head_dim": head,
            "max_position_embeddings": 4096,
            "rms_norm_eps": 1e-5,
            "tie_word_embeddings": True,
            "bos_token_id": tokens.bos_token_id,
            "eos_token_id": tokens.eos_token_id,
            "pad_token_id": tokens.pad_token_id,
            "rope_parameters": {
                "rope_type": "dynamic",
                "alpha": 1000.0,
                "rope_theta": 10000.0,
                "mrope_section": [head // 8] * 4,
                "factor": 1.0,
            },
        },
        vision_config={
            "hidden_size": vision_width,
            "intermediate_size": 3 * vision_width,
            "num_hidden_layers": vision_layers,
            "num_attention_heads": heads,
            "patch_size": 16,
            "spatial_merge_size": 2,
            "max_image_size": 256,
            "out_hidden_size": width,
            "text_hidden_size": width,
        },
        image_token_id=tokens.convert_tokens_to_ids(IMAGE),
        im_start_id=tokens.convert_tokens_to_ids(IMAGE_START),
        im_end_id=tokens.convert_tokens_to_ids(IMAGE_END),
        im_newline_id=tokens.convert_tokens_to_ids(IMAGE),
        tie_word_embeddings=True,
    )


def untrained(settings: HunYuanVLConfig, seed: int = 0) -> Any:
    """A model whose layers start at a scale by their fan-in.

    The stock deviation of 0.02 suits layers a thousand wide: in narrow ones signals die out.
    """
    torch.manual_seed(seed)
    model: Any = HunYuanVLForConditionalGeneration(settings)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "position_embedding" in name:
                weights.normal_(0, 0.3)
            elif "embed_tokens" in name:
                weights.normal_(0, 0.08)
            elif weights.dim() >= 2 and "image_" not in name:
                into_residual = name.split(".")[-2] in ("o_proj", "down_proj", "fc2")
                weights.normal_(0, (0.5 if into_residual else 1) / math.sqrt(weights[0].numel()))
    model.generation_config.repetition_penalty = 1.0  # letters do come back in a line
    model.generation_config.pad_token_id = settings.text_config.pad_token_id
    model.generation_config.eos_token_id = settings.text_config.eos_token_id
    return model
