"""Rows of tokens through a model of transformers: in batches that fit, and always the same text.

What a row becomes does not depend on the rows beside it: those of a batch have one limit of
length, and the search is greedy or by beams, without chance.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers import StoppingCriteria

from vidocr.errors import TranslationError
from vidocr.ocr.calls import Calls
from vidocr.ocr.weights import is_out_of_memory
from vidocr.translation.loading import Parts

_log = logging.getLogger(__name__)

_ON_GPU, _ON_CPU = 64, 16  # rows at once, where nobody asked for another number
_EXPANSION, _SPARE, _STEP = 3, 16, 32  # tokens of a translation against those of its source


class Row(NamedTuple):
    """What a model is given: tokens, the most that it may answer, the first that it has to."""

    tokens: tuple[int, ...]
    limit: int
    start: int | None = None


class Written(NamedTuple):
    """What a model wrote, and whether it came to an end; how many tokens that took."""

    text: str
    ended: bool
    tokens: int


def limit_for(tokens: int) -> int:
    """After how many tokens the translation of so many is cut off.

    In few steps, for rows are batched with those of their limit.
    """
    return -(-(_EXPANSION * tokens + _SPARE) // _STEP) * _STEP


class Generator:
    """Writes what a model answers to rows of tokens.

    Args:
        parts: the model.
        beams: of the search; 1 is greedy.
        batch: rows at once; 0 for what suits the device. Where memory runs out it is halved.
        penalty: of tokens that stand there already, where the checkpoint names none.
    """

    def __init__(
        self, parts: Parts, *, beams: int = 1, batch: int = 0, penalty: float = 1.0
    ) -> None:
        self._model, self._tokenizer = parts.model, parts.tokenizer
        self._is_causal = parts.is_causal
        self._on_gpu = self._model.device.type == "cuda"
        self._batch = batch or (_ON_GPU if self._on_gpu else _ON_CPU)
        self._calls = Calls()
        self.passes = 0
        own = self._model.generation_config
        named = own.eos_token_id if isinstance(own.eos_token_id, list) else [own.eos_token_id]
        self._ends = {end for end in (*named, self._tokenizer.eos_token_id) if end is not None}
        # A pad that ends texts too would be penalised as one that stands in the padded rows.
        ids = (own.pad_token_id, self._tokenizer.pad_token_id, self._tokenizer.bos_token_id, 0)
        self._pad = next(each for each in ids if each is not None and each not in self._ends)
        own.update(
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            num_beams=beams,
            max_length=None,
            forced_eos_token_id=None,  # it would hide which texts have no end
            repetition_penalty=own.repetition_penalty or penalty,
            eos_token_id=sorted(self._ends),
            pad_token_id=self._pad,
        )

    def interrupt(self) -> None:
        """End what is being written, from any thread; it raises TranslationError."""
        self._calls.stop()

    def write(self, rows: Sequence[Row]) -> list[Written]:
        """What the model writes for each row, in their order.

        Raises:
            TranslationError: it failed, or one row alone is too large for the memory.
        """

        def kind(at: int) -> tuple[int, int]:
            return rows[at].limit, rows[at].start or 0

        order = sorted(range(len(rows)), key=lambda at: (*kind(at), len(rows[at].tokens)))
        found: dict[int, Written] = {}
        with self._calls.begin() as stop:
            for _, alike in groupby(order, key=kind):
                members = list(alike)
                while members:
                    part = members[: self._batch]
                    made = self._if_it_fits([rows[at] for at in part], stop)
                    if made is None:
                        self._shrink(len(part))
                    else:
                        found.update(zip(part, made, strict=True))
                        members = members[len(part) :]
        return [found[at] for at in range(len(rows))]

    def _if_it_fits(self, rows: Sequence[Row], stop: threading.Event) -> list[Written] | None:
        """What was written, or None where memory ran out."""
        try:
            with torch.inference_mode():
                made = self._written(rows, _Stopping(stop))
        except Exception as error:  # models and kernels raise exceptions of many kinds
            if is_out_of_memory(error):
                return None
            hint = "on the CPU, to see whether the GPU is at fault" if self._on_gpu else ""
            raise TranslationError(
                f"translator transformers failed: {error}; run it again {hint or 'and report it'}"
            ) from error
        if stop.is_set():
            raise TranslationError("translator transformers: it was given up")
        return made

    def _shrink(self, rows: int) -> None:
        if rows == 1:
            raise TranslationError(
                "translator transformers: one line needs more memory than the device has free; "
                "free some, or take a smaller model"
            )
        self._batch = rows // 2
        torch.cuda.empty_cache()
        _log.warning("out of memory: batches of %d lines from here on", self._batch)

    def _written(self, rows: Sequence[Row], stopping: _Stopping) -> list[Written]:
        given, seen = self._padded(rows)
        start = {} if rows[0].start is None else {"forced_bos_token_id": rows[0].start}
        made = self._model.generate(
            input_ids=given,
            attention_mask=seen,
            max_new_tokens=rows[0].limit,
            stopping_criteria=[stopping],
            **start,
        )
        self.passes += 1
        before = given.shape[1] if self._is_causal else 1 + len(start)
        answers = [self._until_end(row) for row in made[:, before:].tolist()]
        texts = self._tokenizer.batch_decode(
            [tokens for tokens, _ in answers], skip_special_tokens=True
        )
        return [
            Written(text, ended, len(tokens))
            for text, (tokens, ended) in zip(texts, answers, strict=True)
        ]

    def _padded(self, rows: Sequence[Row]) -> tuple[Tensor, Tensor]:
        """(rows, tokens) and what of it is no padding; a causal model goes on from the right."""
        longest = max(len(row.tokens) for row in rows)
        given = torch.full((len(rows), longest), self._pad)
        seen = torch.zeros_like(given)
        for at, (tokens, *_) in enumerate(rows):
            first = longest - len(tokens) if self._is_causal else 0
            given[at, first : first + len(tokens)] = torch.tensor(tokens)
            seen[at, first : first + len(tokens)] = 1
        return given.to(self._model.device), seen.to(self._model.device)

    def _until_end(self, tokens: list[int]) -> tuple[list[int], bool]:
        at = next((at for at, token in enumerate(tokens) if token in self._ends), None)
        return (tokens, False) if at is None else (tokens[:at], True)


class _Stopping(StoppingCriteria):  # type: ignore[misc]  # the library is not typed
    """All rows have enough where nobody waits for them."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        return torch.full((len(input_ids),), self._stop.is_set(), device=input_ids.device)
