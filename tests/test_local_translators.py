"""Models that translate, small and real: loaded, asked and batched as large ones are."""

import json
import random
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.checkpoints import TRANSLATES_HUNYUAN, TRANSLATES_MARIAN, toy_languages
from vidocr.errors import TranslationError
from vidocr.model import Cue
from vidocr.translation import translated
from vidocr.translation.causal import CausalTranslator, prompt
from vidocr.translation.checking import Piece, answer_of, pieces_of
from vidocr.translation.generating import Row, Written
from vidocr.translation.local import make_transformers
from vidocr.translation.model import Answer, Neighbour, Request, Term
from vidocr.translation.seq2seq import Seq2SeqTranslator

pytestmark = pytest.mark.usefixtures("one_torch_thread")

TARGETS = ("de", "fr")


@pytest.fixture(scope="module")
def marian() -> Any:
    return make_transformers(str(TRANSLATES_MARIAN), target="de")


@pytest.fixture(scope="module")
def hunyuan() -> Any:
    return make_transformers(str(TRANSLATES_HUNYUAN), target="de")


@pytest.fixture(params=["marian", "hunyuan"])
def translator(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def requests(count: int, seed: int = 0) -> list[Request]:
    rng = random.Random(seed)
    return [Request(toy_languages.sentence(rng), rng.choice(TARGETS), "en") for _ in range(count)]


def wanted(asked: Sequence[Request]) -> list[Answer]:
    return [Answer(toy_languages.translation(each.text, each.target)) for each in asked]


def with_batch(translator: Any, rows: int) -> Any:
    """The translator, with so many rows at once."""
    translator._generator._batch = rows
    return translator


# What they translate


def test_the_kind_of_the_model_says_how_it_is_asked(marian: Any, hunyuan: Any) -> None:
    assert isinstance(marian, Seq2SeqTranslator) and not marian.takes_demands
    assert isinstance(hunyuan, CausalTranslator) and hunyuan.takes_demands
    assert (
        marian.identity != make_transformers(str(TRANSLATES_MARIAN), target="de", beams=1).identity
    )


def test_each_line_is_translated_to_the_language_that_was_asked_for(translator: Any) -> None:
    asked = requests(40)
    reply = translator.translate(asked)
    assert list(reply.answers) == wanted(asked)
    assert {each.target for each in asked} == {*TARGETS}
    assert 1 < reply.usage.requests < 20
    assert reply.usage.tokens_in > 40 and reply.usage.tokens_out > 40


def test_batches_of_any_size_and_order_give_the_same_texts(translator: Any) -> None:
    asked = requests(12, seed=1)
    asked += [replace(each, before=(Neighbour("the river"),)) for each in asked[:4]]
    alone = [translator.translate([each]).answers[0] for each in asked]
    assert len({each.text for each in alone}) > 10
    for rows in (3, 64):
        order = random.Random(rows).sample(range(len(asked)), len(asked))
        together = with_batch(translator, rows).translate([asked[at] for at in order]).answers
        assert [alone[at] for at in order] == list(together)


def test_no_requests_are_no_answers(translator: Any) -> None:
    assert translator.translate([]).answers == ()


def test_speakers_keep_their_lines_and_dashes(translator: Any) -> None:
    (answer,) = translator.translate(
        [Request("- the old captain waits.\n- never!", "de", "en")]
    ).answers
    assert answer.text == "- der alt kapitän wartet.\n- nie!"


def test_what_has_no_letters_stays_as_it_is(translator: Any) -> None:
    asked = [Request("- ♪ ... 1943\n- yes", "de", "en"), Request("12:30", "de", "en")]
    assert [each.text for each in translator.translate(asked).answers] == [
        "- ♪ ... 1943\n- ja",
        "12:30",
    ]


def test_greedy_search_translates_too() -> None:
    asked = requests(30, seed=2)
    greedy = make_transformers(str(TRANSLATES_MARIAN), target="de", beams=1)
    assert list(greedy.translate(asked).answers) == wanted(asked)


def test_all_is_done_again_in_the_same_way(translator: Any) -> None:
    asked = requests(10, seed=3)
    assert translator.translate(asked) == translator.translate(asked)


@pytest.mark.parametrize("kind", [TRANSLATES_MARIAN, TRANSLATES_HUNYUAN])
def test_nothing_is_drawn_by_chance_whatever_the_checkpoint_asks_for(
    kind: Path, tmp_path: Path
) -> None:
    shutil.copytree(kind, tmp_path, dirs_exist_ok=True)
    told = tmp_path / "generation_config.json"
    own = json.loads(told.read_text())
    own |= {"do_sample": True, "temperature": 5.0, "top_k": 20, "top_p": 0.6, "num_beams": 6}
    own |= {"max_length": 4, "forced_eos_token_id": own["eos_token_id"]}
    told.write_text(json.dumps(own))
    asked = requests(12, seed=5)
    assert list(make_transformers(str(tmp_path), target="de").translate(asked).answers) == wanted(
        asked
    )


# Context


def test_what_was_said_before_decides_between_two_senses(hunyuan: Any) -> None:
    asked = Request("the bank", "de", "en")
    wet = replace(asked, before=(Neighbour("the boat waits.", "der boot wartet."),))
    dry = replace(asked, before=(Neighbour("the money waits.", "der geld wartet."),))
    told = replace(asked, before=(Neighbour("the cold river"), Neighbour("yes.")))
    answers = hunyuan.translate([asked, wet, dry, told]).answers
    assert [each.text for each in answers] == ["der bank", "der ufer", "der bank", "der ufer"]


def test_what_one_speaker_says_is_context_of_the_next(hunyuan: Any) -> None:
    asked = Request("- the river.\n- the bank?", "fr", "en")
    (answer,) = hunyuan.translate([asked]).answers
    assert answer.text == "- le fleuve.\n- le rive?"


def test_a_bad_answer_is_asked_for_once_more_without_what_was_said_before(
    hunyuan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = decoded_as(monkeypatch, hunyuan, ["", "der alt kapitän"])
    asked = Request("the old captain", "de", "en", before=(Neighbour("never."),))
    reply = hunyuan.translate([asked])
    assert reply.answers == (Answer("der alt kapitän"),) and reply.usage.requests == 2
    assert next(texts, None) is None


# Prompts

PLAIN = Request("Where is he?", "fr", "en")
LINE = Piece(0, "", PLAIN.text, ())
NEIGHBOURS = (("He left.", "Il est parti."), ("Did he?", ""))


def test_the_prompts_are_those_of_its_authors() -> None:
    assert prompt(LINE, PLAIN, "fr", ()) == (
        "Translate the following text into French. Note that you should only output the "
        "translated result without any additional explanation:\n\nWhere is he?"
    )
    assert prompt(LINE, PLAIN, "fr", NEIGHBOURS) == (
        "[Background Information]\nHe left. translates to Il est parti.\nDid he?\n\n"
        "Please translate the following text into French, taking the provided background "
        "information into consideration.\n\n[Source Text]\nWhere is he?"
    )


def test_into_chinese_it_is_asked_in_chinese() -> None:
    assert prompt(LINE, PLAIN, "zh", ()) == (
        "将以下文本翻译为中文，注意只需要输出翻译后的结果，不要额外解释：\n\nWhere is he?"
    )
    assert prompt(LINE, PLAIN, "zh-Hant", NEIGHBOURS[1:]) == (
        "【背景信息】\nDid he?\n\n请结合背景信息将以下文本翻译为繁体中文。\n\n"
        "【待翻译文本】\nWhere is he?"
    )


def test_terms_and_demands_reach_the_model() -> None:
    asked = replace(
        PLAIN,
        terms=(Term("he", "lui"),),
        demands=("Use at most 12 characters.",),
        rejected="Où est-il donc ?",
    )
    assert prompt(LINE, asked, "fr", NEIGHBOURS[:1]) == (
        "[Background Information]\nHe left. translates to Il est parti.\n\n"
        "Reference the following translations:\nhe translates to lui\n\n"
        "[Source Text]\nWhere is he?\n\n[Translation Tasks]\n"
        "1. An earlier translation was: Où est-il donc ?\n"
        "2. Use at most 12 characters.\n"
        "3. Translate the [Source Text] into French."
    )
    text = prompt(LINE, asked, "zh", ())
    assert "he 翻译成 lui" in text and text.endswith("3、将【待翻译文本】翻译为中文。")


def test_a_speaker_is_told_of_his_own_earlier_translation() -> None:
    asked = replace(
        PLAIN, text="- Yes.\n- No.", demands=("Shorter.",), rejected="- Mais oui.\n- Mais non."
    )
    first, second = (prompt(each, asked, "fr", ()) for each in pieces_of([asked]))
    assert "oui" in first and "non" not in first
    assert "non" in second and "oui" not in second


def test_braces_in_a_text_are_text() -> None:
    asked = replace(PLAIN, text="{text} {0}")
    assert prompt(LINE._replace(text=asked.text), asked, "fr", ()).endswith("\n\n{text} {0}")


# With those who call them


def test_a_track_is_translated_scene_by_scene_with_what_was_said_before(translator: Any) -> None:
    texts = ["the boat waits.", "the bank", "- yes\n- no", "♪"]
    cues = [
        Cue(
            at * 10_000_000 + 1_000_000 * line,
            at * 10_000_000 + 1_000_000 * line + 900_000,
            tuple(text.split("\n")),
            language="en",
        )
        for at in range(5)
        for line, text in enumerate(texts)
    ]
    done, report = translated(cues, translator, "de")
    bank = "der ufer" if translator.takes_demands else "der bank"  # one of them has a context
    german = ["der boot wartet.", bank, "- ja\n- nein", "♪"]
    assert [cue.text for cue in done] == german * 5
    assert [(cue.start_us, cue.end_us) for cue in done] == [(c.start_us, c.end_us) for c in cues]
    assert not report.untranslated
    sources = {cue.source.translator for cue in done if cue.source}
    assert sources == {"transformers"}


# What goes wrong with a line


def decoded_as(
    monkeypatch: pytest.MonkeyPatch, translator: Any, texts: Sequence[str]
) -> Iterator[str]:
    """Lets the model write given texts, one after the other."""
    left = iter(texts)
    tokenizer = translator._generator._tokenizer
    monkeypatch.setattr(
        type(tokenizer), "batch_decode", lambda self, rows, **how: [next(left) for _ in rows]
    )
    return left


ROUND = "the captain, " * 9


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "answered nothing"),
        (" \n ", "answered nothing"),
        ("- .", "answered nothing"),
        ('""', "answered nothing"),
        (ROUND, "repeated itself"),
        ("ha " * 40 + ".", "repeated itself"),
        ("the old captain waits here", "gave the text back"),
        ("The old captain waits here!", "gave the text back"),
        ("Der Kapitän.\n\n(Note: I was unsure.)", "2 lines to one"),
    ],
)
def test_what_is_no_translation_is_a_reason(
    translator: Any, monkeypatch: pytest.MonkeyPatch, written: str, why: str
) -> None:
    decoded_as(monkeypatch, translator, [written])
    (answer,) = translator.translate([Request("the old captain waits here", "de", "en")]).answers
    assert why in answer.why and not answer.again


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("“Der Kapitän.”", "Der Kapitän."),
        ("Translation: Der Kapitän.", "Der Kapitän."),
        ("Here is the translation into German:\n\n“Der Kapitän.”", "Der Kapitän."),
        ("译文：Der Kapitän.", "Der Kapitän."),
        ("“Der”, sagt er, “Kapitän.”", "“Der”, sagt er, “Kapitän.”"),
        ("Captain!", "Captain!"),
    ],
)
def test_what_stands_around_a_translation_is_taken_off(written: str, text: str) -> None:
    assert answer_of(Written(written, True, 9), "Captain!") == Answer(text)


