"""Translates what was read in a film, and knows what translates, with what, into what."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from vidocr.errors import TranslationError, UsageError
from vidocr.model import Cue
from vidocr.ocr.choice import make_asker, wanted_of
from vidocr.options import Options
from vidocr.output import explained
from vidocr.translation import (
    Glossary,
    Memory,
    Outcome,
    StoppedError,
    TranslationReport,
    Translator,
    Wishes,
    read_glossary,
    reused,
    translated,
)
from vidocr.translation.languages import checked, same

_NO_MEMORY = "none"
_MOST = 0.7  # of the time of a line that stands in a stack with one of another language


@dataclass(frozen=True, slots=True)
class Done:
    """What was ``said``, in which language if in one, and the ``cues`` of the translation."""

    language: str | None
    said: tuple[Cue, ...]
    cues: tuple[Cue, ...]
    report: TranslationReport
    error: TranslationError | None = None


class FilmTranslation:
    """Translates films into one language; its memory is open in a ``with`` block.

    Args:
        options: into what, and how.
        translator: translates; the one that the options name if not given.

    Raises:
        UsageError: there is no such language or translator, or the glossary can't be read.
        DependencyError: what translates is missing.
        TranslationError: it can't be reached.
    """

    def __init__(self, options: Options, translator: Translator | None = None) -> None:
        self.target = checked(options.translate, "--translate")
        self._glossary = read_glossary(Path(options.glossary)) if options.glossary else Glossary()
        self._wishes = Wishes(max_cps=options.max_cps)
        self._memory_path = memory_path(options.translation_memory)
        self._translator = translator or make_translator(options)
        self._stack = ExitStack()
        self._memory: Memory | None = None

    def __enter__(self) -> FilmTranslation:
        if self._memory_path is not None:
            with explained(self._memory_path):
                self._memory_path.parent.mkdir(parents=True, exist_ok=True)
        self._memory = self._stack.enter_context(Memory(self._memory_path))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def is_to(self, language: str) -> bool:
        """Whether lines in this language need no translation."""
        return same(language, self.target)

    def done(self, parts: Mapping[str, Sequence[Cue]]) -> Done:
        """What was said in other languages, translated.

        Lines in the language that is wanted are taken for a translation of those that they stand
        with, and as they are where they stand alone.

        Args:
            parts: the cues of a film by their language.
        """
        there = [cue for tag, part in parts.items() if self.is_to(tag) for cue in part]
        spoken = [(tag, part) for tag, part in parts.items() if not self.is_to(tag)]
        said = _all_said(spoken)
        known = reused(said, there, self.target)
        alone = [cue for cue in there if not _is_stacked(cue, said)]
        try:
            outcome = self._outcome(known)
            error = None
        except StoppedError as stopped:
            # Plain, for it may have to go from one process to another.
            outcome, error = (
                stopped.outcome,
                TranslationError(str(stopped), may_pass=stopped.may_pass),
            )
        cues = sorted([*outcome.cues, *alone], key=lambda cue: (cue.start_us, cue.place.y0))
        report = outcome.report
        report = replace(report, cues=report.cues + len(alone), left=report.left + len(alone))
        return Done(_language(spoken), tuple(said), tuple(cues), report, error)

    def _outcome(self, cues: Sequence[Cue]) -> Outcome:
        return translated(
            cues,
            self._translator,
            self.target,
            self._wishes,
            memory=self._memory,
            glossary=self._glossary,
        )


def _all_said(spoken: Sequence[tuple[str, Sequence[Cue]]]) -> list[Cue]:
    """The cues of the language of most lines, and those of others that stand without one."""
    said: list[Cue] = []
    for _, part in spoken:
        said += [cue for cue in part if not _is_stacked(cue, said)]
    return sorted(said, key=lambda cue: (cue.start_us, cue.place.y0))


def _language(spoken: Sequence[tuple[str, Sequence[Cue]]]) -> str | None:
    return spoken[0][0] if spoken else None


def _is_stacked(cue: Cue, others: Sequence[Cue]) -> bool:
    """Whether others stand with a cue for most of its time, in its third of the picture.

    One that they only overlap is of another speaker.
    """
    shared_us = sum(
        min(cue.end_us, other.end_us) - max(cue.start_us, other.start_us)
        for other in others
        if cue.start_us < other.end_us and other.start_us < cue.end_us
        if cue.position is other.position
    )
    return shared_us >= _MOST * (cue.end_us - cue.start_us)


def make_translator(options: Options) -> Translator:
    """What the options name.

    Raises:
        UsageError: it isn't said what is to translate, or with which model.
        DependencyError: a package or model is missing.
        TranslationError: a server can't be reached.
    """
    name = options.translates_by
    if name == "openai":
        return _openai(options)
    if name == "hunyuan-image":
        return _picture(options)
    return _transformers(options)


def _picture(options: Options) -> Translator:
    from vidocr.translation.picture import PictureTranslator

    model = f"{options.profile} {options.model}@{options.revision}"
    asker = make_asker(wanted_of(options))
    return PictureTranslator(asker, model, target=checked(options.translate, "--translate"))


def _openai(options: Options) -> Translator:
    from vidocr.translation.openai import OpenAITranslator

    if not options.translator_url:
        raise UsageError("translator openai: give the server's address with --translator-url")
    return OpenAITranslator(
        options.translator_url,
        options.translator_model,
        api_key=options.translator_key or None,
        tone=options.tone,
        in_flight=options.translator_requests,
        timeout_s=options.translator_timeout_s,
    )


def _transformers(options: Options) -> Translator:
    if not options.translator_model:
        raise UsageError(
            "translate: it isn't said what is to translate: name a server with --translator-url, "
            "or a model with --translator-model, as Helsinki-NLP/opus-mt-zh-en"
        )
    from vidocr.translation.local import make_transformers

    return make_transformers(
        options.translator_model,
        target=checked(options.translate, "--translate"),
        device=options.device,
        dtype=options.dtype,
        offline=options.offline,
    )


def memory_path(memory: str) -> Path | None:
    """Where translations are kept: as the option says, or in the user's cache folder."""
    if memory == _NO_MEMORY:
        return None
    if memory:
        return Path(memory)
    cache = os.environ.get("XDG_CACHE_HOME")
    folder = Path(cache) if cache else Path.home() / ".cache"
    return folder / "vidocr" / "translations.sqlite"
