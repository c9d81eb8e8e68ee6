"""Any image-text model of transformers, through its own processor and ``generate``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from vidocr.model import Image
from vidocr.ocr.answers import Answer
from vidocr.ocr.hunyuan_model import Writing


class PlainModel:
    """A loaded model and its processor, asked in batches padded on the left.

    Args:
        model: a model that transformers loads for image-text-to-text.
        processor: its processor.
        writing: how answers are written.
        system_turn: whether an empty system turn comes first.
    """

    def __init__(
        self, model: Any, processor: Any, writing: Writing, *, system_turn: bool = False
    ) -> None:
        self._model = model.eval()
        self._processor = processor
        self._writing = writing
        self._system_turn = system_turn

    def answers(self, pictures: Sequence[Image], prompt: str) -> list[Answer]:
        """What the model writes of each picture, in order.

        Args:
            pictures: RGB, uint8 (height, width, 3).
            prompt: the same for all.
        """
        with torch.inference_mode():
            return self._answers(pictures, prompt) if pictures else []

    def _answers(self, pictures: Sequence[Image], prompt: str) -> list[Answer]:
        given = self._processor.apply_chat_template(
            [self._turns(picture, prompt) for picture in pictures],
            tokenize=True,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
        ).to(self._model.device)
        made = self._model.generate(
            **given,
            do_sample=False,
            use_cache=True,
            max_new_tokens=self._writing.max_new_tokens,
            repetition_penalty=self._writing.repetition_penalty,
            eos_token_id=list(self._writing.ends),
            return_dict_in_generate=True,
            output_logits=True,
        )
        tokens = made.sequences[:, given["input_ids"].shape[1] :]
        chances = torch.stack(made.logits, 1).float().log_softmax(-1)
        chances = chances.gather(2, tokens[..., None])[..., 0]
        ends = torch.isin(tokens, torch.tensor(self._writing.ends, device=tokens.device))
        texts = self._processor.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return [
            self._answer(text, chance, ended)
            for text, chance, ended in zip(texts, chances, ends, strict=True)
        ]

    def _turns(self, picture: Image, prompt: str) -> list[dict[str, Any]]:
        from PIL import Image as Pictures

        content = [
            {"type": "image", "image": Pictures.fromarray(picture)},
            {"type": "text", "text": prompt},
        ]
        system = [{"role": "system", "content": ""}] if self._system_turn else []
        return [*system, {"role": "user", "content": content}]

    @staticmethod
    def _answer(text: str, chances: torch.Tensor, ends: torch.Tensor) -> Answer:
        ended = bool(ends.any())
        length = int(ends.int().argmax()) + 1 if ended else len(ends)
        return Answer(text, float(chances[:length].mean().exp()), not ended)
