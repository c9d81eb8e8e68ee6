"""One model in a process of its own, which reads for all who ask it.

Those have opened films, and one may have been taken over by what it opened. So a question holds
nothing that runs where it is unpacked.
"""

from __future__ import annotations

import json
import multiprocessing
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from io import BytesIO
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vidocr.archive.family import die_with_parent
from vidocr.engines import OcrEngine, answers_of
from vidocr.errors import DependencyError, EngineError, VidocrError
from vidocr.model import Image, Line
from vidocr.ocr.answers import Answer
from vidocr.ocr.batching import Batching
from vidocr.ocr.profiles import Profile
from vidocr.processes import started

_DIED = (
    "the process that holds the model died (killed, or out of memory); "
    "a smaller --batch needs less memory"
)

_FIGURES = b""  # what is asked where there is no question


class Door(NamedTuple):
    """Where the model is reached, and the key that lets in."""

    address: str
    key: bytes

    @classmethod
    def new(cls) -> Door:
        """One that nobody else has. On Linux no file comes of it."""
        name = f"vidocr-{secrets.token_hex(8)}"
        linux = sys.platform == "linux"
        address = f"\0{name}" if linux else str(Path(tempfile.gettempdir(), name))
        return cls(address, secrets.token_bytes(32))


class Question(NamedTuple):
    """Pictures, and what is asked about each; None for the lines that stand in it."""

    images: Sequence[Image]
    prompt: str | None = None

    def packed(self) -> bytes:
        """The question as an archive of NumPy's: the prompt in JSON, then the pictures."""
        prompt = np.frombuffer(json.dumps(self.prompt).encode(), np.uint8)
        file = BytesIO()
        np.savez(file, prompt, *self.images)
        return file.getvalue()

    @classmethod
    def unpacked(cls, words: bytes) -> Question:
        """What was packed.

        Raises:
            ValueError: it was something else; NumPy has other errors for broken archives.
        """
        with np.load(BytesIO(words), allow_pickle=False) as found:
            prompt, *images = (found[name] for name in found.files)
        return cls(images, json.loads(prompt.tobytes()))


class Figures(NamedTuple):
    """How many pictures the model was shown, and in how many batches."""

    pictures: int = 0
    batches: int = 0


class SharedModel:
    """A way to the model in another process; as ``OcrEngine``, for one thread at a time.

    ``profile`` says how it wants to be asked; None where it answers no prompts.

    Raises:
        EngineError: the process is gone; it may pass, for it is started anew.
    """

    profile: Profile | None

    def __init__(self, door: Door) -> None:
        try:
            self._connection = Client(door.address, family="AF_UNIX", authkey=door.key)
            self.name, self.batch_size, self.profile = self._connection.recv()
        except (EOFError, OSError) as error:
            raise EngineError(_DIED, may_pass=True) from error

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """As ``OcrEngine``."""
        read: Sequence[Sequence[Line]] = self._answer(Question(images).packed())
        return read

    def ask(self, images: Sequence[Image], prompt: str) -> Sequence[Answer]:
        """What the model answers to ``prompt`` about each picture."""
        answers: Sequence[Answer] = self._answer(Question(images, prompt).packed())
        return answers

    def figures(self) -> Figures:
        """What the model did so far, for all."""
        figures: Figures = self._answer(_FIGURES)
        return figures

    def close(self) -> None:
        """Leave the model."""
        self._connection.close()

    def _answer(self, question: bytes) -> Any:
        return asked(self._connection, question, EngineError(_DIED, may_pass=True))


def asked(connection: Connection, question: bytes, gone: VidocrError) -> Any:
    """What the process that holds a model answers.

    Raises:
        VidocrError: what it raised, or ``gone`` where it is no more.
    """
    try:
        connection.send_bytes(question)
        answer = connection.recv()
    except (EOFError, OSError) as error:
        raise gone from error
    if isinstance(answer, VidocrError):
        raise answer
    return answer


class Host:
    """The process that holds the model.

    ``told`` is a connection that can be waited for: then ``look`` says whether the model is
    ready.
    """

    def __init__(self, make_model: Callable[[], OcrEngine], door: Door) -> None:
        context = multiprocessing.get_context("spawn")
        self.told, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(theirs, make_model, door))
        self._process.start()
        theirs.close()
        self.is_ready = False

    @property
    def pid(self) -> int | None:
        """Of the process."""
        return self._process.pid

    def look(self) -> bool:
        """Hear what the process has to say; whether it lives.

        Raises:
            VidocrError: the model can't be had.
        """
        try:
            said = self.told.recv()
        except (EOFError, OSError):
            self.close()
            if not self.is_ready:
                raise DependencyError(
                    f"{_DIED}; it died before the model was loaded, so nothing can be read"
                ) from None
            return False
        if isinstance(said, VidocrError):
            raise said
        self.is_ready = True
        return True

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.told.close()


def _serve(told: Connection, make_model: Callable[[], OcrEngine], door: Door) -> None:
    started()
    die_with_parent()
    try:
        engine = make_model()
    except VidocrError as error:
        told.send(error)
        return
    except Exception as error:  # a library's
        why = f"the model can't be loaded: {type(error).__name__}: {error}; report this"
        told.send(DependencyError(why))
        return
    asked = _Asked(engine)
    batching = Batching(asked, engine.batch_size)
    let_in(door, partial(_serve_one, asked, batching), told)


def let_in(door: Door, serve: Callable[[Connection], None], told: Connection) -> None:
    """Serve all who come through the door, each in a thread of their own, for ever.

    Args:
        door: where they come.
        serve: one of them.
        told: hears when they may come.
    """
    with Listener(door.address, family="AF_UNIX", authkey=door.key) as listener:
        told.send("ready")
        while True:
            try:
                connection = listener.accept()
            except (EOFError, OSError, multiprocessing.AuthenticationError):
                continue  # who was let in no further is gone
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


class _Asked:
    """The model, with an account of what it was asked. Items are pictures with their prompts."""

    def __init__(self, engine: Any) -> None:  # an OcrEngine; one with a profile is asked, too
        self.engine = engine
        self.figures = Figures()

    def __call__(self, items: Sequence[tuple[Image, str | None]]) -> list[object]:
        """An answer to each, by as many calls as there are different prompts."""
        found: dict[int, object] = {}
        for prompt in dict.fromkeys(prompt for _, prompt in items):
            at = [number for number, item in enumerate(items) if item[1] == prompt]
            images = [items[number][0] for number in at]
            engine, figures = self.engine, self.figures
            self.figures = Figures(figures.pictures + len(images), figures.batches + 1)
            read = answers_of(engine, images) if prompt is None else engine.ask(images, prompt)
            found.update(zip(at, read, strict=True))
        return [found[number] for number in range(len(items))]


def _serve_one(
    asked: _Asked,
    batching: Batching[tuple[Image, str | None], object],
    connection: Connection,
) -> None:
    engine = asked.engine
    with suppress(EOFError, OSError), connection:
        connection.send((engine.name, engine.batch_size, getattr(engine, "profile", None)))
        while True:
            words = connection.recv_bytes()
            try:
                answer: object = asked.figures if words == _FIGURES else _answers(batching, words)
            except VidocrError as error:
                answer = error
            except Exception as error:  # a bug, or a library's: it belongs to who asked
                answer = EngineError(f"engine {engine.name} failed: {error}; report this")
            connection.send(answer)


def _answers(
    batching: Batching[tuple[Image, str | None], object], words: bytes
) -> Sequence[object]:
    question = Question.unpacked(words)
    return batching.ask([(image, question.prompt) for image in question.images])
