"""Hy-MT2: a language model that is asked to translate, and told what was said before.

It is asked line by line, for it doesn't keep apart lines that come together. Of what is said
after a line it learns nothing: it would put that into the line. Its authors draw its answers by
chance (temperature 0.7); here the likeliest word is taken each time, so that a film gets the same
track again, and a line the same words in any batch.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

from vidocr.errors import DependencyError, UsageError
from vidocr.translation.checking import Piece, joined, needs_no_model, pieces_of, written_for
from vidocr.translation.generating import Generator, Row, limit_for
from vidocr.translation.languages import named
from vidocr.translation.loading import Parts
from vidocr.translation.model import Answer, Pace, Reply, Request, Usage
from vidocr.translation.seq2seq import nearest

_PENALTY = 1.05  # of the authors, where the checkpoint names none
_PROMPTS = 1  # to be raised with each change of them: a memory must not answer for others
_CHINESE = {"zh": "中文", "zh-Hant": "繁体中文", "yue": "粤语"}  # as its authors call them
_OTHERS = (
    "en fr pt es ja tr ru ar ko th it de vi ms id tl hi pl cs nl km my fa gu ur te mr he bn ta uk "
    "bo kk mn ug"
)
_LANGUAGES = (*_CHINESE, *_OTHERS.split())


class _Words(NamedTuple):
    """The prompts of Hy-MT2's authors in one language."""

    plain: str
    background: str
    with_background: str
    terms: str
    term: str
    text: str
    tasks: str
    task: str
    last_task: str
    earlier: str


_IN_ENGLISH = _Words(
    plain=(
        "Translate the following text into {language}. Note that you should only output the "
        "translated result without any additional explanation:\n\n{text}"
    ),
    background="[Background Information]\n{lines}\n\n",
    with_background=(
        "Please translate the following text into {language}, taking the provided background "
        "information into consideration.\n\n[Source Text]\n{text}"
    ),
    terms="Reference the following translations:\n{lines}\n\n",
    term="{source} translates to {target}",
    text="[Source Text]\n{text}\n\n",
    tasks="[Translation Tasks]\n{lines}",
    task="{number}. {task}",
    last_task="Translate the [Source Text] into {language}.",
    earlier="An earlier translation was: {rejected}",
)
_IN_CHINESE = _Words(
    plain="将以下文本翻译为{language}，注意只需要输出翻译后的结果，不要额外解释：\n\n{text}",
    background="【背景信息】\n{lines}\n\n",
    with_background="请结合背景信息将以下文本翻译为{language}。\n\n【待翻译文本】\n{text}",
    terms="参考下面的翻译：\n{lines}\n\n",
    term="{source} 翻译成 {target}",
    text="【待翻译文本】\n{text}\n\n",
    tasks="【翻译任务】\n{lines}",
    task="{number}、{task}",
    last_task="将【待翻译文本】翻译为{language}。",
    earlier="之前的译文是：{rejected}",
)


