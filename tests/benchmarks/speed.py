"""What vidocr costs beside decoding alone, in turn on the same film.

``python -m tests.benchmarks.speed [--heights 1080 720] [--minutes 5] [--rounds 3] [--long]``

The films are rendered on the first run (minutes each) and kept in ``--workdir``. Each command
runs in its own process, decoding and vidocr in turn, so that a slow moment of the machine hits
both. Prints a Markdown table for RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import srt

from tests.benchmarks.cost import Cost, measured
from tests.benchmarks.films import make_film, repeat
from tests.benchmarks.scoring import Score, score
from vidocr.model import Cue

DECODE = """
import sys, av
with av.open(sys.argv[1]) as container:
    stream = container.streams.video[0]
    stream.thread_type = "FRAME"
    for frame in container.decode(stream):
        pass
"""
COUNT = """
import json, sys
from vidocr import extract
cues, report = extract(sys.argv[1])
list(cues)
print(json.dumps([report.detect_calls, report.ocr_calls, report.elapsed_s]))
"""
REPEATS = 10
HEADER = (
    "| film | runs | decode s | vidocr s | ratio | decode CPU s | vidocr CPU s | ratio "
    "| decode MB | vidocr MB | F1 | CER | looks/cue | reads/cue |\n|---" + "|---:" * 13 + "|"
)


@dataclass(frozen=True, slots=True)
class Calls:
    """What the pipeline asked of its models, and where its time went."""

    looks: int
    reads: int
    elapsed_s: dict[str, float]


def vidocr(film: Path, track: Path) -> list[str]:
    """The command as a user runs it."""
    command = Path(sys.executable).with_name("vidocr")
    return [str(command), str(film), "-o", str(track), "--overwrite"]


def typical(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(c.wall_s for c in costs),
        median(c.cpu_s for c in costs),
        median(c.peak_mb for c in costs),
    )


def in_turn(film: Path, track: Path, rounds: int) -> tuple[Cost, Cost]:
    """Typical cost of decoding alone and of vidocr, run A/B/A/B."""
    decode = [sys.executable, "-c", DECODE, str(film)]
    whole = vidocr(film, track)
    pairs = [(measured(decode), measured(whole)) for _ in range(rounds)]
    for number, (alone, full) in enumerate(pairs, 1):
        print(f"{film.name} round {number}: {alone.wall_s:.1f} s, {full.wall_s:.1f} s")
    return typical([a for a, _ in pairs]), typical([b for _, b in pairs])


def count_calls(film: Path) -> Calls:
    """One more run, to see how often detection and recognition are called."""
    out = subprocess.run(
        [sys.executable, "-c", COUNT, film], check=True, stdout=subprocess.PIPE, text=True
    )
    return Calls(*json.loads(out.stdout.splitlines()[-1]))


def read_track(path: Path) -> list[Cue]:
    """The cues of an SRT file."""
    entries = srt.parse(path.read_text("utf-8"))
    micro = timedelta(microseconds=1)
    return [Cue(e.start // micro, e.end // micro, tuple(e.content.split("\n"))) for e in entries]


def row(name: str, rounds: int, alone: Cost, whole: Cost, result: Score, calls: Calls) -> str:
    """A row of the table."""
    cells = (
        name,
        str(rounds),
        f"{alone.wall_s:.1f}",
        f"{whole.wall_s:.1f}",
        f"**{whole.wall_s / alone.wall_s:.2f}**",
        f"{alone.cpu_s:.1f}",
        f"{whole.cpu_s:.1f}",
        f"{whole.cpu_s / alone.cpu_s:.2f}",
        f"{alone.peak_mb:.0f}",
        f"{whole.peak_mb:.0f}",
        f"{result.f1:.3f}",
        f"{result.cer:.4f}",
        f"{calls.looks / max(1, result.truth):.2f}",
        f"{calls.reads / max(1, result.truth):.2f}",
    )
    return f"| {' | '.join(cells)} |"


def long_film(film: Path, workdir: Path) -> str:
    """Peak memory on a film ten times as long."""
    path = workdir / f"{film.stem}-long.mp4"
    if not path.exists():
        repeat(film, REPEATS, path)
    whole = measured(vidocr(path, workdir / "long.srt"))
    return f"{film.name} x {REPEATS}: {whole.wall_s:.0f} s, peak {whole.peak_mb:.0f} MB"


def main() -> None:
    """Measure each height."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heights", type=int, nargs="+", default=[1080, 720])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true", help="also a film ten times as long")
    parser.add_argument(
        "--workdir", type=Path, default=Path(tempfile.gettempdir()) / "vidocr-speed"
    )
    args = parser.parse_args()
    rows, notes = [], []
    for height in args.heights:
        film, truth = make_film(height, args.minutes, args.workdir)
        track = args.workdir / f"{film.stem}.srt"
        alone, whole = in_turn(film, track, args.rounds)
        result, calls = score(truth, read_track(track)), count_calls(film)
        megabits = film.stat().st_size * 8 / (args.minutes * 60) / 1e6
        name = f"{height}p, {args.minutes:g} min, {megabits:.1f} Mbit/s"
        rows.append(row(name, args.rounds, alone, whole, result, calls))
        notes.append(f"{height}p: seconds by stage {calls.elapsed_s}")
        if args.long:
            notes.append(long_film(film, args.workdir))
    print(f"\n`python -m tests.benchmarks.speed`, {os.cpu_count()} cores, medians\n")
    print(HEADER, *rows, "", *notes, sep="\n")


if __name__ == "__main__":
    main()
