"""The model that translates, in a process of its own: all jobs share it, one after the other.

A job's process ends with its film, for it has opened what strangers sent; the model outlives it.
So it is asked in JSON: what a film has taken over can't make it run anything.
"""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from multiprocessing.connection import Client, Connection
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple, TypeVar

from pydantic import TypeAdapter

from vidocr.archive.family import die_with_parent
from vidocr.archive.shared import Door, asked, let_in
from vidocr.errors import TranslationError, VidocrError
from vidocr.options import Options
from vidocr.processes import started, starting
from vidocr.service.children import give_way
from vidocr.translation import Pace, Reply, Request, Translator
from vidocr.translation.loading import Parts, Source, load
from vidocr.translation.local import translator_of

_T = TypeVar("_T")
_MOST_BYTES = 64 << 20  # of a question
_REQUESTS = TypeAdapter(list[Request])
_DIED = "the process that translates died (killed, or out of memory); a smaller model needs less"


class Interpreter:
    """Starts the process when a job first needs it, and again when it has died.

    It loads the model for the first job, and keeps it until it is closed. May be used from many
    threads.

    Args:
        options: of the operator, which name the model.
    """

    def __init__(self, options: Options) -> None:
        self._source = Source(
            model=options.translator_model,
            device=options.device,
            dtype=options.dtype,
            offline=options.offline,
        )
        self._door = Door.new()
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        return self._process.pid if self._process else None

    def door_for(self, options: Options) -> Door | None:
        """Where a job has its cues translated; None where it needs no such model.

        Raises:
            TranslationError: the process can't be started.
        """
        if not options.translate or options.translates_by != "transformers":
            return None
        with self._turn:
            if self._process is None or not self._process.is_alive():
                self._end()
                self._start()
        return self._door

    def close(self) -> None:
        """End the process, which frees the memory of the model."""
        with self._turn:
            self._end()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        told, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_serve, args=(theirs, self._door, self._source))
        with told:
            try:
                with starting(), theirs:  # so that ours ends when the process does
                    process.start()
            except OSError as error:
                why = f"the process that translates can't be started: {error.strerror}"
                raise TranslationError(
                    f"{why}; end others, or free memory", may_pass=True
                ) from error
            self._process = process
            try:
                told.recv()
            except (EOFError, OSError) as error:
                raise TranslationError(_DIED, may_pass=True) from error

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.join()
            self._process = None


class _About(NamedTuple):
    """What a translator tells of itself."""

    name: str
    identity: str
    pace: Pace
    takes_demands: bool


def _about(translator: Translator) -> _About:
    return _About(translator.name, translator.identity, translator.pace, translator.takes_demands)


class SharedTranslator:
    """A way to the model in its process; as ``Translator``, for one thread at a time.

    Args:
        door: to the process.
        target: the language that will be asked for.

    Raises:
        DependencyError: the model can't be loaded.
        UsageError: it doesn't translate to ``target``.
        TranslationError: the process is gone; it may pass, for it is started anew.
    """

    def __init__(self, door: Door, target: str) -> None:
        try:
            self._connection = Client(door.address, family="AF_UNIX", authkey=door.key)
        except (EOFError, OSError) as error:
            raise TranslationError(_DIED, may_pass=True) from error
        about: _About = self._answer(target.encode())
        self.name, self.identity, self.pace, self.takes_demands = about

    def translate(self, requests: Sequence[Request]) -> Reply:
        """As ``Translator``."""
        reply: Reply = self._answer(packed(requests))
        return reply

    def close(self) -> None:
        """Leave the model."""
        self._connection.close()

    def _answer(self, question: bytes) -> Any:
        return asked(self._connection, question, TranslationError(_DIED, may_pass=True))


def packed(requests: Sequence[Request]) -> bytes:
    """Requests in JSON, without their pictures."""
    return json.dumps([asdict(replace(each, pictures=())) for each in requests]).encode()


def unpacked(requests: bytes) -> list[Request]:
    """What was packed.

    Raises:
        ValueError: it was something else.
    """
    return _REQUESTS.validate_json(requests)


def _serve(told: Connection, door: Door, source: Source) -> None:
    started()
    die_with_parent()
    give_way()
    let_in(door, partial(_serve_one, _Model(source)), told)


class _Model:
    """Loaded when it is first asked for, then kept; used by one after the other."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parts: Parts | None = None
        self._turn = threading.Lock()

    def translator(self, target: bytes) -> Translator:
        """One to a language."""
        with self._turn:
            self._parts = self._parts or load(self._source)
            return translator_of(self._parts, self._source, target=target.decode())

    def reply(self, translator: Translator, requests: bytes) -> Reply:
        """What a translator of this model answers."""
        asked = unpacked(requests)
        with self._turn:
            return translator.translate(asked)


def _serve_one(model: _Model, connection: Connection) -> None:
    """Answer a job until it leaves: to its language first, then to its requests."""
    with suppress(EOFError, OSError), connection:
        translator = _tried(partial(model.translator, connection.recv_bytes(_MOST_BYTES)))
        if isinstance(translator, VidocrError):
            connection.send(translator)
            return
        connection.send(_about(translator))
        while True:
            asked = connection.recv_bytes(_MOST_BYTES)
            connection.send(_tried(partial(model.reply, translator, asked)))


def _tried(work: Callable[[], _T]) -> _T | VidocrError:
    """What comes of it, or why nothing does."""
    try:
        return work()
    except VidocrError as error:
        return error
    except Exception as error:  # a bug, or a library's: it belongs to who asked
        return TranslationError(f"the model failed: {type(error).__name__}: {error}; report this")
