"""HunyuanOCR, and models like it, on this machine's GPU or CPU.

Pictures are brought to few sizes while the model writes, sorted by size so that a batch needs
little padding, and read in batches as large as the device's memory allows.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from vidocr.errors import EngineError
from vidocr.model import Image, Line
from vidocr.ocr.answers import LINE_TOKENS, PICTURE_TOKENS, Answer, lines_of
from vidocr.ocr.calls import Calls
from vidocr.ocr.canvas import Limits, Size, fitted, line_size, picture_size, stretched
from vidocr.ocr.profiles import Profile, Task, prompt_for
from vidocr.ocr.weights import Source, is_out_of_memory, load
from vidocr.ocr.writing import Stopped, Writer, Writing

_log = logging.getLogger(__name__)

MOST_IN_BATCH = 256
_ON_CPU = 8
_AHEAD = 4  # batches in a call of read(): the next is prepared while one is read
_MOST_IN_CALL = 256  # the pictures of a call wait in the memory
_MEMORY_SHARE = 0.6  # of what is free: the rest is for what fragments and what others take


class HunyuanEngine:
    """Reads lines with a model; answers any prompt about any picture.

    Args:
        source: which model.
        batch: pictures read at once; 0 to find out from the memory that is free.
        line_height_px: of the canvas for one line; 0 for the model's own.
        min_pixels: of a canvas; 0 for what the model's processor asks for.
        max_new_tokens: after which an answer is cut off; 0 for what lines and pictures need.

    Raises:
        DependencyError: the model can't be loaded.
    """

    name = "hunyuan"

    def __init__(
        self,
        source: Source,
        *,
        batch: int = 0,
        line_height_px: int = 0,
        min_pixels: int = 0,
        max_new_tokens: int = 0,
    ) -> None:
        model, processor = load(source)
        self.profile = source.profile
        self._limits = limits_of(processor, min_pixels)
        self._line_height_px = line_height_px or self.profile.line_height_px
        self._writer = writer_for(model, processor, self.profile)
        self._on_gpu = model.device.type == "cuda"
        self._max_new_tokens = max_new_tokens
        self._calls = Calls()
        self._batch = batch or batch_for(model, self._limits, self._line_height_px)
        self.batch_size = max(self._batch, min(_AHEAD * self._batch, _MOST_IN_CALL))
        _log.debug("%s on %s, batches of %d", source.model, model.device, self._batch)

    def read(self, images: Sequence[Image]) -> list[list[Line]]:
        """Lines of each picture of a line; they have no boxes.

        Raises:
            EngineError: the model failed, or one picture alone is too large for the memory.
        """
        prompt = prompt_for(self.profile, Task.SUBTITLE)
        pairs = [(image, self._line_size(image.shape)) for image in images]
        return [lines_of(answer) for answer in self._ask(pairs, prompt, fitted, LINE_TOKENS)]

    def _line_size(self, shape: tuple[int, ...]) -> Size:
        return line_size(shape, self._line_height_px, self._limits)

    def ask(self, images: Sequence[Image], prompt: str) -> list[Answer]:
        """What the model answers to ``prompt`` about each whole picture.

        Raises:
            EngineError: as ``read``.
        """
        sizes = [picture_size(image.shape, self._limits) for image in images]
        pairs = list(zip(images, sizes, strict=True))
        return self._ask(pairs, prompt, stretched, PICTURE_TOKENS)

    def interrupt(self) -> None:
        """End the calls that are under way, from any thread; they raise EngineError."""
        self._calls.stop()

    def _ask(
        self,
        pairs: Sequence[tuple[Image, Size]],
        prompt: str,
        resize: Callable[[Image, Size], Image],
        tokens: int,
    ) -> list[Answer]:
        order = sorted(range(len(pairs)), key=lambda at: pairs[at][1])
        question = (prompt, self._max_new_tokens or tokens)

        def prepare(members: Sequence[int]) -> list[Image]:
            return [resize(*pairs[at]) for at in members]

        found: list[Answer] = [Answer("")] * len(pairs)
        done, members = 0, order[: self._batch]
        with ThreadPoolExecutor(1, "prepare") as pool, self._calls.begin() as stop:
            ahead = pool.submit(prepare, members)
            while members:
                these, pictures = members, ahead.result()
                done += len(these)
                members = order[done : done + self._batch]
                ahead = pool.submit(prepare, members)
                answers = self._answers(pictures, question, stop)
                for at, answer in zip(these, answers, strict=True):
                    found[at] = answer
        return found

    def _answers(
        self, pictures: Sequence[Image], question: tuple[str, int], stop: threading.Event
    ) -> list[Answer]:
        """The model's answers; where memory runs out, in smaller batches from then on."""
        answers: list[Answer] = []
        while len(answers) < len(pictures):
            part = pictures[len(answers) : len(answers) + self._batch]
            made = self._if_it_fits(part, question, stop)
            if made is None:
                self._shrink(part)
            else:
                answers += made
        return answers

    def _if_it_fits(
        self, pictures: Sequence[Image], question: tuple[str, int], stop: threading.Event
    ) -> Sequence[Answer] | None:
        """The answers, or None where memory ran out; what held it is let go on the way."""
        try:
            return self._writer.answers(pictures, *question, stop)
        except Stopped as error:
            raise EngineError(f"engine {self.name}: the reading was given up") from error
        except Exception as error:  # models and kernels raise exceptions of many kinds
            if is_out_of_memory(error):
                return None
            hint = "with --device cpu to see whether the GPU is at fault" if self._on_gpu else ""
            raise EngineError(
                f"engine {self.name} failed: {error}; run it again {hint or 'and report it'}"
            ) from error

    def _shrink(self, pictures: Sequence[Image]) -> None:
        import torch

        if len(pictures) == 1:
            height, width = pictures[0].shape[:2]
            raise EngineError(
                f"engine {self.name}: a picture of {width} x {height} px needs more memory than "
                "the device has free; give --quantise 4bit or --min-pixels 1, or free some"
            )
        self._batch = len(pictures) // 2
        torch.cuda.empty_cache()
        _log.warning("out of memory: batches of %d pictures from here on", self._batch)


