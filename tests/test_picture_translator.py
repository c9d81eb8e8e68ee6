"""HunyuanOCR's own translation: the picture and the prompt that reach it, and what it answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from tests.checkpoints import READS_LATIN
from tests.checkpoints.lines import FONT
from vidocr.errors import DependencyError, EngineError, TranslationError, UsageError
from vidocr.model import Image
from vidocr.ocr.answers import Answer as Written
from vidocr.ocr.profiles import Profile, Task, profile_called
from vidocr.translation.model import Answer, Request
from vidocr.translation.picture import PictureTranslator, stacked, translation_in

HUNYUAN = profile_called("hunyuanocr-1.5")


def jpeg(text: str = "", width: int = 160, shade: int = 40) -> bytes:
    from PIL import Image as Pictures
    from PIL import ImageDraw, ImageFont

    picture = Pictures.new("L", (width, 32), shade)
    ImageDraw.Draw(picture).text((10, 4), text, 240, ImageFont.truetype(FONT, 20))
    done, made = cv2.imencode(".jpg", np.asarray(picture), [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert done
    return made.tobytes()


class Fake:
    """Answers what it is told; keeps what it was asked."""

    def __init__(self, answer: Callable[[Image], Written], profile: Profile = HUNYUAN) -> None:
        self.profile = profile
        self.asked: list[tuple[int, str]] = []
        self._answer = answer

    def ask(self, images: Sequence[Image], prompt: str) -> list[Written]:
        self.asked.append((len(images), prompt))
        return [self._answer(image) for image in images]


def translate(
    answer: Callable[[Image], Written], asked: Sequence[Request], target: str = "de"
) -> tuple[tuple[Answer, ...], Fake]:
    fake = Fake(answer)
    return PictureTranslator(fake, "fake", target=target).translate(asked).answers, fake


def request(text: str = "The captain waits.", *pictures: bytes, target: str = "de") -> Request:
    return Request(text, target, "en", pictures=pictures or (jpeg(),))


# What reaches the model


def test_lines_are_stacked_into_one_picture_top_line_first() -> None:
    made = stacked([jpeg(width=120, shade=200), jpeg(width=200, shade=20)])
    assert made is not None and made.shape == (64, 200, 3) and made.dtype == np.uint8
    assert np.all(made[2:30, :, 0] > 190) and np.all(made[34:62, :, 0] < 30)


def test_the_prompt_names_the_target_in_the_prompt_s_language() -> None:
    for target, called in (
        ("en", "英文"),
        ("zh", "中文"),
        ("zh-Hant", "中文（繁体）"),
        ("fr", "法语"),
    ):
        _, fake = translate(lambda image: Written("x"), [request(target=target)], target=target)
        ((_, prompt),) = fake.asked
        assert prompt == HUNYUAN.prompts[Task.TRANSLATE].replace("{language}", called)


def test_pictures_go_together_and_answers_come_in_order() -> None:
    asked = [request("one", jpeg(width=32 * at)) for at in range(2, 9)]
    answers, fake = translate(lambda image: Written(f"Bild {image.shape[1]}"), asked)
    assert [each.text for each in answers] == [f"Bild {32 * at}" for at in range(2, 9)]
    assert [count for count, _ in fake.asked] == [7]


def test_a_small_hunyuanocr_is_asked_about_the_picture_with_its_prompt(
    monkeypatch: pytest.MonkeyPatch, one_torch_thread: None
) -> None:
    from vidocr.ocr.hunyuan import HunyuanEngine
    from vidocr.ocr.weights import source_for

    engine = HunyuanEngine(source_for(str(READS_LATIN)), max_new_tokens=40)
    seen: list[tuple[Any, ...]] = []
    answers = engine._writer.answers

    def watched(pictures: Sequence[Image], prompt: str, *how: Any) -> list[Written]:
        seen.append((pictures[0].shape, prompt))
        return answers(pictures, prompt, *how)

    monkeypatch.setattr(engine._writer, "answers", watched)
    translator = PictureTranslator(engine, "reads-latin", target="en")
    asked = [request("Hello", jpeg("Hello"), jpeg("there"), target="en"), Request("Bye", "en")]
    first, second = translator.translate(asked).answers
    assert seen == [((64, 160, 3), HUNYUAN.prompts[Task.TRANSLATE].format(language="英文"))]
    assert bool(first.text) != bool(first.why)  # it knows no such prompt, and says what it will
    assert "no picture" in second.why

    own = {**engine.profile.prompts, Task.TRANSLATE: engine.profile.prompts[Task.SUBTITLE]}
    monkeypatch.setattr(engine, "profile", replace(engine.profile, prompts=own))
    reads = PictureTranslator(engine, "reads-latin", target="en")
    (read,) = reads.translate([request("你好", jpeg("Good night"), target="en")]).answers
    assert read.text == "Good night"  # asked as it was trained: the picture has come through


# What it answers

SOURCE = "The captain waits for the boat."
GERMAN = "Der Kapitän wartet auf das Boot."


@pytest.mark.parametrize(
    "written",
    [
        GERMAN,
        f"{SOURCE}\n{GERMAN}",
        f"{SOURCE}\n\n{GERMAN}",
        f"The captain waits\nfor the boot.\n{GERMAN}",  # one letter read otherwise
        f"图中的文字是\n{SOURCE}\n翻译成德文为\n{GERMAN}",
        f"图中的文字是：{SOURCE}\n翻译成德文为：{GERMAN}",
        f"图片中的文字为：\n{SOURCE}\n\n译文：\n{GERMAN}",
        f"原文：{SOURCE}\n翻译：{GERMAN}",
        f"Extracted text: {SOURCE}\nTranslation into German: {GERMAN}",
        f"Original text:\n{SOURCE}\n{GERMAN}",
        f"Translation:\n“{GERMAN}”",
        f"```\n{SOURCE}\n{GERMAN}\n```",
    ],
)
def test_only_the_translation_is_kept(written: str) -> None:
    (answer,), _ = translate(lambda image: Written(written), [request(SOURCE)])
    assert answer == Answer(GERMAN)


def test_a_translation_may_have_lines_and_words_of_headings() -> None:
    dialogue = "- Who is it?\n- The captain."
    text = "- Wer ist da?\n- Der Kapitän."
    assert translation_in(f"{dialogue}\n{text}", dialogue) == text
    assert translation_in(text, dialogue) == text
    assert translation_in("翻译来了。", "The translator is here.") == "翻译来了。"
    assert translation_in("译文在哪里？", "Where is the translation?") == "译文在哪里？"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (Written(SOURCE), "did not translate"),
        (Written("The captain waits for the boot"), "did not translate"),
        (Written(f"图中的文字是\n{SOURCE}"), "did not translate"),
        (Written(f"{SOURCE}\n翻译成德文为\n"), "did not translate"),
        (Written(""), "no text"),
        (Written("图中没有文字。"), "no text"),
        (Written(GERMAN, 0.9, cut_off=True), "no end"),
        (Written("Der Kapitän, " * 20), "no end"),
    ],
)
def test_what_is_no_translation_is_a_reason(written: Written, why: str) -> None:
    (answer,), _ = translate(lambda image: written, [request(SOURCE)])
    assert why in answer.why


def test_a_name_may_stay_as_it_is() -> None:
    (answer,), _ = translate(lambda image: Written("Paris, 1943"), [request("Paris, 1943")])
    assert answer == Answer("Paris, 1943")


# What goes wrong


def test_a_cue_without_a_picture_has_a_reason_and_costs_no_call() -> None:
    asked = [Request("Hello", "de"), request("Hi", b"no jpeg"), request("Hello")]
    answers, fake = translate(lambda image: Written("Hallo"), asked)
    assert [bool(each.text) for each in answers] == [False, False, True]
    assert "no picture" in answers[0].why and "can't be decoded" in answers[1].why
    assert [count for count, _ in fake.asked] == [1]


def test_a_picture_on_which_the_model_fails_costs_no_other_its_answer() -> None:
    def answer(image: Image) -> Written:
        if image.shape[1] == 96:
            raise EngineError("too large", may_pass=True)
        return Written("Hallo")

    asked = [request("Hello", jpeg(width=width)) for width in (64, 96, 128, 160)]
    answers, _ = translate(answer, asked)
    assert [each.text for each in answers] == ["Hallo", "", "Hallo", "Hallo"]
    assert answers[1] == Answer(why="the model failed: too large", again=True)


def test_a_server_that_is_gone_ends_all() -> None:
    def answer(image: Image) -> Written:
        raise DependencyError("server: it can't be reached", may_pass=True)

    with pytest.raises(TranslationError, match="can't be reached") as caught:
        translate(answer, [request(), request()])
    assert caught.value.may_pass and caught.value.exit_code == 7


def test_an_interrupt_is_no_failure_of_a_picture() -> None:
    translator: Any = None

    def answer(image: Image) -> Written:
        translator.interrupt()
        raise EngineError("the reading was given up")

    translator = PictureTranslator(Fake(answer), "fake", target="de")
    with pytest.raises(TranslationError, match="given up"):
        translator.translate([request(), request()])


def test_a_model_that_was_not_trained_to_translate_is_told_at_once() -> None:
    fake = Fake(lambda image: Written(""), profile_called("glm-ocr"))
    with pytest.raises(UsageError, match="translate: glm-ocr was not trained for it"):
        PictureTranslator(fake, "glm-ocr", target="de")
