"""What requests at once gain where a server takes its time, and what a memory spares.

``python -m tests.benchmarks.translating [--cues 2000] [--latency-ms 200] [--in-flight 16]``

Cues of a film, in scenes of 3 to 20, are translated through a server of this process that answers
each request rightly, after a wait: with one request at a time and with many, in turn, each into a
translation memory of its own; then once more with the memory that is full. A cue that is not
what it should be, or not in its place, ends the benchmark.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.openai_server import Fault, OpenAIServer
from tests.translators import honest, in_german, sentence
from vidocr.model import Cue
from vidocr.translation import Memory, translated
from vidocr.translation.openai import OpenAITranslator

_SCENE = (3, 20)


@dataclass(frozen=True, slots=True)
class Run:
    """How long a translation took, with how many requests."""

    wall_s: float
    requests: int
    most_at_once: int


def film(count: int) -> list[Cue]:
    """Cues that say something else each; silences of 10 s part the scenes."""
    chance = random.Random(5)
    found: list[Cue] = []
    now_us = 0
    while len(found) < count:
        for _ in range(min(chance.randint(*_SCENE), count - len(found))):
            end_us = now_us + chance.randint(1_000_000, 4_000_000)
            found.append(Cue(now_us, end_us, (sentence(len(found)),), language="en"))
            now_us = end_us + chance.randint(80_000, 2_000_000)
        now_us += 10_000_000
    return found


def run(cues: Sequence[Cue], latency_s: float, in_flight: int, memory: Path) -> Run:
    """Translate all cues; one that is wrong or out of its place ends the benchmark."""
    wait = Fault(delay_s=latency_s)
    with (
        OpenAIServer(chat=honest, fault=lambda number: wait) as server,
        closing(OpenAITranslator(server.url, "ocr", in_flight=in_flight)) as translator,
        Memory(memory) as known,
    ):
        began = time.perf_counter()
        done, report = translated(cues, translator, "de", memory=known)
        wall_s = time.perf_counter() - began
        for before, after in zip(cues, done, strict=True):
            if (after.start_us, after.text) != (before.start_us, in_german(before.text)):
                raise SystemExit(f"a cue is wrong: {after}")
        if report.requests != len(server.seen.bodies):
            raise SystemExit(f"{report.requests} requests were told of, and others were made")
        return Run(wall_s, report.requests, server.seen.most_at_once)


def main() -> None:
    """Print what RESULTS.md tells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cues", type=int, default=2000)
    parser.add_argument("--latency-ms", type=float, default=200.0)
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    cues, latency_s = film(given.cues), given.latency_ms / 1000
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        for turn in range(given.rounds):
            one = run(cues, latency_s, 1, Path(name) / f"one {turn}")
            many = run(cues, latency_s, given.in_flight, Path(name) / f"many {turn}")
            again = run(cues, latency_s, given.in_flight, Path(name) / f"many {turn}")
            ratios.append(one.wall_s / many.wall_s)
            print(
                f"{one.requests} requests: {one.wall_s:.1f} s one at a time, {many.wall_s:.2f} s "
                f"with up to {many.most_at_once} at once, {one.wall_s / many.wall_s:.1f} times as "
                f"fast; known already: {again.requests} requests, {again.wall_s:.2f} s"
            )
    print(f"gain, median of {given.rounds}: {median(ratios):.1f}")


if __name__ == "__main__":
    main()
