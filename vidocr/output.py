"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO, TextIO

from vidocr.errors import OutputError

_Write = Callable[[str], None]

_FIXES = {
    errno.ENOENT: "create the folder first",
    errno.ENOTDIR: "give a path whose parts are folders",
    errno.EEXIST: "a file is where a folder should be: give another place with {flag}",
    errno.EACCES: "allow writing there, or give another place with {flag}",
    errno.EPERM: "allow writing there, or give another place with {flag}",
    errno.EROFS: "give a place with {flag} that is not read-only",
    errno.ENOSPC: "free some space, or give another place with {flag}",
    errno.EDQUOT: "free some of your quota, or give another place with {flag}",
    errno.ENAMETOOLONG: "give a shorter name with {flag}",
}


@dataclass(frozen=True, slots=True)
class _Part:
    """A file beside the place of a target, by whose name it is called when it is whole.

    ``mode`` is that of what stood there when the work began, or None.
    """

    target: Path
    overwrite: bool
    mode: int | None
    place: Path
    path: Path

    def put(self) -> None:
        """Rename it over the target, which may have come into being during the work."""
        _refuse_existing(self.target, _mode(self.target), self.overwrite)
        if self.mode is not None:
            self.path.chmod(stat.S_IMODE(self.mode))
        self.path.replace(self.place)


@contextmanager
def output_file(
    target: Path, *, overwrite: bool = False, permissions: int = 0o666
) -> Iterator[_Write]:
    """Open ``target`` for a text that is known only at the end of the work in the block.

    What would hinder the writing is found on entry, before the work. The function that the
    block gets writes the whole text, in UTF-8: beside the target, and renamed over it. A
    block that raises, or doesn't write, leaves nothing behind and the target as it was.

    Args:
        target: A link is followed. A device or pipe is written to as it is.
        overwrite: Replace a file that is there.
        permissions: Of a new file, less those that the process gives to none.

    Raises:
        OutputError: The folder is missing or read-only, the disk is full, the target is a
            folder or exists.
    """
    with explained(target):
        mode = _mode(target)
    if _is_special(mode):
        yield lambda text: _write_through(target, text)
        return
    with _aside(target, mode, overwrite, permissions) as (part, file):

        def write(text: str) -> None:
            with explained(target):
                write_all(file, text.encode())
                part.put()

        yield write


@contextmanager
def output_stream(target: Path, *, overwrite: bool = False) -> Iterator[FileIO]:
    """Open ``target`` for bytes that are written while the work in the block goes on.

    They are written beside the target, which they replace when the block is left. A block that
    raises leaves nothing behind and the target as it was; its OSErrors are taken for those of
    the target.

    Args:
        target: A link is followed.
        overwrite: Replace a file that is there.

    Raises:
        OutputError: As ``output_file``, and where the target is a device or pipe.
    """
    with explained(target):
        mode = _mode(target)
    if _is_special(mode):
        raise OutputError(f"{target}: is a pipe or device; give the name of a file")
    with _aside(target, mode, overwrite) as (part, file), explained(target):
        yield file
        _settle(file)
        part.put()


@contextmanager
def _aside(
    target: Path, mode: int | None, overwrite: bool, permissions: int = 0o666
) -> Iterator[tuple[_Part, FileIO]]:
    """A new file beside the target, which is gone at the end unless it was put in place."""
    with explained(target):
        _refuse_existing(target, mode, overwrite)
        place = target.resolve()
        path = place.with_name(f".vidocr-{secrets.token_hex(6)}.part")
        # Not tempfile: its files can be read by their owner alone, and stay so when renamed.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, permissions)
    try:
        # Unbuffered: on a full disk, close would try again to write what is in the buffer.
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            yield _Part(target, overwrite, mode, place, path), file
    finally:
        path.unlink(missing_ok=True)


def write_stream(stream: BinaryIO, text: str) -> None:
    """Write a text in UTF-8 to standard output or a stream like it.

    Whoever reads it may have seen enough and gone: that is no error.

    Raises:
        OutputError: The stream can't be written, because the disk is full, for example.
    """
    with suppress(BrokenPipeError), writing_to(stream):
        stream.write(text.encode())
        stream.flush()


@contextmanager
def writing_to(stream: BinaryIO | TextIO) -> Iterator[None]:
    """Write to standard output in this block; what hinders it is said.

    Raises:
        OutputError: it can't be written, because the disk is full, for example.
        BrokenPipeError: nobody reads it any more.
    """
    try:
        yield
    except OSError as error:
        # Else Python tries once more to write when it exits, and complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise _output_error("standard output", error) from error


def _is_special(mode: int | None) -> bool:
    """Whether what is there is a device, a pipe or the like."""
    return mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _mode(target: Path) -> int | None:
    """Type and permissions of what is there, or None."""
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None


def _refuse_existing(target: Path, mode: int | None, overwrite: bool) -> None:
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        raise OutputError(f"{target}: is a folder; give the name of a file with -o")
    if not overwrite:
        raise OutputError(
            f"{target}: exists already; replace it with --overwrite, or give another name with -o"
        )
    if not os.access(target, os.W_OK):
        raise OutputError(
            f"{target}: is read-only; allow writing to it, or give another name with -o"
        )


def write_all(file: FileIO, content: bytes) -> None:
    """Write it, be sure that it is on the disk, and close the file."""
    write_whole(file, content)
    _settle(file)


def write_whole(file: FileIO, content: bytes) -> None:
    """Write all of it; one call alone writes what there is room for, and says nothing."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


class Sink:
    """A file for PyAV: what it writes is written whole, or ``failure`` says why not."""

    def __init__(self, file: FileIO) -> None:
        self.failure: OSError | None = None
        self.seek, self.tell = file.seek, file.tell
        self._file = file

    def write(self, content: bytes) -> int:
        """Write all of it, and give its size."""
        try:
            write_whole(self._file, content)
        except OSError as error:
            self.failure = error
            raise
        return len(content)


def _settle(file: FileIO) -> None:
    os.fsync(file.fileno())
    file.close()  # some systems rename no open file


def _write_through(target: Path, text: str) -> None:
    with explained(target), target.open("wb") as file:
        file.write(text.encode())


@contextmanager
def explained(target: Path, flag: str = "-o") -> Iterator[None]:
    """Say of an OSError what could not be written, why, and what to do.

    Args:
        target: what is written.
        flag: the one that gives its place.

    Raises:
        OutputError: instead of the OSError.
    """
    try:
        yield
    except OSError as error:
        raise _output_error(str(target), error, flag) from error


def _output_error(name: str, error: OSError, flag: str = "-o") -> OutputError:
    fix = _FIXES.get(error.errno or 0, "give another place with {flag}").format(flag=flag)
    message = f"{name}: can't be written: {error.strerror}; {fix}"
    return OutputError(message, errno=error.errno)
