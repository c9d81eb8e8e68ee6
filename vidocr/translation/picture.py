"""HunyuanOCR's own translation: asked about the picture of a cue, which it reads once more.

It was trained for Chinese and English as targets. It knows no context and heeds no demands.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import langcodes
import numpy as np

from vidocr.engines import Interruptible
from vidocr.errors import DependencyError, EngineError, TranslationError
from vidocr.model import Image
from vidocr.ocr.answers import clean
from vidocr.ocr.calls import Calls
from vidocr.ocr.profiles import Task, prompt_for
from vidocr.text import agree, similarity
from vidocr.translation.checking import goes_round, is_longer_than_a_name, tidied
from vidocr.translation.languages import named
from vidocr.translation.model import Answer, Pace, Reply, Request, Usage

if TYPE_CHECKING:
    from vidocr.ocr.answers import Answer as Written
    from vidocr.ocr.choice import Asker

_OWN_NAMES = {"en-Latn": "English", "zh-Hans": "Chinese"}  # which its prompt was made for
_ALIKE = 0.7  # of letters: the model reads better or worse than what read the cue
_EXTRACTED = re.compile(
    r"\s*(?:图[中片像]*里?的?文字(?:内容)?[是为]|原文|提取的?文字(?:内容)?"
    r"|(?:extracted|original) text)[^\S\n]*(?:[:：]|(?=\n))\s*",
    re.IGNORECASE,
)
_TRANSLATED = re.compile(
    r"(?:^|\n)[^\S\n]*(?:(?:将?(?:以上|上述)?(?:文字|内容)?)翻译[成为][^\n:：]{1,8}?[为是]"
    r"|译文|翻译(?:结果)?|translat(?:ion|ed text)(?: \w+){0,3})[^\S\n]*(?:[:：]|(?=\n|$))\s*",
    re.IGNORECASE,
)


class PictureTranslator:
    """Asks a model about the pictures of cues.

    Args:
        asker: the model.
        model: its name and revision, for the memory.
        target: the language that will be asked for, to be sure at once that the model can.

    Raises:
        UsageError: the model was not trained to translate.
    """

    name = "hunyuan-image"
    pace = Pace(cues=16, scenes=16)
    takes_demands = False

    def __init__(self, asker: Asker, model: str, *, target: str) -> None:
        self._asker = asker
        self.identity = f"{self.name}:{model}:{self._prompt(target)}"
        self._lock = threading.Lock()
        self._calls = Calls()

    def interrupt(self) -> None:
        """End the calls that are under way, from any thread; they raise TranslationError."""
        self._calls.stop()
        if isinstance(self._asker, Interruptible):
            self._asker.interrupt()

    def translate(self, requests: Sequence[Request]) -> Reply:
        """An answer to each request; none where there is no picture.

        Raises:
            TranslationError: the server is gone, or refuses the key or the model.
        """
        answers = [Answer(why="there is no picture of it: keep those of the cues")] * len(requests)
        pictures: dict[int, Image] = {}
        for at, request in enumerate(requests):
            picture = stacked(request.pictures) if request.pictures else None
            if picture is not None:
                pictures[at] = picture
            elif request.pictures:
                answers[at] = Answer(why="its picture can't be decoded")
        with self._lock, self._calls.begin() as stop:
            for prompt in sorted({self._prompt(requests[at].target) for at in pictures}):
                members = [at for at in pictures if self._prompt(requests[at].target) == prompt]
                found = self._asked([pictures[at] for at in members], prompt, stop)
                for at, written in zip(members, found, strict=True):
                    answers[at] = (
                        written if isinstance(written, Answer) else answer_of(written, requests[at])
                    )
        return Reply(tuple(answers), Usage(len(pictures)))

    def _prompt(self, target: str) -> str:
        language = langcodes.Language.get(target).maximize()
        own = _OWN_NAMES.get(f"{language.language}-{language.script}")
        called = own or named(target, "zh")
        return prompt_for(self._asker.profile, Task.TRANSLATE, language=called)

    def _asked(
        self, pictures: Sequence[Image], prompt: str, stop: threading.Event
    ) -> Sequence[Written | Answer]:
        """What the model writes of each; the one on which it fails costs no other its answer."""
        try:
            return self._asker.ask(pictures, prompt)
        except DependencyError as error:
            raise TranslationError(str(error), may_pass=error.may_pass) from error
        except EngineError as error:
            if stop.is_set():
                raise TranslationError(f"translator {self.name}: it was given up") from error
            if len(pictures) == 1:
                return [Answer(why=f"the model failed: {error}", again=error.may_pass)]
        middle = len(pictures) // 2
        return [
            *self._asked(pictures[:middle], prompt, stop),
            *self._asked(pictures[middle:], prompt, stop),
        ]


def stacked(jpegs: Sequence[bytes]) -> Image | None:
    """The lines of a cue as one picture, top line first; None where one can't be decoded.

    A line that is narrower than another is filled up with its edge.
    """
    rows = []
    for jpeg in jpegs:
        row = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
        if row is None:
            return None
        rows.append(row)
    width = max(row.shape[1] for row in rows)
    filled = [
        cv2.copyMakeBorder(row, 0, 0, 0, width - row.shape[1], cv2.BORDER_REPLICATE) for row in rows
    ]
    return np.asarray(np.concatenate(filled), np.uint8)


def answer_of(written: Written, request: Request) -> Answer:
    """What the model wrote of a picture, if its translation is in it."""
    if written.cut_off or goes_round(written.text):
        return Answer(why="the model came to no end")
    text = tidied(translation_in(clean(written.text), request.text), request.text)
    if not text:
        return Answer(why="the model found no text in the picture, or did not translate it")
    if is_longer_than_a_name(request.text) and agree(request.text, text):
        return Answer(why="the model read the text and did not translate it")
    return Answer(text)


def translation_in(text: str, source: str) -> str:
    """The translation in an answer that may tell the text before it.

    Args:
        text: the answer: with headings before both parts, with the text first and without any
            heading, or the translation alone.
        source: the text as it was read, which tells the two apart.
    """
    headings = list(_TRANSLATED.finditer(text))
    if headings:
        return text[headings[-1].end() :].strip()
    if heading := _EXTRACTED.match(text):
        text = text[heading.end() :]
    lines = text.splitlines()
    alike = [similarity(" ".join(lines[:count]), source) for count in range(1, len(lines))]
    if alike and max(alike) >= _ALIKE:
        return "\n".join(lines[alike.index(max(alike)) + 1 :])
    return text