def test_laughter_may_repeat_itself_and_quotes_stay_where_they_were() -> None:
    laughter = "ha " * 30
    assert (
        answer_of(Written(laughter.upper(), True, 9), "ah " * 30).text == laughter.upper().strip()
    )
    assert answer_of(Written('"Ja."', True, 9), '"Yes."').text == '"Ja."'


def test_a_line_without_an_end_is_no_translation(translator: Any) -> None:
    generator = translator._generator
    (row,) = generator.write([Row(tuple(range(5, 9)), 32, None)])  # comes to an end
    assert row.tokens <= 32
    ends, generator._ends = generator._ends, set()
    own = generator._model.generation_config
    kept, own.eos_token_id = own.eos_token_id, None
    try:
        (answer,) = translator.translate([Request("the old captain", "de", "en")]).answers
    finally:
        generator._ends, own.eos_token_id = ends, kept
    assert "no end" in answer.why or "repeated itself" in answer.why


def test_a_line_that_is_too_long_is_told_and_no_other_suffers(translator: Any) -> None:
    asked = [Request("the " * 200, "de", "en"), Request("yes", "de", "en")]
    first, second = translator.translate(asked).answers
    assert "too long for the model" in first.why
    assert second == Answer("ja")


def test_one_line_of_a_dialogue_that_fails_leaves_none(translator: Any) -> None:
    (answer,) = translator.translate([Request("- yes\n- " + "the " * 200, "de", "en")]).answers
    assert "too long" in answer.why


