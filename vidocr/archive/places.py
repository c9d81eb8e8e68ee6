"""Tracks put in their places, so that a crash at any moment leaves them old or new, never half."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Set
from pathlib import Path

from vidocr.archive.storage import exists, is_address, local, read, send
from vidocr.errors import OutputError
from vidocr.output import explained

_FOLDER = ".vidocr"
_LEDGER = "ledger.sqlite"
_RUN = "run-"


class Places:
    """Where the tracks of a run go, and a folder of its own for what is not yet in its place.

    Args:
        root: folder or address below which the tracks stand.
        ledger: file of the ledger; below ``root`` if not given.
        run: name of the run.
        overwrite: whether tracks that vidocr did not write, or that were changed since, may be
            replaced.

    Raises:
        OutputError: ``root`` is an address and no ledger was given, or can't be written.
    """

    def __init__(self, root: str, run: str, *, overwrite: bool = False) -> None:
        place = local(root)
        self._root = place if is_address(place) else os.path.abspath(place)  # noqa: PTH100  # as is
        self._overwrite = overwrite
        self._run = run
        self._work: Path | None = None

    def enter(self, folder: Path) -> Path:
        """Make the run's folder below ``folder``.

        Raises:
            OutputError: it can't be made.
        """
        with explained(folder):
            self._work = folder / f"{_RUN}{self._run}"
            self._work.mkdir()
        return self._work

    def sweep(self, runs: Set[str]) -> None:
        """Remove the folders of runs that are no more."""
        assert self._work is not None, "the run has entered"
        for old in self._work.parent.glob(f"{_RUN}*"):
            if old.name.removeprefix(_RUN) not in runs:
                shutil.rmtree(old, ignore_errors=True)

    def leave(self) -> None:
        """Remove the run's folder."""
        if self._work:
            shutil.rmtree(self._work, ignore_errors=True)

    def of(self, stem: str, formats: tuple[str, ...]) -> dict[str, str]:
        """The place of a film's track in each format."""
        return {each: f"{self._root.rstrip('/')}/{stem}.{each}" for each in formats}

    def check(self, places: Mapping[str, str], written: Mapping[str, str]) -> None:
        """Refuse to replace what is no track of vidocr's, or was changed since.

        Args:
            places: by format, where tracks are to stand.
            written: the SHA-256 of what vidocr wrote, by place.

        Raises:
            OutputError: something else stands there.
        """
        for place in places.values() if not self._overwrite else ():
            there = read(place)
            if there is None or _digest(there) == written.get(place):
                continue
            how = "was changed since vidocr wrote it" if place in written else "exists already"
            raise OutputError(f"{place}: {how}; replace it with --overwrite, or move it away")

    def stand(self, written: Mapping[str, str]) -> bool:
        """Whether all tracks stand in their places as they were written."""
        return bool(written) and all(
            (there := read(place)) is not None and _digest(there) == digest
            for place, digest in written.items()
        )

    def exist(self, written: Mapping[str, str]) -> bool:
        """Whether something stands in all places, be it as it was written or mended since."""
        return bool(written) and all(map(exists, written))

    def put(self, number: int, tracks: Mapping[str, str], places: Mapping[str, str]) -> None:
        """Write the tracks of a film and rename them into their places.

        Raises:
            OutputError: one can't be written.
        """
        assert self._work is not None, "the run has entered"
        for format, text in tracks.items():
            place, content = places[format], text.encode()
            if is_address(place):
                send(place, content)
                continue
            target, part = Path(place), self._work / f"{number}.{format}"
            with explained(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(part, content)
                part.replace(target)


def digests(tracks: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    """The SHA-256 of each track, by its place."""
    return {places[format]: _digest(text.encode()) for format, text in tracks.items()}


def ledger_of(root: str, ledger: Path | None, *, make: bool) -> Path:
    """Where the ledger stands, its folder made if it is to be.

    Raises:
        OutputError: the tracks go to an address and no ledger was given, or its folder can't
            be made.
    """
    place = local(root)
    if ledger is None and is_address(place):
        raise OutputError(f"{root}: is an address, where no ledger can stand; give --ledger FILE")
    path = ledger or Path(place) / _FOLDER / _LEDGER
    if make:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
    return path


def work_folder(root: str, ledger: Path) -> Path:
    """Where runs keep what is not yet in its place: on the disk of the tracks, to be renamed."""
    place = local(root)
    folder = ledger.parent if is_address(place) else Path(place) / _FOLDER
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb", buffering=0) as file:
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) or 0 :]
        os.fsync(file.fileno())
