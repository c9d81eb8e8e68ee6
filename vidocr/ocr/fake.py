"""An engine for tests: answers what it is told, or fails on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vidocr.model import Box, Image, Line


class FakeEngine:
    """Reads each picture with ``answer``, by default as one line that tells its size."""

    name = "fake"
    batch_size = 4

    def __init__(self, answer: Callable[[Image], Sequence[Line]] | None = None) -> None:
        self._answer = answer or _size_line
        self.batches: list[int] = []

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        """One answer a picture, in order; the sizes of the batches are kept."""
        self.batches.append(len(images))
        return [self._answer(image) for image in images]


def _size_line(image: Image) -> list[Line]:
    height, width = image.shape[:2]
    return [Line(f"{width} by {height}", Box(0, 0.25 * height, width, 0.75 * height), 1.0)]
