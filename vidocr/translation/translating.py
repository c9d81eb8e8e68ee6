"""Cues are translated: the same cues come back, each translated or marked, and a report."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import NamedTuple

from vidocr.engines import Interruptible
from vidocr.errors import TranslationError
from vidocr.messages import US_PER_S, count, printable
from vidocr.model import Cue, Source
from vidocr.translation.asking import Asker
from vidocr.translation.glossary import Glossary
from vidocr.translation.languages import checked
from vidocr.translation.memory import Memory
from vidocr.translation.model import Pace, Translator
from vidocr.translation.reuse import BURNED_IN
from vidocr.translation.script import Script, Wishes, length

_POLL_S = 0.1
_MOST_TOLD = 10

NOT_TRANSLATED = "not translated: "
"""What the flag of a cue begins with that keeps its text."""
_GLOSSARY, _TOO_LONG = "glossary: ", "too long: "
_FLAGS = (NOT_TRANSLATED, _GLOSSARY, _TOO_LONG)


class Untranslated(NamedTuple):
    """A cue that keeps its text: its number from 0, its start, and why."""

    number: int
    start_us: int
    why: str


@dataclass(frozen=True, slots=True)
class TranslationReport:
    """What a translation did.

    Of ``cues``, ``translated`` were asked for, ``from_memory`` were known from before or said
    twice, ``reused`` were burned in; ``left`` needed no translation, and ``untranslated`` got
    none. ``flagged`` are those with a translation that lacks a term or is too long. ``requests``
    and tokens are what the translator told of all its calls, ``notes`` what else it had to say.
    """

    cues: int
    translated: int
    from_memory: int
    reused: int
    left: int
    flagged: int
    untranslated: tuple[Untranslated, ...] = ()
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    notes: tuple[str, ...] = ()

    def told(self) -> Iterator[str]:
        """What was done, and the first of the cues that were not translated, for a person."""
        parts = [f"{self.translated} translated"]
        parts += [f"{self.from_memory} known from before"] if self.from_memory else []
        parts += [f"{self.reused} burned in"] if self.reused else []
        parts += [f"{self.left} left as they are"] if self.left else []
        parts += [f"{self.flagged} to look at"] if self.flagged else []
        yield f"translation of {count(self.cues, 'cue')}: {', '.join(parts)}"
        for each in self.untranslated[:_MOST_TOLD]:
            yield printable(f"{NOT_TRANSLATED}{each.why} (at {each.start_us / US_PER_S:.2f} s)")
        if len(self.untranslated) > _MOST_TOLD:
            yield f"not translated: {len(self.untranslated)} in all; a track in JSON marks each"
        yield from map(printable, self.notes)


class Outcome(NamedTuple):
    """The cues, the same in number, order, times and place as before, and the report."""

    cues: list[Cue]
    report: TranslationReport


class StoppedError(TranslationError):
    """Nothing more could be translated; ``outcome`` is what was there until then."""

    def __init__(self, cause: TranslationError, outcome: Outcome) -> None:
        super().__init__(str(cause), may_pass=cause.may_pass)
        self.outcome = outcome


def translated(
    cues: Sequence[Cue],
    translator: Translator,
    target: str,
    wishes: Wishes = Wishes(),  # noqa: B008  # it is frozen
    *,
    memory: Memory | None = None,
    glossary: Glossary = Glossary(),  # noqa: B008  # it is frozen
) -> Outcome:
    """The cues in another language.

    Those that are in it already, or say nothing in words, stay as they are. One that can't be
    translated keeps its text and gets a flag. Scenes are translated at the same time, in each
    one cue after the other.

    Args:
        cues: in any order, which stays.
        translator: what translates.
        target: the language, as a code of BCP 47.
        wishes: how to translate.
        memory: what was translated before, and where new translations are kept.
        glossary: terms that have to be translated as it says.

    Raises:
        UsageError: the target or the source is no code of a language.
        StoppedError: nothing more can be translated.
        OutputError: the memory can't be written.
    """
    target = checked(target, "target")
    if wishes.source is not None:
        wishes = replace(wishes, source=checked(wishes.source, "source"))
    script = Script(cues, target, wishes, glossary, translator.identity)
    if memory is None:
        with Memory() as own:
            return _translated(cues, translator, script, own)
    return _translated(cues, translator, script, memory)


def _translated(
    cues: Sequence[Cue], translator: Translator, script: Script, memory: Memory
) -> Outcome:
    asker = Asker(translator, script, memory)
    firsts = {script.pieces[number].line.key: number for number in reversed(script.todo)}
    try:
        # What is said twice is asked for once: the others find it in the memory.
        for numbers in (set(firsts.values()), set(script.todo) - set(firsts.values())):
            due = {number for number in numbers if not asker.recall(number)}
            queues = [[number for number in scene if number in due] for scene in script.scenes]
            _run(queues, translator, asker)
    except TranslationError as error:
        for number in script.todo:
            asker.whys.setdefault(number, str(error))
        raise StoppedError(error, _outcome(cues, translator, script, asker)) from error
    return _outcome(cues, translator, script, asker)


def _run(queues: Sequence[Sequence[int]], translator: Translator, asker: Asker) -> None:
    """Ask for the cues of each queue in their order, as the translator's pace says."""
    pace = translator.pace
    ready = deque(sorted((deque(each) for each in queues if each), key=len, reverse=True))
    under_way: dict[Future[None], list[deque[int]]] = {}
    with ThreadPoolExecutor(pace.calls, "translation") as pool:
        try:
            while ready or under_way:
                while ready and len(under_way) < pace.calls:
                    scenes = [ready.popleft() for _ in range(min(pace.scenes, len(ready)))]
                    under_way[pool.submit(asker.ask, _next(scenes, pace))] = scenes
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for call in done:
                    ready.extend(scene for scene in under_way.pop(call) if scene)
                    call.result()
        except BaseException:  # an interrupt too must not wait for a server that hangs
            asker.stop()
            while isinstance(translator, Interruptible) and wait(under_way, _POLL_S).not_done:
                translator.interrupt()
            raise


