"""Tracks put in their places, so that a crash at any moment leaves them old or new, never half."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import TypeAlias

from vidocr.archive.storage import exists, is_address, local, read, send
from vidocr.errors import OutputError, UsageError
from vidocr.output import explained, output_file, write_all

_FOLDER = ".vidocr"
_LEDGER = "ledger.sqlite"
_RUN = "run-"

Written: TypeAlias = Mapping[str, Sequence[str]]
"""SHA-256 of the tracks that vidocr wrote, by their names below the root: of the last one, and of
the one before, which still stands there if a crash came between."""


class Places:
    """Where the tracks of a run go, and a folder of its own for what is not yet in its place.

    Args:
        root: folder or address below which the tracks stand.
        run: name of the run.
        overwrite: whether tracks that vidocr did not write, or that were changed since, may be
            replaced.
    """

    def __init__(self, root: str, run: str, *, overwrite: bool = False) -> None:
        place = local(root)
        self._root = place if is_address(place) else os.path.abspath(place)  # noqa: PTH100  # unresolved
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

    def sweep(self, runs: Callable[[], Set[str]]) -> None:
        """Remove the folders of runs that are no more; what can't be stays for the next run."""
        assert self._work is not None, "the run has entered"
        found = list(self._work.parent.glob(f"{_RUN}*"))  # before: a run may enter meanwhile
        known = runs()
        for old in found:
            if old.name.removeprefix(_RUN) not in known:
                shutil.rmtree(old, ignore_errors=True)

    def leave(self) -> None:
        """Remove the run's folder; what can't be is swept by the next run."""
        if self._work:
            shutil.rmtree(self._work, ignore_errors=True)

    def drop(self, number: int) -> None:
        """Remove what was kept of a film that is read no more."""
        assert self._work is not None, "the run has entered"
        for left in self._work.glob(f"{number}.*"):
            left.unlink(missing_ok=True)

    def of(self, stem: str, endings: Iterable[str]) -> dict[str, str]:
        """The name of a film's track with each ending, below the root."""
        return {each: f"{stem}.{each}" for each in endings}

    def _at(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def check(self, names: Iterable[str], written: Written) -> None:
        """Refuse to replace what is no track of vidocr's, or was changed since.

        Raises:
            OutputError: something else stands there.
        """
        for name in names if not self._overwrite else ():
            there = self._digest_at(name)
            if there is None or there in written.get(name, ()):
                continue
            how = "was changed since vidocr wrote it" if name in written else "exists already"
            raise OutputError(
                f"{self._at(name)}: {how}; replace it with --overwrite, or move it away and give "
                "--retry-failed"
            )

    def stand(self, written: Written) -> bool:
        """Whether all tracks stand in their places as they were written last."""
        return bool(written) and all(
            self._digest_at(name) == digests[0] for name, digests in written.items()
        )

    def _digest_at(self, name: str) -> str | None:
        """SHA-256 of what stands there, or None; copies of films are not held in memory."""
        place = self._at(name)
        if is_address(place):
            there = read(place)
            return None if there is None else _digest(there)
        return digest_of(Path(place))

    def exist(self, names: Iterable[str]) -> bool:
        """Whether something stands in all places, be it as it was written or mended since."""
        return all(exists(self._at(name)) for name in names)

    def put(
        self,
        number: int,
        tracks: Mapping[str, str],
        copies: Mapping[str, Path],
        names: Mapping[str, str],
    ) -> None:
        """Write the tracks of a film, and rename them and the copies into their places.

        Raises:
            OutputError: one can't be written.
        """
        for ending, text in tracks.items():
            place, content = self._at(names[ending]), text.encode()
            if is_address(place):
                send(place, content)
            else:
                self._move(f"{number}.{ending}", Path(place), content)
        for ending, copy in copies.items():
            target = Path(self._at(names[ending]))
            with explained(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                copy.replace(target)

    def _move(self, part_name: str, target: Path, content: bytes) -> None:
        assert self._work is not None, "the run has entered"
        with explained(target):
            self._work.mkdir(exist_ok=True)  # others may have taken this run for dead
            target.parent.mkdir(parents=True, exist_ok=True)
            part = self._work / part_name
            with part.open("wb", buffering=0) as file:
                write_all(file, content)
            try:
                part.replace(target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                part.unlink()
                with output_file(target, overwrite=True) as write:  # beside it, on its disk
                    write(content.decode())


def with_digests(
    written: Written,
    tracks: Mapping[str, str],
    copies: Mapping[str, Path],
    names: Mapping[str, str],
) -> dict[str, list[str]]:
    """``written`` when these, too, are; what stood in their places before may still."""
    new = {names[ending]: _digest(text.encode()) for ending, text in tracks.items()}
    new |= {names[ending]: digest_of(copy) or "" for ending, copy in copies.items()}
    known = {name: [*digests] for name, digests in written.items()}
    return known | {name: [digest, *known.get(name, [])[:1]] for name, digest in new.items()}


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
    """Where runs keep what is not yet in its place: on the disk of the tracks, to be renamed.

    Each ledger has one of its own, for runs sweep those that their ledger doesn't know.
    """
    place = local(root)
    own = hashlib.sha256(os.fsencode(ledger.absolute())).hexdigest()[:8]
    folder = (ledger.parent if is_address(place) else Path(place) / _FOLDER) / f"work-{own}"
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def refuse_among(root: str, films: Iterable[str], paths: Iterable[str]) -> None:
    """Refuse to put copies of films where the next run would take them for films.

    Args:
        root: where they are to go.
        films: that are read.
        paths: of folders that are looked through for films.

    Raises:
        UsageError: they would lie among the films, or at an address.
    """
    place = local(root)
    if is_address(place):
        raise UsageError(f"--mux: copies of films go to a folder; {root} is an address")
    target = Path(place).resolve()
    among = [film for film in films if Path(film).resolve().is_relative_to(target)]
    among += [path for path in paths if target.is_relative_to(Path(local(path)).resolve())]
    if among:
        raise UsageError(
            f"--mux: in {root} the next run would take the copies for films, as {among[0]}; "
            "give -o another folder"
        )


def digest_of(path: Path) -> str | None:
    """SHA-256 of a file, or None if there is none.

    Raises:
        OutputError: it can't be read.
    """
    with explained(path):
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
