"""Any image-text model of transformers, through its own processor and ``generate``."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image as Pictures
from torch import Tensor
from transformers import LogitsProcessor, StoppingCriteria

from vidocr.model import Image
from vidocr.ocr.answers import Answer, repeats
from vidocr.ocr.writing import Stopped, Writer


class PlainModel(Writer):
    """Any such model, asked in batches padded on the left."""

    def _answers(
        self, pictures: Sequence[Image], prompt: str, tokens: int, stop: threading.Event
    ) -> list[Answer]:
        given = self._processor.apply_chat_template(
            [self._turns(prompt, image=Pictures.fromarray(picture)) for picture in pictures],
            tokenize=True,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
        ).to(self._model.device)
        before = given["input_ids"].shape[1]
        chances = _Chances()
        made = self._model.generate(
            **given,
            do_sample=False,
            use_cache=True,
            max_new_tokens=tokens,
            repetition_penalty=self._writing.repetition_penalty,
            eos_token_id=list(self._writing.ends),
            logits_processor=[chances],
            stopping_criteria=[_Enough(before, stop, self._writing.until_repeats)],
        )[:, before:]
        if stop.is_set():
            raise Stopped
        ends = torch.isin(made, torch.tensor(self._writing.ends, device=made.device))
        texts = self._processor.tokenizer.batch_decode(made, skip_special_tokens=True)
        sure = torch.stack(chances.seen, 1)
        return [
            self._answer(text, chance, ended)
            for text, chance, ended in zip(texts, sure, ends, strict=True)
        ]

    @staticmethod
    def _answer(text: str, chances: Tensor, ends: Tensor) -> Answer:
        ended = bool(ends.any())
        length = int(ends.int().argmax()) + 1 if ended else len(ends)
        return Answer(text, float(chances[:length].mean().exp()), not ended)


class _Chances(LogitsProcessor):  # type: ignore[misc]  # the library is not typed
    """Changes nothing; keeps how likely the token is that a greedy search takes."""

    def __init__(self) -> None:
        self.seen: list[Tensor] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        self.seen.append(scores.float().log_softmax(-1).amax(-1))
        return scores


class _Enough(StoppingCriteria):  # type: ignore[misc]  # the library is not typed
    """Says which rows go round in a circle; all have enough where nobody waits for them."""

    def __init__(self, before: int, stop: threading.Event, until_repeats: bool) -> None:
        self._before = before
        self._stop = stop
        self._until_repeats = until_repeats

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        rows = input_ids[:, self._before :].tolist()
        stopped = self._stop.is_set()
        enough = [stopped or bool(self._until_repeats and repeats(row)) for row in rows]
        return torch.tensor(enough, device=input_ids.device)
