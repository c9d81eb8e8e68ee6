"""The service under load: many clients at once who send films, and who ask about pictures.

python -m tests.benchmarks.service_load
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import psutil

from tests.checkpoints import READS_LATIN, lines
from tests.serving import Server, make_film
from tests.test_service_pictures import png

PAUSE_S = 0.2
MB = 1 << 20


@dataclass
class Seen:
    """What clients met: answers by status, times of status calls in s, and jobs."""

    answers: Counter[int] = field(default_factory=Counter)
    status_s: list[float] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)


def main() -> None:
    """Run both loads and print what was met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        films(Path(folder), asked.clients, asked.seconds)
        pictures(Path(folder), asked.clients, asked.seconds / 3)


def at_once(clients: int, seconds: float, ask: Callable[[httpx.Client], None], url: str) -> None:
    """``ask`` by so many clients, again and again."""
    latest = time.monotonic() + seconds

    def one(_: int) -> None:
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            while time.monotonic() < latest:
                ask(client)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, range(clients)))


def films(folder: Path, clients: int, seconds: float) -> None:
    """Clients who send films, and look how far they are."""
    film = make_film(folder / "film.mp4").read_bytes()
    seen = Seen()
    with Server(folder / "films") as server:
        ends, peaks = threading.Event(), [0.0, 0.0]
        watch = threading.Thread(target=_watch, args=(server.process.pid, peaks, ends))
        watch.start()

        def send(client: httpx.Client) -> None:
            answer = client.post("/v1/jobs", files={"film": ("film.mp4", film)})
            seen.answers[answer.status_code] += 1
            if answer.status_code == 201:
                seen.jobs.append(answer.json()["id"])
            for _ in range(5):
                if seen.jobs:
                    began = time.perf_counter()
                    client.get(f"/v1/jobs/{random.choice(seen.jobs)}").raise_for_status()
                    seen.status_s.append(time.perf_counter() - began)
                time.sleep(PAUSE_S)

        at_once(clients, seconds, send, str(server.client.base_url))
        states = Counter(server.ended({"id": id})["state"] for id in seen.jobs)
        ends.set()
        watch.join()
    p50, p99 = np.percentile(seen.status_s, [50, 99]) * 1000
    print(f"{clients} clients, {seconds:g} s: answers to films {dict(seen.answers)}")
    print(f"jobs taken in {len(seen.jobs)}, ended {dict(states)}")
    print(f"{len(seen.status_s)} status calls: median {p50:.0f} ms, p99 {p99:.0f} ms")
    print(f"peak memory: {peaks[0]:.0f} MB, with its children {peaks[1]:.0f} MB")


def pictures(folder: Path, clients: int, seconds: float) -> None:
    """Clients who have pictures read by the small model."""
    samples = [lines.sample(random.Random(n), 256, 14) for n in range(20)]
    content = [png(np.repeat(sample.picture[..., None], 3, 2)) for sample in samples]
    answers: Counter[int] = Counter()
    flags = ("--engine", "hunyuan", "--model", str(READS_LATIN), "--device", "cpu")
    with Server(folder / "pictures", *flags) as server:

        def ask(client: httpx.Client) -> None:
            files = {"image": random.choice(content)}
            answer = client.post("/v1/ocr", files=files, data={"task": "subtitle"})
            answers[answer.status_code] += 1

        at_once(clients, seconds, ask, str(server.client.base_url))
        told = server.client.get("/metrics").text
    (mean,) = re.findall(r"^vidocr_engine_batch_mean (\S+)$", told, re.MULTILINE)
    print(f"pictures: answers {dict(answers)} in {seconds:g} s, mean batch {float(mean):.1f}")


def _watch(pid: int, peaks: list[float], ends: threading.Event) -> None:
    """Peak memory of a process in MB, alone and with its children."""
    process = psutil.Process(pid)
    while not ends.wait(PAUSE_S):
        own, children = process.memory_info().rss, 0
        for child in process.children(recursive=True):
            try:
                children += child.memory_info().rss
            except psutil.NoSuchProcess:
                continue  # it has just ended
        peaks[:] = max(peaks[0], own / MB), max(peaks[1], (own + children) / MB)


if __name__ == "__main__":
    main()
