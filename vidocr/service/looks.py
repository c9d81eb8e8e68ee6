"""Short looks at films, in processes that are kept for them."""

from __future__ import annotations

import base64
import queue
from functools import partial
from pathlib import Path
from typing import Any

from vidocr.errors import InputError
from vidocr.options import Options
from vidocr.service import work
from vidocr.service.children import Child, Limits, Task
from vidocr.service.refusals import full, unsupported

AT_ONCE_EACH = 2
"""Looks of one who asks, where people are told apart: a frame is seen beside a search for text."""

AT_ONCE = AT_ONCE_EACH + 1
"""Looks of all: one is left for others."""

_WAIT_S = 20.0
_NO_FILM = ("is no video file", "has no video stream")


class Looks:
    """Children that open a film for a moment. May be used from many threads.

    Args:
        limits: of each.
        longest_s: that a film may last.
        most_pixels: that it may have.
    """

    def __init__(self, limits: Limits, longest_s: float, most_pixels: int) -> None:
        self._longest_s = longest_s
        self._most_pixels = most_pixels
        self._idle: queue.SimpleQueue[Child] = queue.SimpleQueue()
        for _ in range(AT_ONCE):
            self._idle.put(Child(limits))

    def close(self) -> None:
        """End the processes, when they are done."""
        for _ in range(AT_ONCE):
            self._idle.get().close()

    def film(self, path: Path, name: str) -> dict[str, Any]:
        """What a film is, that people call ``name``.

        Raises:
            Refusal: 415, it is none; 429, too many ask.
            InputError: it can't be decoded, is too long or too large, or took too much.
        """
        task = partial(work.look, path, self._longest_s, self._most_pixels)
        try:
            return self._do(task, path, name)
        except InputError as error:
            if any(words in str(error) for words in _NO_FILM):
                raise unsupported(str(error)) from error
            raise

    def frame(self, path: Path, time_us: int, side: int, name: str) -> bytes:
        """The frame that shows at a time, as JPEG; raises as ``film``."""
        return base64.b64decode(
            self._do(partial(work.frame, path, time_us, side), path, name)["jpeg"]
        )

    def regions(self, path: Path, options: Options, name: str) -> list[dict[str, Any]]:
        """Where subtitles stand; raises as ``film``."""
        found: list[dict[str, Any]] = self._do(partial(work.regions, path, options), path, name)[
            "regions"
        ]
        return found

    def _do(self, task: Task, path: Path, name: str) -> dict[str, Any]:
        try:
            child = self._idle.get(timeout=_WAIT_S)
        except queue.Empty:
            raise full("too many films are looked at") from None
        try:
            return child.do(task)
        except InputError as error:
            raise InputError(named(str(error), path, name)) from error
        finally:
            self._idle.put(child)


def named(message: str, path: Path, name: str) -> str:
    """The message with the name that people know, and without our path."""
    told = message.replace(f"file:{path}", name).replace(str(path), name)
    return told if name in told else f"{name}: {told}"
