"""Where the service keeps things, and which paths of the operator's it may open."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from vidocr.output import explained
from vidocr.service.refusals import Refusal

FILM = "film"
OUT = "out"
_PART = "part"


class Places:
    """The folders below ``data``. They can be read by their owner alone.

    A job's is ``jobs/ID``, with the film if it was sent here, and ``out`` once it is done.

    Raises:
        OutputError: they can't be made.
    """

    def __init__(self, data: Path) -> None:
        self._jobs = data / "jobs"
        self._uploads = data / "uploads"
        with explained(data, "--data"):
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._jobs.mkdir(mode=0o700, exist_ok=True)
            shutil.rmtree(self._uploads, ignore_errors=True)  # cut short when the service ended
            self._uploads.mkdir(mode=0o700, exist_ok=True)

    def job(self, name: str) -> Path:
        """The folder of a job."""
        return self._jobs / name

    def upload(self, name: str) -> Path:
        """A new folder for what is being sent."""
        folder = self._uploads / name
        folder.mkdir(mode=0o700)
        return folder

    def keep(self, upload: Path) -> None:
        """Make an upload the folder of a job."""
        upload.rename(self._jobs / upload.name)

    def part(self, name: str) -> Path:
        """An empty folder for the outputs of a job that is under way."""
        part = self.job(name) / _PART
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        return part

    def out(self, name: str) -> Path:
        """The outputs of a job: there if they are whole."""
        return self.job(name) / OUT

    def finish(self, name: str) -> None:
        """Make the outputs that are under way those of the job, all at once."""
        shutil.rmtree(self.out(name), ignore_errors=True)
        (self.job(name) / _PART).rename(self.out(name))

    def remove(self, name: str) -> None:
        """Remove all that there is of a job."""
        shutil.rmtree(self.job(name), ignore_errors=True)

    def remove_others(self, names: Iterable[str]) -> None:
        """Remove the folders of jobs that nobody knows."""
        known = set(names)
        for folder in self._jobs.iterdir():
            if folder.name not in known:
                self.remove(folder.name)


def inside(path: str, roots: Sequence[Path]) -> Path:
    """The real path, if it lies below one of the roots, links followed.

    Raises:
        Refusal: it doesn't, or there is no such file: outside, nothing is told of what there is.
    """
    try:
        real = Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # no such file, a null byte, a circle of links
        real = None
    if real and Path(path).is_absolute():
        for root in roots:
            if real.is_relative_to(root.resolve()):
                return real
    raise Refusal(
        403,
        "forbidden",
        "path: is not below a folder that the operator allows, or not there; "
        "give an absolute path below one, or send the film",
    )
