"""The service under more clients than it can serve: what is done, what is refused, how fast.

``python -m tests.benchmarks.serving`` starts ``vidocr serve`` with a token for each client. For a
minute, two thirds of them send films as fast as they are taken, and look how their jobs are; the
others ask RapidOCR about pictures. Then it waits until every job that was taken has ended. After
that all ask a small vision-language model about pictures, for a third of a minute. A Markdown
table tells the answers, the jobs, the time of status calls, the memory of all processes, and how
many pictures came to the engine at once.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np
import psutil
from PIL import Image

from tests.checkpoints import READS_LATIN, lines
from tests.serving import Server, make_film, until
from vidocr.service.tokens import entry, new_token

MOST_MB = 3000.0
STATUS_S = 0.25  # between two looks at a job
PLAIN_S = 0.1
LONGEST_S = 600.0  # for what is left to be done


ROWS = (
    "answers",
    "429 without Retry-After",
    "jobs taken",
    "status calls, ms: median, p95, p99",
    "of them within 50 ms and 100 ms, by the service's own clock",
    "calls of a plain server meanwhile, ms: the same",
    "pictures a batch, mean",
    "memory of all processes, MB",
)


class Sent(NamedTuple):
    """What clients send."""

    film: bytes
    picture: bytes


@dataclass(slots=True)
class Tally:
    """What was answered; times of status calls, and of calls of a plain server."""

    answers: Counter[str] = field(default_factory=Counter)
    taken: list[tuple[httpx.AsyncClient, str]] = field(default_factory=list)
    status_s: list[float] = field(default_factory=list)
    plain_s: list[float] = field(default_factory=list)
    without_wait: int = 0  # 429 that don't say when to come again
    peak_mb: float = 0.0

    def count(self, what: str, answer: httpx.Response) -> None:
        """Take an answer into account."""
        self.answers[f"{what} {answer.status_code}"] += 1
        if answer.status_code == 429 and not answer.headers.get("retry-after", "").isdecimal():
            self.without_wait += 1


async def state_of(client: httpx.AsyncClient, job: str, tally: Tally) -> str:
    """A status call."""
    began = time.perf_counter()
    answer = await client.get(f"/v1/jobs/{job}")
    tally.status_s.append(time.perf_counter() - began)
    tally.count("status", answer)
    return str(answer.json()["state"])


async def send_films(client: httpx.AsyncClient, film: bytes, latest: float, tally: Tally) -> None:
    """One who wants films read: sends one, and looks at it until it has ended."""
    while time.monotonic() < latest:
        answer = await client.post("/v1/jobs", files={"film": ("film.mp4", film)})
        tally.count("films", answer)
        if answer.status_code == 201:
            job = answer.json()["id"]
            tally.taken.append((client, job))
            while time.monotonic() < latest:
                if await state_of(client, job, tally) in ("done", "failed"):
                    break
                await asyncio.sleep(STATUS_S)
        else:
            await asyncio.sleep(min(1.0, float(answer.headers.get("retry-after", 1))))


async def ask(client: httpx.AsyncClient, picture: bytes, latest: float, tally: Tally) -> None:
    """One who has pictures read."""
    while time.monotonic() < latest:
        answer = await client.post(
            "/v1/ocr", files={"image": ("a.png", picture)}, data={"task": "subtitle"}
        )
        tally.count("pictures", answer)
        if answer.status_code == 429:
            await asyncio.sleep(1)


async def load(
    url: str,
    words: Sequence[str],
    senders: int,
    sent: Sent,
    seconds: float,
    tally: Tally,
    plain: str,
) -> Counter[str]:
    """All clients at once, some of them with films; how the jobs ended that were taken."""
    clients = [
        httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {word}"}, timeout=120, trust_env=False
        )
        for word in words
    ]
    end = time.monotonic() + seconds
    work = [send_films(client, sent.film, end, tally) for client in clients[:senders]]
    work += [ask(client, sent.picture, end, tally) for client in clients[senders:]]
    await asyncio.gather(*work, ask_plain(plain, end, tally))
    ended: Counter[str] = Counter()
    latest = time.monotonic() + LONGEST_S
    for client, job in tally.taken:
        state = ""
        while state not in ("done", "failed") and time.monotonic() < latest:
            state = (await client.get(f"/v1/jobs/{job}")).json()["state"]
            await asyncio.sleep(0 if state in ("done", "failed") else STATUS_S)
        ended[state] += 1
    for client in clients:
        await client.aclose()
    return ended


def watch_memory(process: int, tally: Tally, stop: threading.Event) -> None:
    """Note the most that all processes take together; shared pages are shared out (PSS)."""
    while not stop.wait(0.5):
        try:
            first = psutil.Process(process)
            family = [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        total = 0
        for each in family:
            try:
                total += each.memory_full_info().pss
            except psutil.NoSuchProcess:  # it has just ended
                continue
        tally.peak_mb = max(tally.peak_mb, total / 1e6)


def measure(clients: int, senders: int, seconds: float, *engine: str) -> list[str]:
    """Figures of one run, as cells of a table.

    Args:
        clients: how many.
        senders: how many of them send films.
        seconds: how long.
        engine: flags of the command that say which it is.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = [new_token(f"client{n}", ["read", "submit"]) for n in range(clients)]
        admin, kept = new_token("admin", ["admin"])
        (folder / "auth.toml").write_text("\n".join(map(entry, [kept, *(k for _, k in made)])))
        sent = Sent(make_film(folder / "film.mp4").read_bytes(), picture())
        tally, stop = Tally(), threading.Event()
        with Server(folder / "data", *engine, "--auth", str(folder / "auth.toml")) as server:
            watcher = threading.Thread(
                target=watch_memory, args=(server.process.pid, tally, stop), daemon=True
            )
            watcher.start()
            words = [word for word, _ in made]
            with plain_server(folder) as plain:
                ended = asyncio.run(load(server.url, words, senders, sent, seconds, tally, plain))
            stop.set()
            watcher.join()
            told = server.client.get("/metrics", headers={"Authorization": f"Bearer {admin}"})
    return cells(tally, ended, figures(told.text))


