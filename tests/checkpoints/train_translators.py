"""Trains the two small models that translate a toy vocabulary, from nothing, on a CPU.

``python -m tests.checkpoints.train_translators OUT [--only marian|hunyuan] [--minutes 5]``
writes ``OUT/translates-marian`` and ``OUT/translates-hunyuan``. The first is of the
architecture of Opus-MT, to German or French by the token that names the language; the second
of Hy-MT2's, and is asked with its prompts, with and without background.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers
from transformers import (
    HunYuanDenseV1Config,
    HunYuanDenseV1ForCausalLM,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    PreTrainedTokenizerFast,
)

from tests.checkpoints import toy_languages as toy

BATCH = 64
RATE = 2e-3
LEARNT, ENOUGH = 0.002, 100  # loss of a batch, and how many of them in a row
TARGETS = {"de": ">>deu<<", "fr": ">>fra<<"}

# Marian


def marian_tokenizer(folder: Path) -> MarianTokenizer:
    """Two SentencePiece models, one for each side, and the vocabulary that both share."""
    english = list(toy.WORDS)
    others = [word for table in toy.ENGLISH_TO.values() for word in table.values()]
    others += [toy.SHORE[target] for target in TARGETS]
    pieces: set[str] = set()
    for name, words in (("source", english), ("target", others)):
        made = _sentencepiece(words)
        (folder / f"{name}.spm").write_bytes(made)
        known = sentencepiece.SentencePieceProcessor(model_proto=made)
        pieces |= {known.id_to_piece(at) for at in range(3, known.get_piece_size())}
    vocabulary = ["</s>", "<unk>", *TARGETS.values(), *sorted(pieces), "<pad>"]
    (folder / "vocab.json").write_text(
        json.dumps({piece: at for at, piece in enumerate(vocabulary)}, ensure_ascii=False)
    )
    return MarianTokenizer(
        str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json")
    )


def _sentencepiece(words: Sequence[str]) -> bytes:
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*sorted(set(words))] * 50),
        model_writer=made,
        model_type="unigram",
        vocab_size=3 * len(set(words)) + 40,
        hard_vocab_limit=False,
        character_coverage=1.0,
        user_defined_symbols=list(toy.PUNCTUATION),
        normalization_rule_name="identity",
        minloglevel=2,
    )
    return made.getvalue()


def marian(tokens: MarianTokenizer) -> Any:
    """A model with one layer on each side."""
    pad = tokens.pad_token_id
    return MarianMTModel(
        MarianConfig(
            vocab_size=len(tokens),
            d_model=64,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=128,
            decoder_ffn_dim=128,
            max_position_embeddings=128,
            init_std=0.1,
            dropout=0.0,
            pad_token_id=pad,
            eos_token_id=tokens.eos_token_id,
            decoder_start_token_id=pad,
            forced_eos_token_id=tokens.eos_token_id,
            bad_words_ids=[[pad]],
            num_beams=4,
            max_length=128,
        )
    )


def marian_batch(rng: random.Random, tokens: MarianTokenizer) -> dict[str, Any]:
    """Sentences, and what they are in the language that their first token names."""
    targets = [rng.choice(tuple(TARGETS)) for _ in range(BATCH)]
    texts = [toy.sentence(rng) for _ in targets]
    given = tokens(
        [f"{TARGETS[target]} {text}" for target, text in zip(targets, texts, strict=True)],
        text_target=[toy.translation(x, t) for t, x in zip(targets, texts, strict=True)],
        padding=True,
        return_tensors="pt",
    )
    given["labels"][given["labels"] == tokens.pad_token_id] = -100
    return dict(given)


# Hunyuan

BEGIN, END, PAD = "<｜hy_begin▁of▁sentence｜>", "<｜hy_place▁holder▁no▁2｜>", "<｜hy_▁pad▁｜>"
USER, ASSISTANT = "<｜hy_User｜>", "<｜hy_Assistant｜>"
CHAT_TEMPLATE = f"""\
{{{{ '{BEGIN}' }}}}
{{%- for turn in messages -%}}
  {{{{ {{'user': '{USER}', 'assistant': '{ASSISTANT}'}}[turn.role] + turn.content }}}}
{{%- endfor -%}}
{{%- if add_generation_prompt -%}}{{{{ '{ASSISTANT}' }}}}{{%- endif -%}}
"""
PLAIN = (
    "Translate the following text into ",
    ". Note that you should only output the translated result without any additional "
    "explanation:\n\n",
)
WITH_BACKGROUND = (
    "[Background Information]\n",
    "\n\nPlease translate the following text into ",
    ", taking the provided background information into consideration.\n\n[Source Text]\n",
)
PAIR = " translates to "
NAMES = {"de": "German", "fr": "French"}


def asked(text: str, target: str, background: Sequence[str]) -> str:
    """The prompt, as the authors of Hy-MT2 give it."""
    if not background:
        return PLAIN[0] + NAMES[target] + PLAIN[1] + text
    first, second, third = WITH_BACKGROUND
    return first + "\n".join(background) + second + NAMES[target] + third + text


def hunyuan_tokenizer() -> PreTrainedTokenizerFast:
    """Words, and the parts of the prompts as a token each: none has to be learnt by letters."""
    words = {*toy.WORDS, *toy.SHORE.values()}
    words |= {word for table in toy.ENGLISH_TO.values() for word in table.values()}
    names = [BEGIN, END, PAD, USER, ASSISTANT, "<unk>", *sorted(words), *toy.PUNCTUATION]
    plain = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names)}, "<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex("[.?!,]"), "isolated")]
    )
    made = PreTrainedTokenizerFast(
        tokenizer_object=plain,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=PAD,
        unk_token="<unk>",
        clean_up_tokenization_spaces=True,
        model_max_length=256,
    )
    made.add_tokens([USER, ASSISTANT], special_tokens=True)
    parts = [*PLAIN, *WITH_BACKGROUND, PAIR, *NAMES.values(), "\n"]
    made.add_tokens([AddedToken(part, normalized=False) for part in parts])
    made.chat_template = CHAT_TEMPLATE
    return made


def hunyuan(tokens: PreTrainedTokenizerFast) -> Any:
    """A model with two layers."""
    model: Any = HunYuanDenseV1ForCausalLM(
        HunYuanDenseV1Config(
            vocab_size=len(tokens),
            hidden_size=96,
            intermediate_size=192,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=24,
            max_position_embeddings=256,
            initializer_range=0.08,
            tie_word_embeddings=True,
            bos_token_id=tokens.bos_token_id,
            eos_token_id=tokens.eos_token_id,
            eod_token_id=tokens.eos_token_id,
            pad_token_id=tokens.pad_token_id,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        )
    )
    model.generation_config.repetition_penalty = 1.0  # words do come back in a sentence
    model.generation_config.eos_token_id = tokens.eos_token_id
    model.generation_config.pad_token_id = tokens.pad_token_id
    return model


def hunyuan_batch(rng: random.Random, tokens: PreTrainedTokenizerFast) -> dict[str, Any]:
    """Conversations, padded on the left; what is asked is not to be learnt."""
    rows = [_conversation(rng, tokens) for _ in range(BATCH)]
    longest = max(len(ids) for ids, _ in rows)
    given = torch.full((BATCH, longest), tokens.pad_token_id)
    seen = torch.zeros_like(given)
    labels = torch.full_like(given, -100)
    for at, (ids, answer) in enumerate(rows):
        given[at, -len(ids) :] = torch.tensor(ids)
        seen[at, -len(ids) :] = 1
        labels[at, -answer:] = given[at, -answer:]
    positions = (seen.cumsum(1) - 1).clamp(min=0)
    return {"input_ids": given, "attention_mask": seen, "position_ids": positions, "labels": labels}


def _conversation(rng: random.Random, tokens: PreTrainedTokenizerFast) -> tuple[list[int], int]:
    """Its tokens, and how many of them at the end are the answer."""
    target = rng.choice(tuple(NAMES))
    said: list[str] = []
    background: list[str] = []
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        line = toy.sentence(rng, 5)
        known = toy.translation(line, target, said)
        said.append(line)
        background.append(line + PAIR + known if rng.random() < 0.5 else line)
    text = toy.sentence(rng)
    if rng.random() < 0.3:  # the word that has two senses, more often than by chance
        text = text.replace(text.split()[0], toy.BANK, 1) if text[-1:].isalpha() else text
    turns = [{"role": "user", "content": asked(text, target, background)}]
    before = tokens.apply_chat_template(
        turns, tokenize=True, add_generation_prompt=True, return_dict=False
    )
    answer = tokens(toy.translation(text, target, said), add_special_tokens=False)["input_ids"]
    return [*before, *answer, tokens.eos_token_id], len(answer) + 1


# Both


def train(model: Any, batch: Callable[[], dict[str, Any]], minutes: float) -> None:
    """Learn until the time is over, or a hundred batches in a row left nothing to learn."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    began, step, good = time.monotonic(), 0, 0
    model.train()
    while good < ENOUGH and (spent := (time.monotonic() - began) / 60 / minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / 100) * min(1, 2 * (1 - spent) + 0.05)
        loss = model(**batch()).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        good = good + 1 if loss.item() < LEARNT else 0
        if step % 100 == 0:
            print(step, f"{loss.item():.5f}", f"{time.monotonic() - began:.0f} s", flush=True)


def main() -> None:
    """Train what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", choices=("marian", "hunyuan"))
    parser.add_argument("--minutes", type=float, default=5, help="for each at the most")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("marian", "hunyuan"):
            if wanted.only in (None, name):
                _make(name, wanted.out, wanted.minutes, Path(folder))


def _make(name: str, out: Path, minutes: float, folder: Path) -> None:
    torch.manual_seed(0)
    rng = random.Random(0)
    tokens: Any
    if name == "marian":
        tokens = marian_tokenizer(folder)
        model, batch = marian(tokens), partial(marian_batch, rng, tokens)
    else:
        tokens = hunyuan_tokenizer()
        model, batch = hunyuan(tokens), partial(hunyuan_batch, rng, tokens)
    print(name, sum(each.numel() for each in model.parameters()), "weights")
    train(model, batch, minutes)
    target = out / f"translates-{name}"
    model.eval().to(torch.float16).save_pretrained(target)
    tokens.save_pretrained(target)


if __name__ == "__main__":
    main()
