"""HunYuanVL on the stock modules, made for many crops at once.

transformers runs the vision tower picture by picture, and counts pictures over the whole
batch when it lays out positions, so that a row's answer depends on the rows above it. Here
pictures of one size go through the tower together, each row is laid out as if it were alone,
and rows that have come to their end leave the batch.
"""

from __future__ import annotations

import inspect
import math
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear, log_softmax, pad, scaled_dot_product_attention

from vidocr.model import Image
from vidocr.ocr.answers import Answer, repeats
from vidocr.ocr.canvas import Size
from vidocr.ocr.writing import Stopped, Writer, Writing

_LOOK_EVERY = 4  # tokens between two looks at which rows have ended: a look waits for the GPU


class _Prompt:
    """The tokens before an answer about a picture of one size, and their positions."""

    def __init__(self, processor: Any, model: Any, turns: list[dict[str, Any]], size: Size) -> None:
        tokens, vision = processor.tokenizer, model.config.vision_config
        rows, columns = (side // vision.patch_size for side in size)
        grid = torch.tensor([[1, rows, columns]])
        text = processor.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        many = processor.replace_image_token({"image_grid_thw": grid}, 0)
        text = text.replace(processor.image_token, many)
        ids = tokens(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
        kinds = (ids == processor.image_token_id).int()
        layout, delta = model.model.get_rope_index(ids, kinds, grid)
        self.grid = (rows, columns)
        self.ids: Tensor = ids[0]
        self.layout: Tensor = layout[:, 0]
        self.next = int(self.ids.numel() + delta)
        self.image = kinds[0].bool()


class _Rows(NamedTuple):
    """What stands before the answers, padded on the left: a row a picture.

    ``embedded`` (rows, tokens, width), ``layout`` (axes, rows, tokens) positions, ``seen``
    (rows, tokens) 1 where there is no padding, ``start`` (rows) position of the first token of
    the answer, ``penalised`` (rows, vocabulary) tokens that stand there already.
    """

    embedded: Tensor
    layout: Tensor
    seen: Tensor
    start: Tensor
    penalised: Tensor


class HunyuanModel(Writer):
    """A ``HunYuanVLForConditionalGeneration`` and its ``HunYuanVLProcessor``."""

    def __init__(
        self, model: Any, processor: Any, writing: Writing, *, system_turn: bool = True
    ) -> None:
        super().__init__(model, processor, writing, system_turn=system_turn)
        self._prompts: dict[tuple[str, Size], _Prompt] = {}
        images = processor.image_processor
        self._mean, self._deviation = (
            255 * torch.tensor(values, device=model.device).view(1, 3, 1, 1)
            for values in (images.image_mean, images.image_std)
        )

    def _answers(
        self, pictures: Sequence[Image], prompt: str, tokens: int, stop: threading.Event
    ) -> list[Answer]:
        prompts = [self._prompt(prompt, Size(*p.shape[:2])) for p in pictures]
        rows = self._embedded(pictures, prompts)
        longest = max(len(row) for row in rows)
        embedded = torch.stack([pad(row, (0, 0, longest - len(row), 0)) for row in rows])
        device = embedded.device
        layout = torch.stack([pad(p.layout, (longest - len(p.ids), 0)) for p in prompts], 1)
        seen = torch.stack(
            [pad(torch.ones_like(p.ids), (longest - len(p.ids), 0)) for p in prompts]
        )
        penalised = torch.zeros(
            len(rows), self._model.config.text_config.vocab_size, dtype=torch.bool, device=device
        )
        for row, p in enumerate(prompts):
            penalised[row, p.ids.to(device)] = True
        start = torch.tensor([p.next for p in prompts], device=device)
        rows_of = _Rows(embedded, layout.to(device), seen.to(device), start, penalised)
        return self._write(rows_of, tokens, stop)

    def _prompt(self, prompt: str, size: Size) -> _Prompt:
        key = (prompt, size)
        if key not in self._prompts:
            turns = self._turns(prompt)
            self._prompts[key] = _Prompt(self._processor, self._model, turns, size)
        return self._prompts[key]

    def _embedded(self, pictures: Sequence[Image], prompts: Sequence[_Prompt]) -> list[Tensor]:
        """(tokens, width) of each row: the prompt with its picture in place."""
        inner = self._model.model
        device = self._model.device
        rows: list[Tensor] = [torch.empty(0)] * len(pictures)
        for prompt in dict.fromkeys(prompts):
            members = [row for row, other in enumerate(prompts) if other is prompt]
            pixels = torch.stack([torch.from_numpy(pictures[row]) for row in members]).to(device)
            features = image_features(inner.vision_tower, self._patches(pixels), prompt.grid)
            words = inner.language_model.embed_tokens(prompt.ids.to(device))
            for row, feature in zip(members, features, strict=True):
                rows[row] = words.clone()
                rows[row][prompt.image.to(device)] = feature.to(words.dtype)
        return rows

    def _patches(self, pixels: Tensor) -> Tensor:
        """(pictures, rows x columns, channels x patch x patch) from uint8 RGB, normalised."""
        normal = (pixels.permute(0, 3, 1, 2).float() - self._mean) / self._deviation
        side = self._model.config.vision_config.patch_size
        cut = normal.unfold(2, side, side).unfold(3, side, side)
        return cut.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)

    def _write(self, rows: _Rows, tokens: int, stop: threading.Event) -> list[Answer]:
        from transformers import DynamicCache

        embedded, layout, seen, start, penalised = rows
        language, head = self._model.model.language_model, self._model.lm_head
        ends = torch.tensor(self._writing.ends, device=embedded.device)
        cache: Any = DynamicCache(config=self._model.config.text_config)
        kept_in = {_cache_name(language): cache}
        written = _Written(len(embedded), self._writing)
        given: dict[str, Any] = {"inputs_embeds": embedded, "position_ids": layout}
        for step in range(tokens):
            if stop.is_set():
                raise Stopped
            hidden = language(
                **given, **kept_in, attention_mask=seen, use_cache=True
            ).last_hidden_state[:, -1]
            logits = head(hidden).float()
            token = _penalise(logits, penalised, self._writing.repetition_penalty).argmax(-1)
            chosen = log_softmax(logits, -1).gather(1, token[:, None])[:, 0]
            written.add(token, chosen, torch.isin(token, ends))
            if step % _LOOK_EVERY == _LOOK_EVERY - 1 or step + 1 == tokens:
                kept = written.kept()
                if not kept:
                    break
                if len(kept) < len(token):
                    left = torch.tensor(kept, device=embedded.device)
                    cache.batch_select_indices(left)
                    token, seen, start, penalised = (
                        of[left] for of in (token, seen, start, penalised)
                    )
            penalised.scatter_(1, token[:, None], True)
            seen = pad(seen, (0, 1), value=1)
            position = (start + step).view(1, -1, 1).expand(layout.shape[0], -1, -1)
            given = {"input_ids": token[:, None], "position_ids": position}
        return written.answers(self._processor.tokenizer)


class _Written:
    """What is written so far, a row a picture; rows leave when they have come to an end."""

    def __init__(self, rows: int, writing: Writing) -> None:
        self._writing = writing
        self._tokens: list[list[int]] = [[] for _ in range(rows)]
        self._chances: list[list[float]] = [[] for _ in range(rows)]
        self._ended = [False] * rows
        self._rows = list(range(rows))
        self._new: list[tuple[Tensor, Tensor, Tensor]] = []

    def add(self, token: Tensor, chance: Tensor, ends: Tensor) -> None:
        """A token more in each row that is left; nothing is fetched from the device yet."""
        self._new.append((token, chance, ends))

    def kept(self) -> list[int]:
        """Which of the rows that were left go on, as places among them."""
        columns = [torch.stack(each, 1).tolist() for each in zip(*self._new, strict=True)]
        self._new = []
        places = []
        for place, (row, *new) in enumerate(zip(self._rows, *columns, strict=True)):
            if self._goes_on(row, *new):
                places.append(place)
        self._rows = [self._rows[place] for place in places]
        return places

    def _goes_on(self, row: int, tokens: list[int], chances: list[float], ends: list[bool]) -> bool:
        for token, chance, end in zip(tokens, chances, ends, strict=True):
            self._chances[row].append(chance)
            if end:
                self._ended[row] = True
                return False
            self._tokens[row].append(token)
        return not (self._writing.until_repeats and repeats(self._tokens[row]))

    def answers(self, tokenizer: Any) -> list[Answer]:
        """The rows as text, how sure, and whether they were cut off."""
        texts = tokenizer.batch_decode(self._tokens, skip_special_tokens=True)
        return [
            Answer(text, math.exp(sum(chances) / max(1, len(chances))), not ended)
            for text, chances, ended in zip(texts, self._chances, self._ended, strict=True)
        ]


def _cache_name(language: Any) -> str:
    """What the language model calls its cache: transformers 5.24 gave it another name."""
    names = inspect.signature(language.forward).parameters
    return "cache" if "cache" in names else "past_key_values"


def _penalise(logits: Tensor, penalised: Tensor, penalty: float) -> Tensor:
    """Tokens that stand in the prompt or the answer made less likely (Keskar et al. 2019)."""
    if penalty == 1:
        return logits
    less = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(penalised, less, logits)


def image_features(tower: Any, patches: Tensor, grid: tuple[int, int]) -> Tensor:
    """The embeddings of pictures of one size.

    Args:
        tower: the model's ``vision_tower``.
        patches: (pictures, rows x columns, channels x patch x patch), normalised.
        grid: rows and columns of patches.

    Returns:
        (pictures, tokens, width of the language model), with the tokens that begin and end a
        picture and end each of its rows.
    """
    pictures, count, _ = patches.shape
    embed = tower.embeddings
    weight = embed.patch_embedding.weight
    flat = linear(patches.to(weight.dtype), weight.flatten(1), embed.patch_embedding.bias)
    hidden = flat + embed.interpolate_pos_encoding(flat, *grid)
    for layer in tower.layers:
        attention = layer.self_attn
        normed = layer.layer_norm1(hidden)
        query, key, value = (
            project(normed)
            .view(pictures, count, attention.num_heads, attention.head_dim)
            .transpose(1, 2)
            for project in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        mixed = scaled_dot_product_attention(query, key, value, scale=attention.scaling)
        hidden = hidden + attention.o_proj(mixed.transpose(1, 2).flatten(2))
        hidden = hidden + layer.mlp(layer.layer_norm2(hidden))
    merged: Tensor = tower.patch_merger(hidden, grid)
    return merged
