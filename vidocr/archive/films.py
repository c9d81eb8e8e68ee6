"""Which films there are: in folders, behind patterns, on lists and at addresses."""

from __future__ import annotations

import glob
import mimetypes
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Literal

from vidocr.archive.storage import found_below, is_address, local
from vidocr.errors import InputError

Order = Literal["name", "size", "newest"]

FILM_ENDINGS = frozenset(
    [
        ".3g2",
        ".3gp",
        ".asf",
        ".avi",
        ".divx",
        ".dv",
        ".f4v",
        ".flv",
        ".gif",
        ".h264",
        ".hevc",
        ".ivf",
        ".m2ts",
        ".m2v",
        ".m4v",
        ".mj2",
        ".mkv",
        ".mov",
        ".mp4",
        ".mpeg",
        ".mpg",
        ".mts",
        ".mxf",
        ".nut",
        ".ogm",
        ".ogv",
        ".rm",
        ".rmvb",
        ".ts",
        ".vob",
        ".webm",
        ".wmv",
        ".wtv",
        ".y4m",
    ]
)
"""What a film is called. A file with one of these that can't be read is a failure; another
one that is no film is none."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film, or a file that may be one.

    ``source`` is its path or address, ``name`` where it stands in the tree, with its ending.
    ``is_certain`` says that it is to be a film, for it was named or has the ending of one.
    """

    source: str
    name: PurePosixPath
    size: int
    modified: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the films are wanted. Patterns are the shell's and match names in the tree."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    order: Order = "name"
    limit: int | None = None


def films(places: Iterable[str], choice: Choice, listed: Iterable[str] = ()) -> list[Film]:
    """The films below ``places`` and those that are ``listed``, each once.

    Args:
        places: folders, files, patterns and addresses. Below a folder, names are relative to
            it; links to folders are not followed, and what begins with a dot is left out.
        choice: which of them, and in which order.
        listed: paths and addresses of single films. A relative path is its name in the tree,
            of an absolute one that without its root.

    Raises:
        InputError: a place does not exist or can't be looked into.
        DependencyError: a package is missing for an address.
    """
    found: dict[str, Film] = {}
    for each in (*_from_places(places), *map(_listed, listed)):
        if _is_wanted(each, choice):
            found.setdefault(each.source, each)
    chosen = sorted(found.values(), key=lambda film: (film.name, film.source))
    if choice.order == "size":
        chosen.sort(key=lambda film: -film.size)
    elif choice.order == "newest":
        chosen.sort(key=lambda film: film.modified, reverse=True)
    return chosen[: choice.limit]


def _is_wanted(film: Film, choice: Choice) -> bool:
    name = str(film.name)
    if choice.include and not any(fnmatch(name, pattern) for pattern in choice.include):
        return False
    return not any(fnmatch(name, pattern) for pattern in choice.exclude)


def _from_places(places: Iterable[str]) -> Iterator[Film]:
    for place in map(local, places):
        if is_address(place):
            yield from _at_address(place)
        elif os.path.lexists(place):
            yield from _below(place)
        elif glob.has_magic(place):
            matches = sorted(glob.glob(place, recursive=True))  # noqa: PTH207  # of any path
            if not matches:
                raise InputError(f"{place}: matches nothing; check the pattern")
            root = _fixed_part(place)
            for match in matches:
                yield from _below(match, root)
        else:
            raise InputError(f"{place}: there is no such file or folder; check the path")


def _fixed_part(pattern: str) -> Path:
    """The folder that a pattern starts from."""
    fixed: list[str] = []
    for part in Path(pattern).parts[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return Path(*fixed) if fixed else Path()


def _below(place: str, root: Path | None = None) -> Iterator[Film]:
    path = Path(place)
    if not path.is_dir():
        name = path.relative_to(root) if root else Path(path.name)
        yield _film(path, PurePosixPath(name.as_posix()), is_named=True)
        return
    root = root or path

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename}: can't be looked into: {error.strerror}; check it")

    for folder, below, names in os.walk(path, onerror=refuse):
        below[:] = sorted(each for each in below if not each.startswith("."))
        for each in sorted(names):
            file = Path(folder, each)
            if not each.startswith(".") and _may_be_film(each):
                yield _film(file, PurePosixPath(file.relative_to(root).as_posix()), is_named=False)


def _film(path: Path, name: PurePosixPath, *, is_named: bool) -> Film:
    try:
        status = path.stat()
        size, modified = status.st_size, f"{status.st_mtime_ns:020}"
    except OSError:  # said of the film, when its turn comes
        size, modified = 0, ""
    certain = is_named or _is_called_film(path.name)
    source = os.path.abspath(path)  # noqa: PTH100  # not resolved: a link keeps its name
    return Film(source, name, size, modified, certain)


def _is_called_film(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in FILM_ENDINGS


def _may_be_film(name: str) -> bool:
    """Whether opening it is worth the time: not of pictures, sound, text and the like."""
    if _is_called_film(name):
        return True
    kind = mimetypes.guess_type(name, strict=False)[0]
    return kind in (None, "application/octet-stream") or kind.startswith("video/")


def _at_address(place: str) -> Iterator[Film]:
    for found in found_below(place):
        name = PurePosixPath(found.name)
        hidden = any(part.startswith(".") for part in name.parts)
        if found.is_alone or (_may_be_film(name.name) and not hidden):
            certain = found.is_alone or _is_called_film(name.name)
            yield Film(found.address, name, found.size, found.modified, certain)


def _listed(line: str) -> Film:
    place = local(line)
    if is_address(place):
        parts: Sequence[str] = PurePosixPath(place.split("://", 1)[1]).parts
        return Film(place, PurePosixPath(*parts), 0, "", is_certain=True)
    path = Path(place)
    parts = [part for part in path.parts if part not in (path.anchor, "..")]
    if not parts:
        raise InputError(f"{line}: is no film; mend the list")
    return _film(path, PurePosixPath(*parts), is_named=True)
