"""A real ``vidocr serve`` on the loopback, with a client, for tests."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx

from tests.clips import Clip, Style, Text, render
from tests.encoding import Encoding
from tests.scenes import DARK

ROOT = Path(__file__).parents[1]
PATIENCE_S = 90.0
WORDS = "The lake was calm."
JSON = dict[str, Any]
_T = TypeVar("_T")


def make_film(path: Path, duration_s: int = 2) -> Path:
    """A small film with a subtitle in every other second, from 0.5 s to 1.5 s."""
    starts = range(0, 10 * duration_s, 20)
    texts = tuple(Text(start + 5, start + 15, WORDS, Style(size=0.12)) for start in starts)
    clip = Clip((320, 180), duration_s, DARK, texts, fps=Fraction(10), encoding=Encoding())
    render(clip, path)
    return path


def until(look: Callable[[], _T | None], patience_s: float = PATIENCE_S) -> _T:
    """What ``look`` gives, as soon as it gives something."""
    latest = time.monotonic() + patience_s
    while time.monotonic() < latest:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come about in time")


class Server:
    """The service in a process of its own; runs inside of its ``with`` block.

    Args:
        data: its folder.
        flags: of the command, beside those that every test wants.
        settings: that no flag gives.
        verify: whose certificates the client takes, as httpx has it.
    """

    def __init__(
        self,
        data: Path,
        *flags: str,
        settings: JSON | None = None,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self.data = data
        self._flags = flags
        self._settings = settings
        self._verify = verify

    def __enter__(self) -> Server:
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed on the way out
        command = ("-m", "vidocr.cli", "serve")
        if self._settings is not None:
            command = ("-m", "tests.strict_serving", json.dumps(self._settings))
        flags = ("--port", "0", "--data", str(self.data), *self._flags)
        self.process = subprocess.Popen(
            [sys.executable, *command, *flags], cwd=ROOT, stderr=self._said
        )
        self.url = until(self._url)
        self.client = self.client_of()
        until(self._is_ready)
        return self

    def client_of(self, **headers: str) -> httpx.Client:
        """A client that sends these headers."""
        return httpx.Client(
            base_url=self.url,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            timeout=PATIENCE_S,
            trust_env=False,
            verify=self._verify,
        )

    def _url(self) -> str:
        assert self.process.poll() is None, self.said()
        return self.said().partition("serves at ")[2].partition("\n")[0]

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def said(self) -> str:
        """What it wrote to standard error."""
        self._said.seek(0)
        return self._said.read()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)
        said = self.said()
        self._said.close()
        if kind is None:
            assert "Traceback" not in said and "bug" not in said, said

    def kill(self) -> None:
        """End it at once, as when the power goes."""
        self.process.kill()
        self.process.wait()

    def send(self, film: Path, **fields: str) -> httpx.Response:
        """A film with other fields."""
        with film.open("rb") as file:
            return self.client.post("/v1/jobs", files={"film": (film.name, file)}, data=fields)

    def job(self, film: Path, **fields: str) -> JSON:
        """The job of a film that was taken in."""
        answer = self.send(film, **fields)
        assert answer.status_code == 201, answer.text
        told: JSON = answer.json()
        return told

    def get(self, path: str) -> JSON:
        """What stands there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        told: JSON = answer.json()
        return told

    def ended(self, job: JSON) -> JSON:
        """The job when it is done or has failed."""

        def look() -> JSON | None:
            now = self.get(f"/v1/jobs/{job['id']}")
            return now if now["state"] in ("done", "failed") else None

        return until(look)

    def events(self, job: JSON) -> Iterator[tuple[str, JSON]]:
        """What is told of a job until there is no more."""
        with self.client.stream("GET", f"/v1/jobs/{job['id']}/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            event = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield event, json.loads(line.removeprefix("data: "))


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status of an answer with an error, and its word; the form is checked."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message"} and error["message"]
    return answer.status_code, error["code"]
