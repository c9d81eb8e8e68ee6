"""What passes between cues and a translator: requests and answers, and what was counted.

A translator gets requests in calls as its ``pace`` says, and answers each one with a text or a
reason. It tries once: asking again, in smaller calls or with firmer demands, is done by those who
call it, and so are the translation memory and the checks of terms and lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of a glossary: ``source`` is to be translated as ``target``."""

    source: str
    target: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A line beside the one to translate, with its translation where there is one already."""

    text: str
    translation: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A cue to translate.

    ``text`` is one line, however it was broken in the picture; the lines of a dialogue stay
    parted by newlines. Languages are codes of BCP 47; ``source`` is None where it isn't known.
    ``before`` is what was said before, in the order of the film: in the same scene, and since the
    request before this one where that is of the scene too. ``after`` is what is said next.

    ``max_characters`` is a wish, 0 for none. ``demands`` are sentences in English about what was
    wrong with ``rejected``, an earlier translation.
    """

    text: str
    target: str
    source: str | None = None
    before: tuple[Neighbour, ...] = ()
    after: tuple[Neighbour, ...] = ()
    terms: tuple[Term, ...] = ()
    max_characters: int = 0
    demands: tuple[str, ...] = ()
    rejected: str = ""
    pictures: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A translation, or, where ``text`` is empty, why there is none.

    ``again`` says whether the same request may get a translation in a smaller call or a second
    one: not where the translator would answer the same.
    """

    text: str = ""
    why: str = ""
    again: bool = False

    def __post_init__(self) -> None:
        if bool(self.text.strip()) == bool(self.why):
            raise ValueError("an answer is either a text or a reason")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call took: ``requests`` of a server or passes of a model, and tokens if told."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.requests + other.requests,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to each request, in their order, and what they took.

    ``notes`` are for the user, as where a server couldn't be asked as it should.
    """

    answers: tuple[Answer, ...]
    usage: Usage = Usage()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How a translator wants its work.

    ``cues`` is how many of one scene go into a call: those that follow have their translations
    as context. A call holds those of up to ``scenes`` scenes, and up to ``calls`` are under way
    at once, from as many threads.
    """

    cues: int = 1
    scenes: int = 1
    calls: int = 1


class Translator(Protocol):
    """Translates cues.

    ``name`` is what a cue's source tells. ``identity`` goes into the key of the translation
    memory: the name, the model and what else changes the answers, as a tone does.
    ``takes_demands`` says whether it heeds ``demands`` and terms: if not, it isn't asked again
    for what it would answer the same.
    """

    name: str
    identity: str
    pace: Pace
    takes_demands: bool

    def translate(self, requests: Sequence[Request]) -> Reply:
        """An answer to each request; none of them raises for itself.

        Raises:
            TranslationError: nothing can be translated: the model is missing, the server is gone
                or refuses the key.
        """
        ...
