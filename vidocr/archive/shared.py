"""One model in a process of its own, which reads for all the processes that read films."""

from __future__ import annotations

import multiprocessing
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import NamedTuple

from vidocr.archive.family import die_with_parent
from vidocr.errors import DependencyError, EngineError, VidocrError
from vidocr.model import Image, Line, OcrEngine
from vidocr.ocr.batching import BatchingEngine
from vidocr.processes import started

_DIED = (
    "the process that holds the model died (killed, or out of memory); "
    "a smaller --batch needs less memory"
)


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


class SharedModel:
    """A way to the model in another process; as ``OcrEngine``, for one thread at a time.

    Raises:
        EngineError: the process is gone; it may pass, for it is started anew.
    """

    def __init__(self, door: Door) -> None:
        try:
            self._connection = Client(door.address, family="AF_UNIX", authkey=door.key)
            self.name, self.batch_size = self._connection.recv()
        except (EOFError, OSError) as error:
            raise EngineError(_DIED, may_pass=True) from error

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """As ``OcrEngine``."""
        try:
            self._connection.send(images)
            answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise EngineError(_DIED, may_pass=True) from error
        if isinstance(answer, VidocrError):
            raise answer
        read: Sequence[Sequence[Line]] = answer
        return read


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
    with (
        BatchingEngine(engine) as batching,
        Listener(door.address, family="AF_UNIX", authkey=door.key) as listener,
    ):
        told.send("ready")
        while True:
            try:
                connection = listener.accept()
            except (EOFError, OSError, multiprocessing.AuthenticationError):
                continue  # who was let in no further is gone
            threading.Thread(target=_answer, args=(connection, batching), daemon=True).start()


def _answer(connection: Connection, engine: BatchingEngine) -> None:
    with suppress(EOFError, OSError), connection:
        connection.send((engine.name, engine.batch_size))
        while True:
            images = connection.recv()
            try:
                answer: object = engine.read(images)
            except VidocrError as error:
                answer = error
            except Exception as error:  # a bug, or a library's: it belongs to who asked
                answer = EngineError(f"engine {engine.name} failed: {error}; report this")
            connection.send(answer)
