"""A crew on many machines: Ray runs a task for each film, and actors that hold the model.

https://docs.ray.io/en/latest/ray-core/fault-tolerance.html says what Ray does where a process
or a machine is lost. Calls are simply run again here; a film that was lost is the batch's to try
again.
"""

from __future__ import annotations

import os
import pickle
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from vidocr.archive.crew import Event, Failed, Read
from vidocr.archive.work import FilmReader, MakeReader, Order, Outcome, whatever_comes
from vidocr.engines import OcrEngine
from vidocr.errors import DependencyError, EngineError, InputError, VidocrError
from vidocr.model import Image, Line
from vidocr.ocr.batching import BatchingEngine

_CALLS_AT_ONCE = 256
_KNOCK_S = 10.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the work is done.

    Args:
        address: of the cluster; ``auto`` finds it.
        at_once: films at once; None for as many as the cluster has cores.
        models: copies of the model; None for as many as the cluster has GPUs, at least one.
        gpus: share of a GPU that a copy takes; None for a whole one where there are any.
    """

    address: str
    at_once: int | None = None
    models: int | None = None
    gpus: float | None = None


class RayCrew:
    """Films read as tasks of Ray; as ``Crew``. Paths have to lead to the films on all machines.

    Args:
        make_reader: called once in each of Ray's processes.
        cluster: where.
        make_model: makes the model, in actors that all films share.

    Raises:
        DependencyError: Ray is missing, or there is no cluster.
    """

    def __init__(
        self,
        make_reader: MakeReader,
        cluster: Cluster,
        make_model: Callable[[], OcrEngine] | None = None,
    ) -> None:
        self._ray = _ray()
        self._cluster = cluster
        self._make_reader = make_reader
        self._make_model = make_model
        self._orders: dict[Any, Order] = {}
        self._actors: list[Any] = []
        self._size = 0

    def __enter__(self) -> RayCrew:
        try:
            _knock(self._cluster.address)
            self._ray.init(address=self._cluster.address, log_to_driver=False)
        except (OSError, ValueError, RuntimeError) as error:
            why = " ".join(str(error).split())
            raise DependencyError(
                f"Ray: there is no cluster at {self._cluster.address} ({why}); start one with "
                "`ray start --head`, or check --ray"
            ) from error
        total = self._ray.cluster_resources()
        self._size = self._cluster.at_once or max(1, int(total.get("CPU", 1)))
        self._actors = self._models(int(total.get("GPU", 0)))  # they end when nobody holds them
        self._readers = self._ray.put(pickle.dumps((self._make_reader, self._actors)))
        self._task = self._ray.remote(num_cpus=1, max_retries=0)(_film)
        return self

    def _models(self, gpus: int) -> list[Any]:
        """Handles of the actors, once they have loaded the model."""
        if self._make_model is None:
            return []
        share = self._cluster.gpus if self._cluster.gpus is not None else float(gpus > 0)
        # Only endless restarts and retries lost no call when an actor died; a share of a CPU
        # would let actors that start anew and tasks wait for each other.
        actor = self._ray.remote(
            num_cpus=0,
            num_gpus=share,
            max_restarts=-1,
            max_task_retries=-1,
            max_concurrency=_CALLS_AT_ONCE,
        )(_Model)
        models = [actor.remote(self._make_model) for _ in range(self._cluster.models or gpus or 1)]
        for model in models:
            about = self._ray.get(model.about.remote())
            if isinstance(about, VidocrError):
                raise about
        return models

    def __exit__(self, *_: object) -> None:
        for task in self._orders:
            self._ray.cancel(task, force=True)
        self._orders.clear()
        self._ray.shutdown()

    @property
    def room(self) -> int:
        """As ``Crew``."""
        return self._size - len(self._orders)

    @property
    def busy(self) -> int:
        """As ``Crew``."""
        return len(self._orders)

    def give(self, order: Order) -> None:
        """As ``Crew``."""
        task = self._task.remote(self._readers, order)
        self._orders[task] = order

    def events(self, timeout_s: float) -> Iterator[Event]:
        """As ``Crew``; how far a film is does not become known."""
        tasks = list(self._orders)
        if not tasks:
            time.sleep(timeout_s)
        ready, _ = self._ray.wait(tasks, num_returns=1, timeout=timeout_s) if tasks else ((), ())
        for task in ready:
            yield self._event(self._orders.pop(task), task)

    def _event(self, order: Order, task: Any) -> Event:
        try:
            said = self._ray.get(task)
        except self._ray.exceptions.RayError as error:
            why = " ".join(str(error).split())[-300:]
            return Failed(
                order.number,
                InputError(
                    f"{order.source}: the process that read it died ({why}); convert the film, "
                    "e.g. to H.264, if this happens again",
                    may_pass=True,
                ),
                is_read=False,
            )
        if isinstance(said, DependencyError) and not said.may_pass:
            raise said
        if isinstance(said, VidocrError):
            return Failed(order.number, said)
        return Read(order.number, said)


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise DependencyError("Ray: is not installed; pip install 'vidocr[ray]'") from error
    return ray


def _knock(address: str) -> None:
    """Raise an OSError if nobody is there: Ray itself would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_S).close()


def _film(readers: bytes, order: Order) -> Outcome | VidocrError:
    """The task of a film, in a process of Ray's."""
    with tempfile.TemporaryDirectory(prefix="vidocr-") as scratch:
        try:
            reader = _reader(readers)
        except VidocrError as error:
            return error
        return whatever_comes(reader, replace(order, scratch=Path(scratch)), _untold)


def _untold(done_us: int, total_us: int | None) -> None:
    """Nobody is told."""


@cache
def _reader(readers: bytes) -> FilmReader:
    """Made once in a process, which reads many films."""
    make_reader, models = pickle.loads(readers)
    reader: FilmReader = make_reader((lambda: _RayModel(models)) if models else None)
    return reader


class _Model:
    """The actor that holds the model."""

    def __init__(self, make_model: Callable[[], OcrEngine]) -> None:
        self._engine: BatchingEngine | None = None
        self._error: VidocrError | None = None
        try:
            self._engine = BatchingEngine(make_model())
        except VidocrError as error:
            self._error = error

    def about(self) -> tuple[str, int] | VidocrError:
        """Name and batch size of the model, or why there is none."""
        if self._engine is None:
            assert self._error is not None
            return self._error
        return self._engine.name, self._engine.batch_size

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]] | VidocrError:
        """As ``OcrEngine``; an error is given back."""
        assert self._engine is not None, "who asks has heard that it is there"
        try:
            return self._engine.read(images)
        except VidocrError as error:
            return error
        except Exception as error:  # a bug, or a library's: it belongs to who asked
            return EngineError(f"engine {self._engine.name} failed: {error}; report this")


class _RayModel:
    """A way to the actors, each film to one of them; as ``OcrEngine``."""

    def __init__(self, models: Sequence[Any]) -> None:
        self._ray = _ray()
        self._model = models[int.from_bytes(os.urandom(4)) % len(models)]
        about = self._ray.get(self._model.about.remote())
        if isinstance(about, VidocrError):  # of one that was started anew elsewhere
            raise about
        self.name, self.batch_size = about

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """As ``OcrEngine``."""
        answer = self._ray.get(self._model.read.remote(images))
        if isinstance(answer, VidocrError):
            raise answer
        read: Sequence[Sequence[Line]] = answer
        return read
