"""A translator is asked until each cue has a translation that can be used, or is given up.

What it answers is kept in the memory as it comes. A call that went wrong is made again in halves,
down to one cue; that one is asked for twice. Once a cue has a translation, one that heeds the
glossary and fits its time is asked for once, if it has to be.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from vidocr.errors import TranslationError
from vidocr.translation.memory import Memory, Version
from vidocr.translation.model import Answer, Request, Translator, Usage
from vidocr.translation.script import Script, length
from vidocr.translation.speech import fitted


class Asker:
    """Asks a translator about the pieces of a script, from many threads.

    ``whys`` tells by number why a cue has no translation, ``usage`` what all calls took, ``notes``
    what the translator had to say, and ``asked`` which cues a translation came for.
    """

    def __init__(self, translator: Translator, script: Script, memory: Memory) -> None:
        self._translator = translator
        self._script = script
        self._memory = memory
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.whys: dict[int, str] = {}
        self.usage = Usage()
        self.notes: list[str] = []
        self.asked: set[int] = set()

    def recall(self, number: int) -> bool:
        """Take what the memory has of a cue; whether there is nothing left to ask for."""
        piece = self._script.pieces[number]
        versions = self._memory.versions(piece.line)
        if not versions:
            return False
        self._script.texts[number] = piece.best(versions).text
        self.whys.pop(number, None)
        return not (self._translator.takes_demands and any(piece.wanted(versions)))

    def ask(self, numbers: Sequence[int]) -> None:
        """Translate cues, which are in the order of their scenes.

        Raises:
            TranslationError: nothing can be translated.
            OutputError: the memory can't be written.
        """
        self._ask([number for number in numbers if number not in self._script.texts], False)
        translated = [number for number in numbers if number in self._script.texts]
        self._ask([number for number in translated if not self.recall(number)], True)

    def stop(self) -> None:
        """Make no more calls; who wants to make one gets a TranslationError."""
        self._stop.set()

    def _ask(self, numbers: Sequence[int], is_again: bool) -> None:
        """Ask for cues; ``is_again`` where there is a translation that lacks something."""
        if not numbers:
            return
        failed = self._call(numbers, is_again)
        if failed and len(numbers) == 1:
            self._call(numbers, is_again, f"An earlier answer can't be used: {failed[0][1]}.")
        elif len(failed) == len(numbers):
            middle = len(numbers) // 2
            self._ask(numbers[:middle], is_again)
            self._ask(numbers[middle:], is_again)
        else:
            self._ask([number for number, _ in failed], is_again)

    def _call(
        self, numbers: Sequence[int], is_again: bool, demand: str = ""
    ) -> list[tuple[int, str]]:
        """Make one call; the cues that may be asked for once more, and why."""
        versions = [self._wanted(number) if is_again else Version("") for number in numbers]
        requests = self._script.requests(numbers)
        if is_again:
            requests = list(map(self._demanding, numbers, requests, versions))
        if demand:
            requests = [replace(each, demands=(*each.demands, demand)) for each in requests]
        answers = [
            _checked(answer, request)
            for answer, request in zip(self._answers(requests), requests, strict=True)
        ]
        self._keep(numbers, versions, answers)
        failed = []
        for number, answer in zip(numbers, answers, strict=True):
            if answer.why and number not in self._script.texts:
                self.whys[number] = answer.why
            if answer.again:
                failed.append((number, answer.why))
        return failed

    def _answers(self, requests: Sequence[Request]) -> tuple[Answer, ...]:
        if self._stop.is_set():
            raise TranslationError("the translation was given up")
        reply = self._translator.translate(requests)
        with self._lock:
            self.usage += reply.usage
            self.notes += [note for note in reply.notes if note not in self.notes]
        if len(reply.answers) != len(requests):
            raise TranslationError(
                f"translator {self._translator.name} failed: it answered {len(reply.answers)} of "
                f"{len(requests)} cues; report this with the track"
            )
        return reply.answers

    def _keep(
        self, numbers: Sequence[int], versions: Sequence[Version], answers: Sequence[Answer]
    ) -> None:
        """Write down the translations before anything else is done with them."""
        came = [
            (number, version._replace(text=answer.text))
            for number, version, answer in zip(numbers, versions, answers, strict=True)
            if answer.text
        ]
        self._memory.keep((self._script.pieces[number].line, version) for number, version in came)
        with self._lock:
            self.asked.update(number for number, _ in came)
        for number, _ in came:
            self.recall(number)

    def _wanted(self, number: int) -> Version:
        """The version to ask for, still without its text."""
        piece = self._script.pieces[number]
        is_firm, most = piece.wanted(self._memory.versions(piece.line))
        return Version("", most, is_firm)

    def _demanding(self, number: int, request: Request, version: Version) -> Request:
        """The request for a better version than the one that there is."""
        text = self._script.texts[number]
        terms, _ = self._script.pieces[number].lacking(text)
        demands = [f'"{each.source}" must be translated as "{each.target}".' for each in terms]
        if version.most:
            demands.append(
                f"It has {length(text)} characters and must have {version.most} at most: say it "
                "in fewer words."
            )
        return replace(request, demands=tuple(demands), rejected=text)


def _checked(answer: Answer, request: Request) -> Answer:
    """The answer in the lines that the request has, or why it can't be used."""
    if answer.why:
        return answer
    text = fitted(answer.text, request.text)
    if text is None:
        lines = request.text.count("\n") + 1
        return Answer(why=f"it did not come in {lines} lines, one for each speaker", again=True)
    if not text.isascii() and text != text.encode("utf-8", "replace").decode():
        return Answer(why="it holds halves of characters", again=True)
    return replace(answer, text=text)