def _next(scenes: Sequence[deque[int]], pace: Pace) -> list[int]:
    return [scene.popleft() for scene in scenes for _ in range(min(pace.cues, len(scene)))]


def _outcome(cues: Sequence[Cue], translator: Translator, script: Script, asker: Asker) -> Outcome:
    todo = set(script.todo)
    done = {number for number in todo if number in script.texts}
    results = [
        _result(cue, number, translator.name, script, asker) if number in todo else cue
        for number, cue in enumerate(cues)
    ]
    reused = sum(cue.source is not None and cue.source.translator == BURNED_IN for cue in cues)
    report = TranslationReport(
        cues=len(cues),
        translated=len(done & asker.asked),
        from_memory=len(done - asker.asked),
        reused=reused,
        left=len(cues) - len(todo) - reused,
        flagged=sum(
            any(each.startswith(_FLAGS) for each in results[number].flags) for number in done
        ),
        untranslated=tuple(
            Untranslated(number, cues[number].start_us, asker.whys[number])
            for number in sorted(todo - done)
        ),
        requests=asker.usage.requests,
        tokens_in=asker.usage.tokens_in,
        tokens_out=asker.usage.tokens_out,
        notes=tuple(asker.notes),
    )
    return Outcome(results, report)


def _result(cue: Cue, number: int, translator: str, script: Script, asker: Asker) -> Cue:
    text, piece = script.texts.get(number), script.pieces[number]
    # Of an earlier translation they say nothing of this one.
    cue = replace(cue, flags=tuple(each for each in cue.flags if not each.startswith(_FLAGS)))
    if text is None:
        return replace(cue, flags=(*cue.flags, NOT_TRANSLATED + asker.whys[number]))
    terms, over = piece.lacking(text)
    flags = [f"{_GLOSSARY}{term.source} should be {term.target}" for term in terms]
    if over:
        flags.append(f"{_TOO_LONG}{length(text)} characters, of which {piece.most} can be read")
    return replace(
        cue,
        lines=tuple(text.split("\n")),
        language=piece.line.target,
        source=Source(cue.lines, piece.line.source, translator),
        flags=(*cue.flags, *flags),
    )
