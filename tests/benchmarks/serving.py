"""The service under more clients than it can serve: what is done, what is refused, how fast.

``python -m tests.benchmarks.serving`` starts ``vidocr serve`` with a token for each client. For a
minute, two thirds of them send films as fast as they are taken, and look how their jobs are; the
others ask about pictures. Then it waits until every job that was taken has ended, and prints a
Markdown table: answers, jobs, the time of status calls, memory of all processes, and how many
pictures came to the engine at once.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from PIL import Image, ImageDraw, ImageFont

from tests.clips import FONTS
from tests.serving import Server, make_film
from vidocr.service.tokens import entry, new_token

MOST_MB = 3000.0
STATUS_S = 0.25  # between two looks at a job
_FONT = "DejaVuSans-Bold-latin.ttf"
LONGEST_S = 600.0  # for what is left to be done


@dataclass(slots=True)
class Tally:
    """What was answered. ``status_s`` are the times of status calls."""

    answers: Counter[str] = field(default_factory=Counter)
    taken: list[tuple[httpx.AsyncClient, str]] = field(default_factory=list)
    status_s: list[float] = field(default_factory=list)
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


async def send_films(client: httpx.AsyncClient, film: bytes, until: float, tally: Tally) -> None:
    """One who wants films read: sends one, and looks at it until it has ended."""
    while time.monotonic() < until:
        answer = await client.post("/v1/jobs", files={"film": ("film.mp4", film)})
        tally.count("films", answer)
        if answer.status_code == 201:
            job = answer.json()["id"]
            tally.taken.append((client, job))
            while time.monotonic() < until:
                if await state_of(client, job, tally) in ("done", "failed"):
                    break
                await asyncio.sleep(STATUS_S)
        else:
            await asyncio.sleep(min(1.0, float(answer.headers.get("retry-after", 1))))


async def ask(client: httpx.AsyncClient, picture: bytes, until: float, tally: Tally) -> None:
    """One who has pictures read."""
    while time.monotonic() < until:
        answer = await client.post("/v1/ocr", files={"image": ("a.png", picture)})
        tally.count("pictures", answer)
        if answer.status_code == 429:
            await asyncio.sleep(1)


async def load(
    url: str, words: list[str], film: bytes, seconds: float, tally: Tally
) -> Counter[str]:
    """All clients at once; how the jobs ended that were taken."""
    clients = [
        httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {word}"}, timeout=120, trust_env=False
        )
        for word in words
    ]
    until, senders = time.monotonic() + seconds, len(words) * 2 // 3
    picture = picture_of("The lake was calm.")
    work = [send_films(client, film, until, tally) for client in clients[:senders]]
    work += [ask(client, picture, until, tally) for client in clients[senders:]]
    await asyncio.gather(*work)
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


def picture_of(words: str) -> bytes:
    """A line of text, as PNG."""
    picture = Image.fromarray(np.full((80, 480, 3), 30, np.uint8))
    ImageDraw.Draw(picture).text((20, 20), words, "white", ImageFont.truetype(FONTS / _FONT, 36))
    to = io.BytesIO()
    picture.save(to, "PNG")
    return to.getvalue()


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


def measure(clients: int, seconds: float, engine: str) -> str:
    """The table of one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = [new_token(f"client{n}", ["read", "submit"]) for n in range(clients)]
        admin, kept = new_token("admin", ["admin"])
        (folder / "auth.toml").write_text("\n".join(map(entry, [kept, *(k for _, k in made)])))
        film = make_film(folder / "film.mp4").read_bytes()
        tally, stop = Tally(), threading.Event()
        flags = ("--engine", engine, "--auth", str(folder / "auth.toml"))
        with Server(folder / "data", *flags) as server:
            watcher = threading.Thread(
                target=watch_memory, args=(server.process.pid, tally, stop), daemon=True
            )
            watcher.start()
            words = [word for word, _ in made]
            ended = asyncio.run(load(server.url, words, film, seconds, tally))
            stop.set()
            watcher.join()
            told = server.client.get("/metrics", headers={"Authorization": f"Bearer {admin}"})
        return table(clients, seconds, tally, ended, figures(told.text))


def figures(text: str) -> dict[str, float]:
    """Figures of Prometheus' that have no labels."""
    rows = (line.split() for line in text.splitlines() if line and line[0] != "#")
    return {row[0]: float(row[1]) for row in rows if "{" not in row[0]}


def table(
    clients: int, seconds: float, tally: Tally, ended: Counter[str], engine: dict[str, float]
) -> str:
    """What came of it, in Markdown."""
    times_ms = np.array(tally.status_s or [0.0]) * 1000
    median, p95, p99 = np.quantile(times_ms, [0.5, 0.95, 0.99])
    answers = ", ".join(f"{what}: {count}" for what, count in sorted(tally.answers.items()))
    bound = "under" if tally.peak_mb < MOST_MB else "OVER"
    rows: dict[str, Any] = {
        "clients, s": f"{clients}, {seconds:g}",
        "answers": answers,
        "429 without Retry-After": tally.without_wait,
        "jobs taken": len(tally.taken),
        "jobs ended": ", ".join(f"{state}: {count}" for state, count in ended.items()),
        "status calls, ms": f"median {median:.1f}, p95 {p95:.1f}, p99 {p99:.1f}",
        "pictures a batch, mean": f"{engine['vidocr_engine_batch_mean']:.2f} "
        f"({engine['vidocr_engine_pictures']:.0f} in {engine['vidocr_engine_batches']:.0f})",
        "memory, MB": f"{tally.peak_mb:.0f}, {bound} {MOST_MB:.0f}",
    }  # fmt: skip
    return "\n".join(
        ["| what | figure |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows.items())]
    )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="The service under load.")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--engine", default="rapid")
    given = parser.parse_args()
    print(measure(given.clients, given.seconds, given.engine))


if __name__ == "__main__":
    main()
