"""What every model that writes about pictures has in common, whatever loop it writes with."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vidocr.model import Image
from vidocr.ocr.answers import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How answers are written: greedily, to one of ``ends``.

    With ``until_repeats`` an answer also ends, cut off, where it goes round in a circle.
    """

    ends: tuple[int, ...]
    repetition_penalty: float
    until_repeats: bool = True


class Stopped(Exception):
    """The answers are not wanted any more."""


class Writer(ABC):
    """A loaded model and its processor.

    Args:
        model: a model that transformers loads for image-text-to-text.
        processor: its processor.
        writing: how answers are written.
        system_turn: whether an empty system turn comes first, as some models were trained.
    """

    def __init__(
        self, model: Any, processor: Any, writing: Writing, *, system_turn: bool = True
    ) -> None:
        self._model = model.eval()
        self._processor = processor
        self._writing = writing
        self._system: list[dict[str, Any]] = (
            [{"role": "system", "content": ""}] if system_turn else []
        )

    def answers(
        self, pictures: Sequence[Image], prompt: str, tokens: int, stop: threading.Event
    ) -> list[Answer]:
        """What the model writes of each picture, in order.

        Args:
            pictures: RGB, uint8 (height, width, 3), sides in multiples of the model's factor.
            prompt: the same for all.
            tokens: after which an answer is cut off.
            stop: set when nobody waits for the answers any more.

        Raises:
            Stopped: ``stop`` was set.
        """
        import torch

        with torch.inference_mode():
            return self._answers(pictures, prompt, tokens, stop) if pictures else []

    @abstractmethod
    def _answers(
        self, pictures: Sequence[Image], prompt: str, tokens: int, stop: threading.Event
    ) -> list[Answer]:
        """As ``answers``; there are pictures, and no gradients."""

    def _turns(self, prompt: str, **picture: Any) -> list[dict[str, Any]]:
        """The conversation about one picture."""
        content = [{"type": "image", **picture}, {"type": "text", "text": prompt}]
        return [*self._system, {"role": "user", "content": content}]
