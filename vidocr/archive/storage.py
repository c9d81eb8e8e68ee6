"""Files where they are: on a disk, or at any address that fsspec knows (``s3://``, ``gs://``)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from vidocr.errors import DependencyError, InputError, OutputError, VidocrError

EXTRA = "pip install 'vidocr[remote]'"
_SAMPLE_BYTES = 64 * 1024
_STAMPS = ("LastModified", "last_modified", "mtime", "updated", "ETag", "etag", "md5Hash")


class Mark(NamedTuple):
    """What tells a file from another one, or from what it was before."""

    size: int
    modified: str
    sample: str


def is_address(place: str) -> bool:
    """Whether it is an address, and no path."""
    return re.match(r"\w{2,}://", place) is not None


def local(place: str) -> str:
    """An address of a file of this machine as its path; others as they are."""
    parts = urlsplit(place)
    return unquote(parts.path) if place.startswith("file://") else place


def mark(place: str) -> Mark:
    """The file's size, its time or tag, and a hash of its beginning, middle and end.

    Raises:
        InputError: it can't be read.
        DependencyError: a package is missing for such addresses.
    """
    if is_address(place):
        return _mark_there(place)
    try:
        status = Path(place).stat()
        if not S_ISREG(status.st_mode):
            raise InputError(f"{place}: is a pipe or device; save the film to a file first")
        with Path(place).open("rb") as file:
            taken = hashlib.sha256()
            for start in _samples(status.st_size):
                file.seek(start)
                taken.update(file.read(_SAMPLE_BYTES))
    except OSError as error:
        raise InputError(f"{place}: can't be read ({error.strerror}); check the file") from error
    return Mark(status.st_size, str(status.st_mtime_ns), taken.hexdigest()[:32])


def _samples(size: int) -> tuple[int, ...]:
    return tuple(sorted({0, max(0, (size - _SAMPLE_BYTES) // 2), max(0, size - _SAMPLE_BYTES)}))


def _mark_there(place: str) -> Mark:
    with _explained(place, InputError):
        system, path = _system(place)
        told = system.info(path)
        size = int(told["size"])
        taken = hashlib.sha256()
        for start in _samples(size):
            taken.update(system.cat_file(path, start=start, end=min(size, start + _SAMPLE_BYTES)))
    return Mark(size, _stamp(told), taken.hexdigest()[:32])


def _stamp(told: dict[str, Any]) -> str:
    return next((str(told[name]) for name in _STAMPS if told.get(name)), "")


class Found(NamedTuple):
    """A file at an address; ``name`` is relative to where it was looked for, its own if alone."""

    address: str
    name: str
    size: int
    modified: str
    is_alone: bool


def found_below(place: str) -> Iterator[Found]:
    """The files below an address, or at it.

    Raises:
        InputError: it can't be listed.
        DependencyError: a package is missing for such addresses.
    """
    with _explained(place, InputError):
        system, root = _system(place)
        root = root.rstrip("/")
        files = sorted(system.find(root, detail=True).items())
        if not files:
            raise InputError(f"{place}: there is nothing; check the address")
        for path, told in files:
            is_alone = path == root
            name = path.rsplit("/", 1)[-1] if is_alone else path[len(root) + 1 :]
            address = place if is_alone else f"{place.rstrip('/')}/{name}"
            size = int(told.get("size") or 0)
            yield Found(address, name, size, _stamp(told), is_alone)


def fetch(place: str, target: Path, told: Callable[[], None]) -> None:
    """Copy a file from an address; ``told`` is called on the way, as long as it goes on.

    Raises:
        InputError: it can't be had.
        DependencyError: a package is missing for such addresses.
    """
    with _explained(place, InputError):
        system, path = _system(place)
        from fsspec.callbacks import Callback

        hooks = {"told": lambda size, value, **_: told()}
        system.get_file(path, str(target), callback=Callback(hooks=hooks))


def read(place: str) -> bytes | None:
    """What a file holds; None if there is none.

    Raises:
        OutputError: it can't be read.
        DependencyError: a package is missing for such addresses.
    """
    try:
        if not is_address(place):
            return Path(place).read_bytes()
        with _explained(place, OutputError):
            system, path = _system(place)
            return bytes(system.cat_file(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{place}: can't be read: {error.strerror}; check it") from error


def exists(place: str) -> bool:
    """Whether there is such a file.

    Raises:
        OutputError: it can't be told.
        DependencyError: a package is missing for such addresses.
    """
    if not is_address(place):
        return os.path.exists(place)  # noqa: PTH110  # Path.exists raises where it may not look
    with _explained(place, OutputError):
        system, path = _system(place)
        return bool(system.exists(path))


def send(place: str, content: bytes) -> None:
    """Write a file at an address, whole: stores of objects show it when it is complete.

    Raises:
        OutputError: it can't be written.
        DependencyError: a package is missing for such addresses.
    """
    with _explained(place, OutputError):
        system, path = _system(place)
        system.makedirs(system._parent(path), exist_ok=True)
        system.pipe_file(path, content)


def _system(place: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(place)
    except ImportError as error:
        raise DependencyError(
            f"{place}: such addresses need a package ({error}); {EXTRA}, and what fsspec "
            "names for them, as s3fs or gcsfs"
        ) from error
    except ValueError as error:
        raise InputError(f"{place}: no such kind of address ({error}); check it") from error
    return system, path


@contextmanager
def _explained(place: str, kind: type[VidocrError]) -> Iterator[None]:
    try:
        yield
    except (VidocrError, FileNotFoundError) as error:
        if isinstance(error, VidocrError) or kind is OutputError:
            raise
        raise kind(f"{place}: there is no such file; check the address") from error
    except Exception as error:  # each kind of store raises errors of its own
        why = " ".join(str(error).split()) or type(error).__name__
        away = not isinstance(error, PermissionError)
        raise kind(
            f"{place}: can't be reached ({why}); check address and rights", may_pass=away
        ) from error