def limits_of(processor: Any, min_pixels: int) -> Limits:
    """What sizes of pictures the model takes, as its processor says."""
    images = processor.image_processor
    factor = images.patch_size * images.merge_size
    return Limits(factor, min_pixels or images.size["shortest_edge"], images.size["longest_edge"])


def writer_for(model: Any, processor: Any, profile: Profile) -> Writer:
    """The model behind the way of asking that suits it."""
    from vidocr.ocr.hunyuan_model import HunyuanModel
    from vidocr.ocr.plain_model import PlainModel

    own = model.generation_config
    named = own.eos_token_id if isinstance(own.eos_token_id, list) else [own.eos_token_id]
    size = model.config.get_text_config().vocab_size
    ends = {end for end in (*named, *profile.end_tokens) if end is not None and end < size}
    writing = Writing(
        ends=tuple(sorted(ends)),
        repetition_penalty=own.repetition_penalty or profile.repetition_penalty,
    )
    kind = HunyuanModel if model.config.model_type == "hunyuan_vl" else PlainModel
    return kind(model, processor, writing, system_turn=profile.system_turn)


def batch_for(model: Any, limits: Limits, line_height_px: int) -> int:
    """How many lines fit into the memory that is free, as reckoned from the model's sizes."""
    import torch

    if model.device.type != "cuda":
        return _ON_CPU
    free_bytes, _ = torch.cuda.mem_get_info(model.device)
    wide = line_size((1, 16), line_height_px, limits)  # as wide as lines of subtitles get
    most = int(_MEMORY_SHARE * free_bytes / bytes_for(model.config, wide, limits.factor))
    return max(1, min(MOST_IN_BATCH, 2 ** (most.bit_length() - 1))) if most else 1


def bytes_for(config: Any, size: Size, factor: int) -> int:
    """Memory that a picture of ``size`` takes while it is read, without the weights.

    Keys and values of its tokens, the widest activations of the tower and of the language
    model, and the probabilities of the next token, at four bytes a number.
    """
    text, vision = config.get_text_config(), config.vision_config
    tokens = size.height * size.width // factor**2 + size.height // factor + 64
    patches = tokens * 4
    kept = 2 * text.num_hidden_layers * text.num_key_value_heads * text.head_dim * tokens * 2
    tower = patches * (4 * vision.hidden_size + vision.intermediate_size)
    language = tokens * (4 * text.hidden_size + 2 * text.intermediate_size)
    return int(kept + 4 * (max(tower, language) + 2 * text.vocab_size))
