"""Opus-MT (Marian), M2M100 and NLLB: models that put one sentence into another language.

They know no context and heed no demands.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any, Protocol

import langcodes

from vidocr.errors import UsageError
from vidocr.translation.checking import Piece, joined, needs_no_model, pieces_of, written_for
from vidocr.translation.generating import Generator, Row, limit_for
from vidocr.translation.languages import named
from vidocr.translation.loading import Parts
from vidocr.translation.model import Answer, Pace, Reply, Request

_FAR = 5  # of langcodes' distances: the regions of a language are as far apart, languages further
_LANGUAGE = re.compile(r"(?:>>|__)?([a-z]{2,3}(?:_[A-Za-z]+)*)(?:<<|__)?")
_SHOWN = 12


class Seq2SeqTranslator:
    """Translates line by line, in batches.

    Args:
        parts: the model.
        identity: its name and revision, for the memory.
        target: the language that will be asked for, to be sure at once that the model has it.
        beams: of the search, 1 to 16.
        batch: lines at once; 0 for what suits the device.

    Raises:
        UsageError: the model doesn't translate to ``target``.
    """

    name = "transformers"
    pace = Pace(cues=16, scenes=16)
    takes_demands = False

    def __init__(
        self, parts: Parts, identity: str, *, target: str, beams: int = 4, batch: int = 0
    ) -> None:
        self.identity = f"{self.name}:{identity}:beams={beams}"
        kind = _Marian if parts.kind == "marian" else _Multilingual
        self._languages: _Languages = kind(parts.tokenizer, identity)
        self._languages.check(target)
        self._most = parts.model.config.max_position_embeddings
        self._generator = Generator(parts, beams=beams, batch=batch)
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
            rows = [self._row(piece, requests[piece.request]) for piece in pieces]
            answers, usage = written_for(pieces, rows, self._generator)
        return Reply(joined(len(requests), pieces, answers), usage)

    def _row(self, piece: Piece, request: Request) -> Row | Answer:
        """What the model is given for a line, or what is to be said of it without the model."""
        if needs_no_model(piece):
            return Answer(piece.text) if piece.text else Answer(why="there is no text")
        if why := self._languages.why_not(request.source):
            return Answer(why=why)
        tokens, start = self._languages.tokens(piece.text, request)
        if len(tokens) > self._most:  # Marian has no position for more
            return Answer(
                why=f"it is too long for the model: {len(tokens)} tokens, which takes {self._most}"
            )
        limit = min(limit_for(len(tokens)), self._most)
        return Row(tuple(tokens), limit, start)


class _Languages(Protocol):
    """How a tokenizer is told from which language to which a text goes."""

    def check(self, target: str) -> None:
        """Raise UsageError where the model has no such target."""
        ...

    def why_not(self, source: str | None) -> str:
        """Why a text in that language can't be translated; empty where it can."""
        ...

    def tokens(self, text: str, request: Request) -> tuple[list[int], int | None]:
        """A text as tokens, and the token that its translation has to begin with."""
        ...


class _Marian:
    """From one language or a group, to one, or to those that there are tokens for.

    Its tokenizer keeps codes of languages, names of groups ("ROMANCE", "mul"), or nothing.
    """

    def __init__(self, tokenizer: Any, model: str) -> None:
        self._tokenizer, self._model = tokenizer, model
        self._targets = {
            found[1]: token
            for token in tokenizer.supported_language_codes
            if (found := _LANGUAGE.fullmatch(token))
        }

    def check(self, target: str) -> None:
        if self._targets:
            if nearest(target, self._targets) is None:
                raise UsageError(_no_target(self._model, target, self._targets))
            return
        own = _single(self._tokenizer.target_lang)
        if own and nearest(target, own) is None:
            raise UsageError(_no_target(self._model, target, own))

    def why_not(self, source: str | None) -> str:
        own = _single(self._tokenizer.source_lang)
        if source is None or not own or nearest(source, own) is not None:
            return ""
        return f"the model translates from {' and '.join(map(named, own))}, not {named(source)}"

    def tokens(self, text: str, request: Request) -> tuple[list[int], int | None]:
        self.check(request.target)
        found = nearest(request.target, self._targets)
        asked = f"{self._targets[found]} {text}" if found else text
        return self._tokenizer(asked)["input_ids"], None


class _Multilingual:
    """M2M100 and NLLB: a token for each language, at the begin of a text and its translation."""

    def __init__(self, tokenizer: Any, model: str) -> None:
        self._tokenizer, self._model = tokenizer, model
        tokens = getattr(tokenizer, "lang_token_to_id", None) or tokenizer.extra_special_tokens
        self._codes = {
            found[1]: tokenizer.convert_tokens_to_ids(token)
            for token in tokens
            if (found := _LANGUAGE.fullmatch(token))
        }

    def check(self, target: str) -> None:
        if nearest(target, self._codes) is None:
            raise UsageError(_no_target(self._model, target, self._codes))

    def why_not(self, source: str | None) -> str:
        if source is None:
            return "its language is not known, and the model has to be told it"
        return "" if nearest(source, self._codes) else f"the model has no {named(source)}"

    def tokens(self, text: str, request: Request) -> tuple[list[int], int | None]:
        self.check(request.target)
        self._tokenizer.src_lang = nearest(request.source or "", self._codes)
        target = nearest(request.target, self._codes)
        return self._tokenizer(text)["input_ids"], self._codes[target or ""]


def nearest(code: str, known: Sequence[str] | dict[str, Any]) -> str | None:
    """Which of a model's codes is of the language ``code`` (BCP 47), in the same script.

    Models' codes are those of ISO 639, of two letters or three, some with a script or a region
    behind an underscore: ``fr``, ``deu``, ``zho_Hant``, ``pt_BR``.
    """
    if not langcodes.tag_is_valid(code):
        return None
    script = langcodes.Language.get(code).maximize().script
    able = [
        each
        for each in known
        if langcodes.tag_is_valid(each) and langcodes.Language.get(each).maximize().script == script
    ]
    found, distance = langcodes.closest_match(code, able, max_distance=_FAR) if able else ("", 0)
    return found if distance <= _FAR and found in able else None


def _single(told: str | None) -> list[str]:
    """The languages in what a tokenizer tells, as ``en`` or ``bel+rus``; none where it is a group.

    Those of two letters in ISO 639-1 are languages; what has three alone may be a group.
    """
    codes = (told or "").replace("_", "-").split("+")
    valid = all(langcodes.tag_is_valid(each) for each in codes)
    if not valid or any(len(langcodes.Language.get(each).language or "") != 2 for each in codes):
        return []
    return codes


def _no_target(model: str, target: str, known: Sequence[str] | dict[str, Any]) -> str:
    shown = ", ".join([*known][:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")
    return (
        f"model {model}: it doesn't translate to {named(target)} ({target}), but to {shown}; "
        "take another model or another language"
    )
