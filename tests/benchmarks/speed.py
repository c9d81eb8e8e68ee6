"""What vidocr costs beside decoding alone, in turn on the same film.

``python -m tests.benchmarks.speed [--films 720-h264 ...] [--minutes 5] [--rounds 3] [--long]``

The films are rendered on the first run (minutes each) and kept in ``--workdir``. Each command
runs in its own process, decoding, vidocr and ``vidocr --fast`` in turn, so that a slow moment of
the machine hits all. Prints a Markdown table for RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import srt

from tests.benchmarks.cost import Cost, measured
from tests.benchmarks.films import KINDS, make_film
from vidocr.model import Cue
from vidocr.scoring import Score, score

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
print(json.dumps([report.detect_calls, report.ocr_calls, report.lines_read, report.elapsed_s]))
"""
COLUMNS = (
    "film", "decode s", "vidocr s", "ratio", "CPU ratio", "fast ratio", "decode MB", "vidocr MB",
    "first frame s", "F1", "CER", "fast F1", "looks/cue", "calls/cue", "lines/cue",
)  # fmt: skip
HEADER = f"| {' | '.join(COLUMNS)} |\n|---" + "|---:" * (len(COLUMNS) - 1) + "|"


@dataclass(frozen=True, slots=True)
class Calls:
    """What the pipeline asked of its models, and where its time went."""

    looks: int
    calls: int
    lines: int
    elapsed_s: dict[str, float]


def vidocr(film: Path, track: Path, *flags: str) -> list[str]:
    """The command as a user runs it."""
    command = Path(sys.executable).with_name("vidocr")
    return [str(command), str(film), "-o", str(track), "--overwrite", *flags]


def typical(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(c.wall_s for c in costs),
        median(c.cpu_s for c in costs),
        median(c.peak_mb for c in costs),
    )


def in_turn(film: Path, tracks: Sequence[Path], rounds: int) -> list[Cost]:
    """Typical costs of decoding alone, of vidocr and of a first pass, run A/B/C/A/B/C."""
    commands = [
        [sys.executable, "-c", DECODE, str(film)],
        vidocr(film, tracks[0]),
        vidocr(film, tracks[1], "--fast"),
    ]
    costs = []
    for number in range(1, rounds + 1):
        costs.append([measured(command) for command in commands])
        told = ", ".join(f"{cost.wall_s:.1f} s ({cost.cpu_s:.1f} CPU)" for cost in costs[-1])
        print(f"{film.name} round {number}: {told}", flush=True)
    return [typical(each) for each in zip(*costs, strict=True)]


def first_frame_s(film: Path, track: Path) -> float:
    """From the start of the process to the first frame that it follows."""
    started = time.perf_counter()
    command = vidocr(film, track, "--json-progress", "--quiet")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if json.loads(line)["event"] == "progress":
                spent = time.perf_counter() - started
                process.terminate()
                return spent
    raise SystemExit(f"{film}: no frame was followed")


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


def row(
    name: str,
    costs: Sequence[Cost],
    first_s: float,
    results: Sequence[Score],
    calls: Calls,
) -> str:
    """A row of the table."""
    alone, whole, fast = costs
    cues = max(1, results[0].truth)
    cells = (
        name,
        f"{alone.wall_s:.1f}",
        f"{whole.wall_s:.1f}",
        f"**{whole.wall_s / alone.wall_s:.2f}**",
        f"{whole.cpu_s / alone.cpu_s:.2f}",
        f"**{fast.wall_s / alone.wall_s:.2f}**",
        f"{alone.peak_mb:.0f}",
        f"{whole.peak_mb:.0f}",
        f"{first_s:.2f}",
        f"{results[0].f1:.3f}",
        f"{results[0].cer:.4f}",
        f"{results[1].f1:.3f}",
        f"{calls.looks / cues:.2f}",
        f"{calls.calls / cues:.2f}",
        f"{calls.lines / cues:.2f}",
    )
    return f"| {' | '.join(cells)} |"


def twice(kind: str, minutes: int, workdir: Path) -> str:
    """What a film of twice the length costs."""
    costs = [
        measured(vidocr(make_film(kind, length, workdir)[0], workdir / "long.srt"))
        for length in (minutes, 2 * minutes)
    ]
    told = ", ".join(
        f"{cost.wall_s:.1f} s, CPU {cost.cpu_s:.1f} s, {cost.peak_mb:.0f} MB" for cost in costs
    )
    return f"{kind}, {minutes} and {2 * minutes} minutes: {told}"


def main() -> None:
    """Measure each film."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--minutes", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true", help="also a film of twice the length")
    parser.add_argument(
        "--workdir", type=Path, default=Path(tempfile.gettempdir()) / "vidocr-speed"
    )
    args = parser.parse_args()
    rows, notes = [], []
    for kind in args.films:
        film, truth = make_film(kind, args.minutes, args.workdir)
        tracks = [args.workdir / f"{kind}-{name}.srt" for name in ("whole", "fast")]
        costs = in_turn(film, tracks, args.rounds)
        first_s = median(first_frame_s(film, args.workdir / "first.srt") for _ in range(3))
        results = [score(truth, read_track(track)) for track in tracks]
        calls = count_calls(film)
        megabits = film.stat().st_size * 8 / (args.minutes * 60) / 1e6
        rows.append(row(f"{kind}, {megabits:.1f} Mbit/s", costs, first_s, results, calls))
        notes.append(f"{kind}: seconds by stage {calls.elapsed_s}")
        if args.long:
            notes.append(twice(kind, args.minutes, args.workdir))
        print(HEADER, rows[-1], sep="\n", flush=True)
    print(f"\n`python -m tests.benchmarks.speed`, {os.cpu_count()} cores, medians\n")
    print(HEADER, *rows, "", *notes, sep="\n")


if __name__ == "__main__":
    main()