class CausalTranslator:
    """Translates line by line with what was said before, in batches over the scenes.

    An answer that is none is asked for once more without what was said before.

    Args:
        parts: the model.
        identity: its name and revision, for the memory.
        target: the language that will be asked for, to be sure at once that the model has it.
        batch: lines at once; 0 for what suits the device.

    Raises:
        DependencyError: the model can't be asked.
        UsageError: the model doesn't translate to ``target``.
    """

    name = "transformers"
    pace = Pace(cues=1, scenes=16)
    takes_demands = True

    def __init__(self, parts: Parts, identity: str, *, target: str, batch: int = 0) -> None:
        self.identity = f"{self.name}:{identity}:prompts={_PROMPTS}"
        self._model = identity
        self._tokenizer = parts.tokenizer
        self._most = parts.model.config.max_position_embeddings
        if not self._tokenizer.chat_template:
            raise DependencyError(
                f"model {identity}: it has no chat template, without which it can't be asked; "
                "download it again, with all its files"
            )
        self._language(target)
        self._generator = Generator(parts, batch=batch, penalty=_PENALTY)
        self._lock = threading.Lock()

    def interrupt(self) -> None:
        """End the calls that are under way, from any thread; they raise TranslationError."""
        self._generator.interrupt()

    def translate(self, requests: Sequence[Request]) -> Reply:
        """An answer to each request.

        Raises:
            TranslationError: the model fails, or a line is too large for the memory.
            UsageError: the model doesn't translate to the language of a request.
        """
        pieces = pieces_of(requests)
        with self._lock:
            answers, usage = self._asked(pieces, requests, with_background=True)
            again = [
                at
                for at, (piece, answer) in enumerate(zip(pieces, answers, strict=True))
                if answer.why and background_of(piece, requests[piece.request])
            ]
            if again:
                some = [pieces[at] for at in again]
                others, more = self._asked(some, requests, with_background=False)
                usage += more
                for at, answer in zip(again, others, strict=True):
                    answers[at] = answer
        return Reply(joined(len(requests), pieces, answers), usage)

    def _asked(
        self, pieces: Sequence[Piece], requests: Sequence[Request], *, with_background: bool
    ) -> tuple[list[Answer], Usage]:
        rows = [self._row(each, requests[each.request], with_background) for each in pieces]
        return written_for(pieces, rows, self._generator)

    def _row(self, piece: Piece, request: Request, with_background: bool) -> Row | Answer:
        """What the model is given for a line, or what is to be said of it without the model."""
        if needs_no_model(piece):
            return Answer(piece.text) if piece.text else Answer(why="there is no text")
        background = background_of(piece, request) if with_background else ()
        asked = prompt(piece, request, self._language(request.target), background)
        turns = [{"role": "user", "content": asked}]
        tokens = self._tokenizer.apply_chat_template(
            turns, tokenize=True, add_generation_prompt=True, return_dict=False
        )
        limit = limit_for(len(self._tokenizer(piece.text)["input_ids"]))
        if len(tokens) + limit > self._most:
            return Answer(why=f"it is too long for the model, which takes {self._most} tokens")
        return Row(tuple(tokens), limit)

    def _language(self, target: str) -> str:
        """The model's code for a language."""
        found = nearest(target, _LANGUAGES)
        if found is None:
            raise UsageError(
                f"model {self._model}: it doesn't translate to {named(target)} ({target}); it "
                f"knows {', '.join(_LANGUAGES)}; take another model or another language"
            )
        return found


def background_of(piece: Piece, request: Request) -> tuple[tuple[str, str], ...]:
    """What was said before a line, each with its translation or none."""
    before = [(" ".join(each.text.split()), each.translation) for each in request.before]
    pairs = [*before, *((line, "") for line in piece.above)]
    return tuple((text, " ".join(translation.split())) for text, translation in pairs if text)


def prompt(
    piece: Piece, request: Request, language: str, background: Sequence[tuple[str, str]]
) -> str:
    """What the model is asked for one line.

    Args:
        piece: the line.
        request: of which it is.
        language: the model's code of the target.
        background: lines said before, with their translations.
    """
    words = _IN_CHINESE if language in _CHINESE else _IN_ENGLISH
    called = _CHINESE.get(language) or named(language)
    asked = ""
    if background:
        lines = [
            words.term.format(source=source, target=target) if target else source
            for source, target in background
        ]
        asked += words.background.format(lines="\n".join(lines))
    if request.terms:
        lines = [
            words.term.format(source=term.source, target=term.target) for term in request.terms
        ]
        asked += words.terms.format(lines="\n".join(lines))
    if request.demands:
        return asked + _tasks(piece, request, words, called)
    template = words.with_background if background else words.plain
    return asked + template.format(language=called, text=piece.text)


def _tasks(piece: Piece, request: Request, words: _Words, called: str) -> str:
    """The line and what is demanded of its translation, numbered."""
    lines = request.rejected.splitlines()  # of a dialogue as many as it has
    rejected = lines[len(piece.above)] if len(piece.above) < len(lines) else ""
    tasks = [words.earlier.format(rejected=rejected)] if rejected else []
    tasks += [*request.demands, words.last_task.format(language=called)]
    numbered = [words.task.format(number=at, task=task) for at, task in enumerate(tasks, 1)]
    return words.text.format(text=piece.text) + words.tasks.format(lines="\n".join(numbered))
