"""Cues of finished films as lines of JSON, for a search index, a queue or a store."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from vidocr.errors import UsageError
from vidocr.model import Cue
from vidocr.output import explained

_LONGEST_LINE = 1 << 20


class Feed:
    """A file, or standard output, that grows by the cues of each film.

    The cues of a film are written together, before the film is recorded as done: after a crash
    they may come twice, and never are they lost. ``id`` is the same both times.

    Args:
        path: of the file; what is there stays, but for a line that a crash cut off.
        stream: used if there is no path.

    Raises:
        OutputError: the file can't be written.
        UsageError: another run writes to it.
    """

    def __init__(self, path: Path | None, stream: BinaryIO) -> None:
        self._name = Path("standard output") if path is None else path
        self._is_file = path is not None
        if path is None:
            self._file = stream
            return
        with explained(path):
            self._file = path.open("a+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise UsageError(
                f"{path}: another run writes its cues there; give each run a --jsonl of its own"
            ) from error
        with explained(path):
            _cut_half_line(self._file)

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_file:
            self._file.close()

    def add(self, film: str, name: str, cues: Sequence[Cue]) -> None:
        """Write the cues of a film, whose ids begin with ``name``.

        Raises:
            OutputError: the file can't be written.
        """
        lines = [_line(film, f"{name}-{number}", cue) for number, cue in enumerate(cues, 1)]
        content = memoryview("".join(lines).encode(errors="backslashreplace"))  # JSON's own
        with explained(self._name):
            while content:
                content = content[self._file.write(content) or 0 :]
            if self._is_file:
                os.fsync(self._file.fileno())
            else:
                self._file.flush()


def _line(film: str, name: str, cue: Cue) -> str:
    told = {
        "id": name,
        "film": film,
        "start_us": cue.start_us,
        "end_us": cue.end_us,
        "text": cue.text,
        "lines": list(cue.lines),
        "place": [round(value, 4) for value in cue.place],
        "confidence": round(cue.confidence, 4),
        "language": cue.language,
    }
    return json.dumps(told, ensure_ascii=False) + "\n"


def _cut_half_line(file: BinaryIO) -> None:
    """Cut off what comes after the last line's end: part of a cue, which is no longer than that."""
    end = file.seek(0, os.SEEK_END)
    start = max(0, end - _LONGEST_LINE)
    file.seek(start)
    half = file.read(end - start).rpartition(b"\n")[2]
    if half and b'{"id": "'.startswith(half[:8]):  # what is not a cue's is not ours
        file.truncate(end - len(half))