@contextmanager
def plain_server(folder: Path) -> Iterator[str]:
    """The address of a server that does next to nothing: what it takes, the machine takes."""
    with socket.create_server(("127.0.0.1", 0)) as at:
        port = at.getsockname()[1]
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "-d", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: accepts(port))
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


async def ask_plain(url: str, latest: float, tally: Tally) -> None:
    """Ask a plain server again and again."""
    async with httpx.AsyncClient(timeout=120, trust_env=False) as client:
        while time.monotonic() < latest:
            began = time.perf_counter()
            await client.get(url)
            tally.plain_s.append(time.perf_counter() - began)
            await asyncio.sleep(PLAIN_S)


def picture() -> bytes:
    """A line of text, as PNG."""
    grey = lines.sample(random.Random(1), 256, 14).picture
    to = io.BytesIO()
    Image.fromarray(np.repeat(grey[..., None], 3, 2)).save(to, "PNG")
    return to.getvalue()


def figures(text: str) -> dict[str, float]:
    """Figures of Prometheus', under their names with all labels."""
    rows = (line.rpartition(" ") for line in text.splitlines() if line and line[0] != "#")
    return {name: float(value) for name, _, value in rows}


def within(told: dict[str, float], *bounds_s: str) -> str:
    """Which share of the status calls was answered in such times."""
    calls = 'vidocr_http_seconds_bucket{le="%s",method="GET",route="/v1/jobs/{id}"}'
    total = told.get(calls % "+Inf", 0)
    return ", ".join(f"{told[calls % s] / total:.2%}" for s in bounds_s) if total else "-"


def cells(tally: Tally, ended: Counter[str], told: dict[str, float]) -> list[str]:
    """What came of it, by ``ROWS``."""
    return [
        ", ".join(f"{what}: {count}" for what, count in sorted(tally.answers.items())),
        str(tally.without_wait),
        f"{len(tally.taken)}, of them {dict(ended)}" if tally.taken else "-",
        spread(tally.status_s),
        within(told, "0.05", "0.1"),
        spread(tally.plain_s),
        f"{told['vidocr_engine_batch_mean']:.2f}",
        f"{tally.peak_mb:.0f}, {'under' if tally.peak_mb < MOST_MB else 'OVER'} {MOST_MB:.0f}",
    ]


def spread(times_s: Sequence[float]) -> str:
    """Median, p95 and p99 in ms."""
    if not times_s:
        return "-"
    return ", ".join(f"{ms:.1f}" for ms in np.quantile(times_s, [0.5, 0.95, 0.99]) * 1000)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="The service under load.")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    clients, seconds = given.clients, given.seconds
    films = measure(clients, clients * 2 // 3, seconds, "--engine", "rapid")
    model = ("--engine", "hunyuan", "--model", str(READS_LATIN), "--device", "cpu")
    pictures = measure(clients, 0, seconds / 3, *model)
    print(
        f"| {clients} clients | films and pictures, RapidOCR | pictures, a model |\n|---|---|---|"
    )
    for name, first, second in zip(ROWS, films, pictures, strict=True):
        print(f"| {name} | {first} | {second} |")


if __name__ == "__main__":
    main()