# What goes wrong with the machine


def short_of_memory(monkeypatch: pytest.MonkeyPatch, translator: Any, most: int) -> list[int]:
    model = translator._generator._model
    generate, batches = model.generate, []

    def limited(**how: Any) -> Any:
        if len(how["input_ids"]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        batches.append(len(how["input_ids"]))
        return generate(**how)

    monkeypatch.setattr(model, "generate", limited)
    return batches


def test_out_of_memory_halves_the_batch_and_loses_nothing(
    translator: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = [replace(each, target="de") for each in requests(20, seed=4)]
    batches = short_of_memory(monkeypatch, with_batch(translator, 8), 3)
    assert list(translator.translate(asked).answers) == wanted(asked)
    assert max(batches) <= 2 and sum(batches) == 20
    assert "out of memory: batches of 2 lines from here on" in caplog.text


def test_one_line_too_large_for_the_memory_ends_all(
    translator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_of_memory(monkeypatch, with_batch(translator, 8), 0)
    with pytest.raises(
        TranslationError, match="one line needs more memory.*smaller model"
    ) as caught:
        translator.translate(requests(3))
    assert caught.value.exit_code == 7


def test_a_failing_model_ends_all_and_is_told(
    translator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**how: Any) -> Any:
        raise RuntimeError("CUDA error: an illegal memory access")

    monkeypatch.setattr(translator._generator._model, "generate", broken)
    with pytest.raises(TranslationError, match="illegal memory access; run it again and report"):
        translator.translate(requests(1))


def test_an_interrupt_ends_a_call(translator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = translator._generator._model
    generate, begun = model.generate, threading.Event()

    def waited(**how: Any) -> Any:
        begun.set()
        assert stop.wait(10)
        return generate(**how)

    stop = threading.Event()
    monkeypatch.setattr(model, "generate", waited)

    def interrupt() -> None:
        begun.wait(10)
        translator.interrupt()
        stop.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(TranslationError, match="given up"):
        translator.translate(requests(40))
    thread.join()
