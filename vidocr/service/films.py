"""Where the film of a job is, and what an operator's folders hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vidocr.service.places import FILM, Places, inside
from vidocr.service.settings import Settings
from vidocr.service.store import Job

_MOST = 1000
_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".ogv": "video/ogg",
}
_ANY = "application/octet-stream"


def film_of(job: Job, places: Places, settings: Settings) -> Path:
    """The film of a job. One that was named by its path is looked for again, links followed.

    Raises:
        Refusal: 403, it lies where the operator allows none, or is gone.
    """
    return inside(job.path, settings.roots) if job.path else places.job(job.id) / FILM


def type_of(name: str) -> str:
    """What a browser is told that the film is: a film, or anything, and never a page."""
    return _TYPES.get(Path(name).suffix.lower(), _ANY)


def types() -> tuple[str, ...]:
    """All that a film may be called."""
    return (*dict.fromkeys(_TYPES.values()), _ANY)


def listing(under: str | None, roots: Sequence[Path]) -> dict[str, Any]:
    """What stands in a folder below the roots, folders first; without one, the roots.

    Raises:
        Refusal: 403, it is below none of them.
    """
    told: dict[str, Any] = {"roots": [str(root.resolve()) for root in roots]}
    if under is None:
        return told | {"folder": None, "entries": []}
    folder = inside(under, roots)
    entries = []
    if folder.is_dir():
        for path in sorted(folder.iterdir())[:_MOST]:
            if not path.name.startswith(".") and (path.is_dir() or path.is_file()):
                is_folder = path.is_dir()
                size = None if is_folder else path.stat().st_size
                entries.append(
                    {"name": path.name, "path": str(path), "folder": is_folder, "bytes": size}
                )
    entries.sort(key=lambda entry: not entry["folder"])
    return told | {"folder": str(folder), "entries": entries}
