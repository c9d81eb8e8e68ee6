"""Where the tracks of one film go: files named by the user, those beside them, standard output."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vidocr import tracks
from vidocr.errors import InputError, OutputError, UsageError
from vidocr.output import output_file, write_stream

_STREAM = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """A place for a track; without a path it is standard output."""

    path: Path | None
    format: str

    @property
    def name(self) -> str:
        """What a person calls it."""
        return "standard output" if self.path is None else str(self.path)


def targets_of(source: Path, outputs: Sequence[str], formats: Sequence[str]) -> tuple[Target, ...]:
    """The places that the command line asks for.

    Args:
        source: the film, or the track that is translated; tracks go beside it if no place is named.
        outputs: paths, or ``-`` for standard output.
        formats: of the tracks; by the endings of ``outputs`` if none is given.

    Raises:
        InputError: ``source`` is a folder.
        OutputError: a path is a folder.
        UsageError: an ending names no format, or a place is named twice.
    """
    if not outputs:
        if not source.name:
            raise InputError(f"{source}: is a folder; name a video file in it")
        known = dict.fromkeys(formats or tracks.formats()[:1])
        return tuple(Target(source.with_suffix(f".{each}"), each) for each in known)
    if len(formats) > 1:
        raise UsageError("--format: with -o it may be given once; name a file for each format")
    found = tuple(_target(output, *formats) for output in outputs)
    places = [target.path and os.path.realpath(target.path) for target in found]
    for target, place in zip(found, places, strict=True):
        if places.count(place) > 1:
            raise UsageError(f"{target.name}: is given twice with -o; name each place once")
    return found


def _target(output: str, format: str | None = None) -> Target:
    if output == _STREAM:
        return Target(None, format or tracks.formats()[0])
    path = Path(output)
    if os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises where it may not look
        raise OutputError(f"{path}: is a folder; give the name of a file with -o")
    ending = path.suffix.lower().removeprefix(".")
    if format is None and ending not in tracks.formats():
        raise UsageError(
            f"{output}: the ending names no format of a track; give --format, or one of the "
            f"endings {', '.join('.' + known for known in tracks.formats())}"
        )
    return Target(path, format or ending)


class Tracks:
    """The places, held open so that what would hinder the writing shows before the work.

    Args:
        targets: for the track that bears the name that was asked for.
        stream: standard output.
        overwrite: replace files that are there.
        parted: there is no such track, but one for each language.
    """

    def __init__(
        self,
        targets: Iterable[Target],
        stream: BinaryIO,
        *,
        overwrite: bool = False,
        parted: bool = False,
    ) -> None:
        self._targets = tuple(targets)
        self._stream = stream
        self._overwrite = overwrite
        self._parted = parted
        self._stack = ExitStack()
        self._writers: dict[Target, Callable[[str], None]] = {}
        self._missed: list[str] = []

    def __enter__(self) -> Tracks:
        with ExitStack() as stack:
            for target in self._targets:
                self._writers[target] = self._writer(target, stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _writer(self, target: Target, stack: ExitStack) -> Callable[[str], None]:
        if target.path is None:
            if self._parted:
                raise UsageError("a track for each language needs files; name one with -o")
            return lambda text: write_stream(self._stream, text)
        place = beside(target.path, "und") if self._parted else target.path
        return stack.enter_context(output_file(place, overwrite=self._overwrite or self._parted))

    def write(self, tag: str, render: Callable[[str], str]) -> list[str]:
        """Write a track in each format; returns the names of the places.

        Args:
            tag: the language in the name, or empty for the track that was asked for.
            render: gives the text in a format.

        Raises:
            OutputError: a file can't be written. Of tracks with a language, whose names show after
                the work, ``check`` tells; they are kept beside their places.
        """
        written = []
        for target in self._targets:
            text = render(target.format)
            if not tag:
                self._writers[target](text)
                written.append(target.name)
            elif target.path is not None:
                written.append(str(self._put(beside(target.path, tag), text)))
        return written

    def _put(self, place: Path, text: str) -> Path:
        try:
            with output_file(place, overwrite=self._overwrite) as write:
                write(text)
        except OutputError as error:
            kept = beside(place, "partial")
            with output_file(kept, overwrite=True) as write:
                write(text)
            self._missed.append(f"{error}; what was to go there is in {kept}")
            return kept
        return place

    def check(self) -> None:
        """Whether all is in its place.

        Raises:
            OutputError: some tracks are kept beside theirs.
        """
        if self._missed:
            raise OutputError("; ".join(self._missed))


def beside(path: Path, tag: str) -> Path:
    """``subs.srt`` with a tag: ``subs.zh.srt``."""
    return path.with_suffix(f".{tag}{path.suffix}")
