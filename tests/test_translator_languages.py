"""How models that translate are told the languages, each kind in its own way."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    NllbTokenizer,
)

from tests.checkpoints import TRANSLATES_HUNYUAN, TRANSLATES_MARIAN
from vidocr.errors import UsageError
from vidocr.translation.local import make_transformers
from vidocr.translation.model import Request
from vidocr.translation.seq2seq import nearest

pytestmark = pytest.mark.usefixtures("one_torch_thread")


@pytest.mark.parametrize(
    ("code", "known", "found"),
    [
        ("pt-BR", ("es", "pt"), "pt"),
        ("en-GB", ("en",), "en"),
        ("zh", ("zh_Hant", "zho_Hans"), "zho_Hans"),
        ("zh-TW", ("zh", "zh-Hant"), "zh-Hant"),
        ("zh-Hant", ("zh",), None),
        ("sr-Latn", ("sr",), None),
        ("no", ("nob_Latn", "nno_Latn"), "nob_Latn"),
        ("ar", ("arb_Arab",), "arb_Arab"),
        ("fil", ("tl",), "tl"),
        ("he", ("iw",), "iw"),
        ("hr", ("bs", "sr"), None),
        ("de", ("ROMANCE", "NORTH_EU"), None),
        ("de", (), None),
    ],
)
def test_codes_of_models_are_matched(code: str, known: tuple[str, ...], found: str | None) -> None:
    assert nearest(code, known) == found


@pytest.mark.parametrize("folder", [TRANSLATES_MARIAN, TRANSLATES_HUNYUAN])
def test_a_language_that_the_model_lacks_is_told_before_any_work(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"doesn't translate to Esperanto \(eo\).*(deu|en, fr)"):
        make_transformers(str(folder), target="eo")


def test_a_model_of_one_pair_takes_that_pair_alone(tmp_path: Path) -> None:
    for file in TRANSLATES_MARIAN.iterdir():
        shutil.copy(file, tmp_path)
    told = json.loads((tmp_path / "tokenizer_config.json").read_text())
    told.update(source_lang="eng", target_lang="de")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(told))
    words = json.loads((tmp_path / "vocab.json").read_text())
    words = {word.replace(">>", "<<"): at for word, at in words.items()}  # has no tokens for any
    (tmp_path / "vocab.json").write_text(json.dumps(words))
    with pytest.raises(UsageError, match=r"doesn't translate to French \(fr\), but to de;"):
        make_transformers(str(tmp_path), target="fr")
    pair: Any = make_transformers(str(tmp_path), target="de-AT")
    asked = [Request("yes", "de", source) for source in ("zh", "en-US", None)]
    first, *others = pair.translate(asked).answers
    assert first.why == "the model translates from English, not Chinese (Simplified)"
    assert not any("translates from" in each.why for each in others)


def tiny(folder: Path, tokenizer: Any, size: int) -> Path:
    """An M2M100 that writes nonsense."""
    torch.manual_seed(0)
    model: Any = M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=size,
            d_model=16,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=16,
            decoder_ffn_dim=16,
            max_position_embeddings=128,
            init_std=1.0,
        )
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def m2m100(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m2m100")
    known = json.loads((TRANSLATES_MARIAN / "vocab.json").read_text())
    pieces = dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *known])
    vocabulary = folder / "pieces.json"
    vocabulary.write_text(json.dumps({piece: at for at, piece in enumerate(pieces)}))
    tokenizer: Any = M2M100Tokenizer(str(vocabulary), str(TRANSLATES_MARIAN / "source.spm"))
    return tiny(folder, tokenizer, len(pieces) + len(tokenizer.lang_code_to_id) + 8)


@pytest.fixture(scope="module")
def nllb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    letters = ["<s>", "<pad>", "</s>", "<unk>", *"▁abcdefghijklmnopqrstuvwxyz"]
    tokenizer: Any = NllbTokenizer(vocab={each: at for at, each in enumerate(letters)}, merges=[])
    return tiny(tmp_path_factory.mktemp("nllb"), tokenizer, len(tokenizer))


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("m2m100", {"fr": "__fr__", "pt-BR": "__pt__", "en": "__en__"}),
        ("nllb", {"fr": "fra_Latn", "zh-Hant": "zho_Hant", "en": "eng_Latn"}),
    ],
)
def test_the_target_s_token_begins_and_the_source_s_is_told(
    name: str,
    tokens: dict[str, str],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    translator: Any = make_transformers(str(request.getfixturevalue(name)), target="fr", beams=1)
    generator = translator._generator
    given: dict[str, Any] = {}
    generate = generator._model.generate

    def seen(**how: Any) -> Any:
        made = generate(**how)
        given.update(how, made=made)
        return made

    monkeypatch.setattr(generator._model, "generate", seen)
    known = generator._tokenizer.convert_ids_to_tokens
    for target in tokens:
        source = "fr" if target == "en" else "en"
        (answer,) = translator.translate([Request("the house", target, source)]).answers
        assert known(given["forced_bos_token_id"]) == tokens[target]
        assert known(given["made"][0, 1].item()) == tokens[target]
        assert known(given["input_ids"][0, 0].item()) == tokens[source]
        assert tokens[target] not in answer.text


def test_a_model_that_must_know_the_source_says_so_for_the_cue_alone(m2m100: Path) -> None:
    translator = make_transformers(str(m2m100), target="fr", beams=1)
    asked = [Request("the house", "fr"), Request("the house", "fr", "tlh")]
    first, second = translator.translate(asked).answers
    assert first.why.startswith("its language is not known")
    assert second.why == "the model has no Klingon"
