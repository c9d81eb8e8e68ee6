"""What the stages ask of those that find and read text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

from vidocr.errors import EngineError
from vidocr.model import Box, Image, Line, Luma

_Answer = TypeVar("_Answer")


class TextDetector(Protocol):
    """Finds lines of text in a picture."""

    def detect(self, luma: Luma) -> Sequence[Box]:
        """Boxes of text in px of ``luma``."""
        ...


class OcrEngine(Protocol):
    """Reads text in pictures, best in batches of ``batch_size``."""

    name: str
    batch_size: int

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """Lines of each picture, top to bottom; same length and order as ``images``."""
        ...


@runtime_checkable
class LineEngine(OcrEngine, Protocol):
    """An engine that need not look for a line of which it is told where it stands."""

    def read_at(self, images: Sequence[Image], boxes: Sequence[Box]) -> Sequence[Line]:
        """The one line of each picture that stands in its box; same length and order."""
        ...


@runtime_checkable
class Interruptible(Protocol):
    """An engine that may have to wait for others, and can be told to wait no longer."""

    def interrupt(self) -> None:
        """End the calls that are under way, from any thread: they raise."""
        ...


def answers_of(engine: OcrEngine, pictures: Sequence[Image]) -> Sequence[Sequence[Line]]:
    """What the engine reads, a list of lines for each picture.

    Raises:
        EngineError: it failed, or answered with more or fewer readings than pictures.
    """
    return _one_each(engine, pictures, engine.read(pictures))


def lines_at(engine: LineEngine, pictures: Sequence[Image], boxes: Sequence[Box]) -> Sequence[Line]:
    """What the engine reads in the box of each picture.

    Raises:
        EngineError: it failed, or answered with more or fewer lines than pictures.
    """
    return _one_each(engine, pictures, engine.read_at(pictures, boxes))


def _one_each(
    engine: OcrEngine, pictures: Sequence[Image], answers: Sequence[_Answer]
) -> Sequence[_Answer]:
    if len(answers) != len(pictures):
        raise EngineError(
            f"engine {engine.name} failed: it read {len(answers)} of {len(pictures)} pictures; "
            "report this with the film"
        )
    return answers
