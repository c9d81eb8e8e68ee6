"""One film read in some process: what it is asked for, and what comes of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from vidocr.archive.storage import fetch, is_address
from vidocr.engines import OcrEngine
from vidocr.errors import InputError, VidocrError
from vidocr.finishing import Finished, finishing, rendered, tells_languages
from vidocr.model import US_PER_S, Cue
from vidocr.muxing import Track, mux
from vidocr.ocr.choice import makers, wanted_of
from vidocr.options import Options
from vidocr.pipeline import extract
from vidocr.processes import cores
from vidocr.progress import ToldProgress

_log = logging.getLogger(__name__)

Tell: TypeAlias = Callable[[int, "int | None"], None]
"""Told how far a film is: us of it that are done, and how long it is, if that is known."""


MakeReader: TypeAlias = "Callable[[Callable[[], OcrEngine] | None], FilmReader]"
"""Makes what reads films in a process, given a way to the shared model; can be pickled."""


@dataclass(frozen=True, slots=True)
class Order:
    """A film to be read. ``scratch`` is a folder for what is fetched from an address."""

    number: int
    source: str
    scratch: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a film: its tracks by the endings of their names, and figures for the ledger.

    ``cues`` are those of the track that was asked for, or else of all. ``copies`` are files in the
    film's scratch folder that are to be moved to their places, by their endings.
    """

    tracks: dict[str, str]
    cues: tuple[Cue, ...]
    figures: dict[str, Any] = field(default_factory=dict)
    copies: dict[str, Path] = field(default_factory=dict)


class FilmReader(Protocol):
    """Reads one film after another in one process."""

    def read(self, order: Order, tell: Tell) -> Outcome:
        """The tracks of a film; raises a VidocrError where there can be none."""
        ...


def reading(
    options: Options, formats: tuple[str, ...], at_once: int, mux: str = ""
) -> tuple[MakeReader, Callable[[], OcrEngine] | None]:
    """What makes the readers of films, and the model that they share, if any.

    Args:
        options: of the pipeline.
        formats: of the tracks.
        at_once: films that are read side by side on a machine, and so share its cores.
        mux: the ending of copies of the films that hold their tracks; empty for none.

    Raises:
        UsageError: there is no such engine, or what it needs was not given.
    """
    if options.decode_threads == 0 and at_once > 1:
        options = replace(options, decode_threads=max(1, cores() // at_once))
    engine, model = makers(wanted_of(options))
    return partial(Reading, options, formats, engine, mux=mux), model


class Reading:
    """Reads films by the pipeline, with engines that are made once.

    Args:
        options: of the pipeline.
        formats: of the tracks.
        engine: makes the engine that this process has for itself.
        model: gives a way to the model that all films share, anew for each film.
        mux: the ending of a copy of the film that holds its tracks; empty for none.
    """

    def __init__(
        self,
        options: Options,
        formats: tuple[str, ...],
        engine: Callable[[], OcrEngine | None] | None,
        model: Callable[[], OcrEngine] | None,
        *,
        mux: str = "",
    ) -> None:
        self._mux = mux
        self._options = options
        self._formats = formats
        self._model = model
        self._engine = engine() if engine else None
        self._open = ExitStack()  # until the process ends
        self._finish = self._open.enter_context(
            finishing(options, tell_languages=tells_languages(formats) or bool(mux))
        )

    def read(self, order: Order, tell: Tell) -> Outcome:
        """As ``FilmReader``."""
        began = time.perf_counter()
        with _at_hand(order, tell) as path:
            cues, report = extract(
                path,
                self._options,
                progress=ToldProgress(tell),
                engine=self._engine,
                model=self._model() if self._model else None,
                pictures=self._finish.wants_pictures,
            )
            finished = self._finish.finished(list(cues), report.starts_us)
            if finished.error:
                raise finished.error
            copies = self._copies(path, order, finished)
        figures = {
            "cues": min(report.cues, len(finished.main)),  # some may not be kept
            "film_s": round(report.film_us / US_PER_S, 3),
            "elapsed_s": round(time.perf_counter() - began, 3),
            "frames": report.frames,
            "damaged_packets": report.damaged_packets,
            "ends_early": report.ends_early,
            "engine": report.engine,
        }
        if finished.translation:
            figures["untranslated"] = len(finished.translation.untranslated)
        return Outcome(rendered(finished, self._formats, report), finished.main, figures, copies)

    def _copies(self, film: Path, order: Order, finished: Finished) -> dict[str, Path]:
        """The copy of the film that holds its tracks, if it is wanted and there are any."""
        held = [
            Track(each.cues, each.language, each.title) for each in finished.products if each.cues
        ]
        if not (self._mux and held):
            return {}
        copy = order.scratch / f"{order.number}.copy.{self._mux}"
        for note in mux(film, copy, held, overwrite=True):
            _log.warning("%s", note)
        return {copy_ending(self._mux): copy}


def copy_ending(mux: str) -> str:
    """Of the name of a film's copy: never that of the film, though it stands beside it."""
    return f"subs.{mux}"


def whatever_comes(reader: FilmReader, order: Order, tell: Tell) -> Outcome | VidocrError:
    """The outcome of a film, or the error that it ended with: a bug costs this film alone."""
    try:
        return reader.read(order, tell)
    except VidocrError as error:
        return error
    except MemoryError:
        return InputError(f"{order.source}: it needs more memory than there is")
    except Exception as error:  # a bug: the other films are not to pay for it
        return VidocrError(
            f"{order.source}: this is a bug in vidocr: {type(error).__name__}: {error}; "
            "run vidocr on this film with --verbose for the trace, and report it"
        )


@contextmanager
def _at_hand(order: Order, tell: Tell) -> Iterator[Path]:
    """The film as a file of this machine."""
    if not is_address(order.source):
        yield Path(order.source)
        return
    copy = order.scratch / f"{order.number}{Path(order.source).suffix}"
    try:
        fetch(order.source, copy, lambda: tell(0, None))
        try:
            yield copy
        except InputError as error:  # its message names the copy
            raise InputError(str(error).replace(str(copy), order.source)) from error
    finally:
        copy.unlink(missing_ok=True)
