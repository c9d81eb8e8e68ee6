"""Trains the small HunYuanVL that reads lines of text, from nothing, on a CPU or a GPU.

``python -m tests.checkpoints.train OUT [--minutes 120] [--start FOLDER] [--device cpu]``

Two heads that are thrown away speed the start: on the picture's tokens, one says which
character stands in each tenth of a token's width, one how many stand before the token. With
them the tower learns letters within minutes, and the language model finds its place in the
line; without them neither starts to learn in that time.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tests.checkpoints import architecture, lines
from vidocr.ocr.hunyuan_model import image_features
from vidocr.ocr.weights import OWN_PROFILE

LONGEST = 40  # characters in a line
SLOTS = 10  # in the width of a token: narrower than any letter
TOKEN_PX = 32
PATCH_PX = 16
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
NO_CHARACTER = len(lines.ALPHABET)
LETTERS_ALONE = 0.1  # of the time, before the language model joins in
STEADY = 0.3  # of the time, before the rate begins to fall
MISSPELT = 0.06  # of the letters that the language model is told it has written


def patches(picture: np.ndarray) -> np.ndarray:
    """(rows x columns, 3 x 16 x 16): a gray picture as the stock processor gives it."""
    height, width = picture.shape
    cut = picture.reshape(height // PATCH_PX, PATCH_PX, width // PATCH_PX, PATCH_PX)
    flat = cut.transpose(0, 2, 1, 3).reshape(-1, 1, PATCH_PX * PATCH_PX).astype(np.float32) / 255
    return ((flat - MEAN[:, None]) / STD[:, None]).reshape(len(flat), -1)


class Batch:
    """Pictures of one width, what they say, and the targets of the two extra heads."""

    def __init__(self, samples: Sequence[lines.Sample], tokens: Any, device: str) -> None:
        columns = samples[0].picture.shape[1] // TOKEN_PX
        self.grid = (lines.HEIGHT_PX // PATCH_PX, 2 * columns)
        self.patches = torch.from_numpy(np.stack([patches(s.picture) for s in samples]))
        spelt = [tokens(s.text, add_special_tokens=False)["input_ids"] for s in samples]
        longest = max(map(len, spelt)) + 1
        self.targets = torch.full((len(samples), longest), -100)
        self.given = torch.full((len(samples), longest), tokens.pad_token_id)
        for row, ids in enumerate(spelt):
            ids = torch.tensor([*ids, tokens.eos_token_id])
            self.targets[row, : len(ids)] = ids
            self.given[row, : len(ids)] = ids
        self.letters = torch.full((len(samples), columns * SLOTS), NO_CHARACTER)
        self.before = torch.zeros((len(samples), columns), dtype=torch.long)
        for row, s in enumerate(samples):
            for place in s.places:
                slot = int(place.x * SLOTS / TOKEN_PX)
                self.letters[row, slot] = lines.ALPHABET.index(place.character)
            for column in range(columns):
                self.before[row, column] = sum(p.x < column * TOKEN_PX for p in s.places)
        for name in ("patches", "targets", "given", "letters", "before"):
            setattr(self, name, getattr(self, name).to(device))


class Reader:
    """The model in training, with its two extra heads; it goes on from ``start`` if given."""

    def __init__(self, device: str, start: Path | None = None) -> None:
        self.device = device
        self.processor = architecture.processor()
        self.tokens: Any = self.processor.tokenizer
        self.model: Any = architecture.untrained(architecture.config(self.tokens))
        if start:
            self.model = type(self.model).from_pretrained(start, dtype=torch.float32)
        self.model = self.model.to(device).train()
        width = self.model.config.text_config.hidden_size
        self.letters = torch.nn.Linear(width, SLOTS * (NO_CHARACTER + 1)).to(device)
        self.before = torch.nn.Linear(width, LONGEST + 10).to(device)

    def parameters(self) -> list[Tensor]:
        """All that is trained."""
        parts = (self.model, self.letters, self.before)
        return [weights for part in parts for weights in part.parameters()]

    def losses(self, batch: Batch, prompt: str | None) -> tuple[Tensor, ...]:
        """Mean cross-entropies: of letters, of the counts before, with a prompt of the answer."""
        tower = self.model.model.vision_tower
        features = image_features(tower, batch.patches, batch.grid)
        seen = self._seen(features, batch)
        return seen if prompt is None else (*seen, self._answer(features, batch, prompt))

    def _answer(self, features: Tensor, batch: Batch, prompt: str) -> Tensor:
        inner = self.model.model
        ids, first = self._prompt(prompt, features.shape[1])
        layout = self._positions(ids, first, features.shape[1], batch)
        embed = inner.language_model.embed_tokens
        frame = embed(ids).expand(len(features), -1, -1)
        given = batch.given[:, :-1]
        wrong = torch.rand(given.shape, device=self.device) < MISSPELT
        random_letters = given.flatten()[torch.randperm(given.numel())].view_as(given)
        given = torch.where(wrong, random_letters, given)
        whole = torch.cat(
            [frame[:, :first], features, frame[:, first + features.shape[1] :], embed(given)], 1
        )
        hidden = inner.language_model(
            inputs_embeds=whole, position_ids=layout, use_cache=False
        ).last_hidden_state[:, ids.shape[1] - 1 :]
        logits = self.model.lm_head(hidden).flatten(0, 1).float()
        return cross_entropy(logits, batch.targets.flatten(), ignore_index=-100)

    def _seen(self, features: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        columns = batch.before.shape[1]
        row = features[:, 1 : 1 + columns]
        seen = self.letters(row).view(len(row), columns * SLOTS, -1)
        weights = torch.ones(NO_CHARACTER + 1, device=self.device)
        weights[-1] = 0.2
        return (
            cross_entropy(seen.flatten(0, 1), batch.letters.flatten(), weights),
            cross_entropy(self.before(row).flatten(0, 1), batch.before.flatten()),
        )

    def _prompt(self, prompt: str, image_tokens: int) -> tuple[Tensor, int]:
        """The tokens before the answer, and where the picture's begin."""
        turns = [
            {"role": "system", "content": ""},
            {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": prompt}]},
        ]
        text = self.tokens.apply_chat_template(turns, tokenize=False)
        many = text.replace(architecture.IMAGE, architecture.IMAGE * image_tokens)
        ids = self.tokens(many, add_special_tokens=False, return_tensors="pt")["input_ids"]
        image = self.tokens.convert_tokens_to_ids(architecture.IMAGE)
        return ids.to(self.device), int((ids[0] == image).nonzero()[0])

    def _positions(self, ids: Tensor, first: int, count: int, batch: Batch) -> Tensor:
        kinds = torch.zeros_like(ids)
        kinds[:, first : first + count] = 1
        grids = torch.tensor([[1, *batch.grid]], device=self.device)
        layout, _ = self.model.model.get_rope_index(ids, kinds, grids)
        steps = torch.arange(batch.given.shape[1] - 1, device=self.device) + ids.shape[1]
        axes = layout.shape[0]
        return torch.cat([layout, steps.expand(axes, 1, -1)], 2).expand(-1, len(batch.given), -1)

    def save(self, folder: Path) -> None:
        """The model in bfloat16 with its processor, and what vidocr has to know of it."""
        folder.mkdir(parents=True, exist_ok=True)
        own = {"name": folder.name, "licence": "MIT", "not_for": "", "line_height_px": 32}
        (folder / OWN_PROFILE).write_text(json.dumps(own, indent=2) + "\n")
        self.model.to(torch.bfloat16).save_pretrained(folder)
        self.processor.save_pretrained(folder)


def draw(rng: random.Random, longest: int, pictures: int, reader: Reader) -> Batch:
    """A batch of one width."""
    most = rng.randint(2, longest)
    width = lines.width_for(rng, most)
    made = [lines.sample(rng, width, most) for _ in range(pictures)]
    return Batch(made, reader.tokens, reader.device)


def optimisers(reader: Reader, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside of the layers, AdamW for all else."""
    inner = [
        weights
        for name, weights in reader.model.named_parameters()
        if weights.dim() == 2 and ".layers." in name
    ]
    known = {id(weights) for weights in inner}
    others = [weights for weights in reader.parameters() if id(weights) not in known]
    return [
        torch.optim.Muon(inner, rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, rate, betas=(0.9, 0.98), weight_decay=0.01),
    ]


def train(reader: Reader, minutes: float, pictures: int, rate: float, goes_on: bool) -> None:
    """First letters alone, then longer and longer lines; at last the rate falls to nothing.

    A model that ``goes_on`` reads already, and is given all lengths from the start.
    """
    steppers = optimisers(reader, rate)
    rng = random.Random(1 if goes_on else 0)
    began = said = time.monotonic()
    longest, smooth, step = LONGEST if goes_on else 6, 4.0, 0
    while (done := (time.monotonic() - began) / (60 * minutes)) < 1:
        falling = max(0.0, done - STEADY) / (1 - STEADY)
        now = rate * min(1, (step + 1) / 200) * max(0.01, 0.5 * (1 + math.cos(math.pi * falling)))
        for group in (group for stepper in steppers for group in stepper.param_groups):
            group["lr"] = now
        letters_alone = done < LETTERS_ALONE and not goes_on
        batch = draw(rng, LONGEST if letters_alone else longest, pictures, reader)
        prompt = None if letters_alone else rng.choice(architecture.PROMPTS)
        losses = reader.losses(batch, prompt)
        for stepper in steppers:
            stepper.zero_grad()
        loss = 0.5 * losses[0] + 0.2 * losses[1] + sum(losses[2:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        for stepper in steppers:
            stepper.step()
        step += 1
        if not letters_alone:
            smooth += 0.05 * (losses[2].item() - smooth)
        if (smooth < 0.6 or done > 0.6) and longest < LONGEST:
            longest, smooth = longest + 2, smooth + 0.2
        if time.monotonic() - said > 20:
            said = time.monotonic()
            parts = " ".join(f"{loss.item():.3f}" for loss in losses)
            print(f"{done:.3f} step {step} longest {longest} ({parts}) {smooth:.3f}", flush=True)
    print(f"{step * pictures} pictures in {step} steps")


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--start", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pictures", type=int, default=32, help="in a batch")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    reader = Reader(args.device, args.start)
    print(sum(weights.numel() for weights in reader.model.parameters()), "weights")
    train(reader, args.minutes, args.pictures, args.rate, args.start is not None)
    reader.save(args.out)


if __name__ == "__main__":
    main()
