"""The one engine of the service, in a process of its own: all who ask share its batches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from multiprocessing.connection import wait
from typing import Any

import cv2
import numpy as np

from vidocr.archive.shared import Door, Figures, Host, SharedModel
from vidocr.engines import LineEngine, OcrEngine
from vidocr.errors import EngineError, VidocrError
from vidocr.model import Box, Image, Line
from vidocr.ocr import make_detector
from vidocr.ocr.answers import Answer
from vidocr.ocr.choice import Wanted, makers
from vidocr.ocr.profiles import Profile
from vidocr.processes import starting
from vidocr.service.children import give_way

LOADING, READY = "loading", "ok"
_POLL_S = 0.2
_AGAIN_S = 5.0  # until what may pass is tried again
_DETECT_SIDE_PX = 1600  # of a page whose small print is to be found


class Desk:
    """Starts the engine, watches over it, and asks it.

    ``state`` is ``loading``, ``ok`` or why there is no engine.

    Args:
        wanted: which engine.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.door = Door.new()
        self.state = LOADING
        self.name = ""
        self.profile: Profile | None = None
        self._make = partial(make_engine, wanted)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="desk", daemon=True)

    def start(self) -> None:
        """Load the engine, beside all else."""
        self._thread.start()

    def close(self) -> None:
        """End the engine's process."""
        self._closing.set()
        self._thread.join()

    def lines(self, image: Image) -> list[Line]:
        """The lines that stand in a picture.

        Raises:
            EngineError: the engine failed, or is not there.
        """
        with closing(self._engine()) as engine:
            return list(engine.read([image])[0])

    def answer(self, image: Image, prompt: str) -> Answer:
        """What the model answers to a prompt; raises as ``lines``."""
        with closing(self._engine()) as engine:
            return engine.ask([image], prompt)[0]

    def figures(self) -> Figures:
        """What the engine was shown since it was started; nothing where it is not there."""
        try:
            with closing(self._engine()) as engine:
                return engine.figures()
        except EngineError:
            return Figures()

    def _engine(self) -> SharedModel:
        if self.state != READY:
            raise EngineError(f"the engine is not ready: {self.state}", may_pass=True)
        return SharedModel(self.door)

    def _watch(self) -> None:
        again = True
        while again and not self._closing.is_set():
            with starting():
                host = Host(self._make, self.door)
            try:
                while not self._closing.is_set() and self._look(host):
                    pass
                self.state = LOADING  # the next one
            except VidocrError as error:
                self.state, again = str(error), error.may_pass
                self._closing.wait(_AGAIN_S)
            finally:
                host.close()

    def _look(self, host: Host) -> bool:
        """Whether the process lives, after a moment."""
        if not wait([host.told], _POLL_S):
            return True
        if not host.look():
            return False
        with closing(SharedModel(self.door)) as engine:
            self.name, self.profile = engine.name, engine.profile
        self.state = READY
        return True


def make_engine(wanted: Wanted) -> Any:
    """In a process of its own: a model that answers prompts, or what reads whole pictures."""
    give_way()
    engine, model = makers(wanted)
    if model is not None:
        return model()
    assert engine is not None, "there is one of the two"
    return for_pictures(engine)


def for_pictures(make: Callable[[], OcrEngine | None]) -> OcrEngine:
    """An engine for whole pictures, out of one that is made for lines."""
    engine = make()
    assert engine is not None, "it is that of a language or of everything"
    return _Pages(engine) if isinstance(engine, LineEngine) else engine


class _Pages:
    """Finds all text of a picture, and reads it where it stands."""

    def __init__(self, engine: LineEngine) -> None:
        self.name = engine.name
        self.batch_size = engine.batch_size
        self._engine = engine
        self._detector = make_detector()

    def read(self, images: Sequence[Image]) -> list[list[Line]]:
        """As ``OcrEngine``, with boxes."""
        return [self._lines(image) for image in images]

    def _lines(self, image: Image) -> list[Line]:
        zoom = min(1.0, _DETECT_SIDE_PX / max(image.shape[:2]))
        luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        if zoom < 1:
            luma = cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
        found = self._detector.detect(np.asarray(luma, np.uint8))
        boxes = in_order([box.scaled(1 / zoom) for box in found])
        read = self._engine.read_at([image] * len(boxes), boxes)
        return [
            Line(line.text, box, line.confidence)
            for box, line in zip(boxes, read, strict=True)
            if line.text
        ]


def in_order(boxes: list[Box]) -> list[Box]:
    """Boxes as they are read: row by row, and each from left to right."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.y_centre):
        last = rows[-1][0] if rows else None
        if last and box.y_centre < last.y1 and box.y0 < last.y_centre:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box.x0)]
