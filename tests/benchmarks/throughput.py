"""What a batch gains over single runs, what memory it takes, and how full a GPU's batches are.

``python -m tests.benchmarks.throughput [--films 8] [--film FILE] [--rounds 3]``

Copies of one film (one minute in 720p if none is given, rendered on the first run and kept in
``--workdir``) are read by ``vidocr`` one after another and by ``vidocr batch``, in turn. Memory
is the sum over all processes of a batch of four films at once, read every 0.2 s: pages that they
share count in each. The GPU is one that takes as long for a batch of any size, and so long that
films wait for it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import psutil

from tests.benchmarks.films import make_film
from tests.film_readers import slow_model
from vidocr.archive.batch import Batch, run
from vidocr.archive.boards import SilentBoard
from vidocr.archive.crew import Limits, LocalCrew
from vidocr.archive.family import memory_mb
from vidocr.archive.films import Choice, films
from vidocr.archive.work import Reading
from vidocr.options import Options

_GPU_BATCH = 8
_GPU_S = 1.0
_AT_ONCE = 4


def single_s(sources: list[Path], out: Path) -> float:
    """Wall time of single runs, one after another."""
    began = time.perf_counter()
    for source in sources:
        target = out / f"{source.stem}.srt"
        command = [sys.executable, "-m", "vidocr.cli", str(source), "-o", str(target), "-q"]
        subprocess.run([*command, "--engine", "rapid"], check=True)
    return time.perf_counter() - began


def batch_s(folder: Path, out: Path, at_once: int | None = None) -> tuple[float, float]:
    """Wall time of a batch, and the most memory of all its processes in MiB."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "vidocr.cli", "batch", str(folder), "-o", str(out), "-q"]
    command += ["--at-once", str(at_once)] if at_once else []
    process = psutil.Popen([*command, "--engine", "rapid"])
    most = 0.0
    while process.poll() is None:
        most = max(most, memory_mb(process.pid))
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit("vidocr batch failed")
    return time.perf_counter() - began, most


def gpu(folder: Path, out: Path, log: Path) -> tuple[float, list[int]]:
    """Wall time with a slow GPU, and the sizes of its batches."""
    options = Options(decode_threads=1)
    crew = LocalCrew(
        partial(Reading, options, ("srt",), None),
        _AT_ONCE,
        Limits(),
        slow_model(_GPU_BATCH, _GPU_S, log),
    )
    ledger = out / "ledger.sqlite"
    out.mkdir()
    began = time.perf_counter()
    tally = run(
        Batch(str(out), ledger, options), films([str(folder)], Choice()), crew, SilentBoard(), None
    )
    if tally.failed:
        raise SystemExit(tally.failed[0].error)
    return time.perf_counter() - began, list(map(int, log.read_text().split()))


def main() -> None:
    """Print what RESULTS.md tells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=8)
    parser.add_argument("--film", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workdir", type=Path, default=Path(tempfile.gettempdir()) / "films")
    given = parser.parse_args()
    master = given.film or make_film("720-h264", 1, given.workdir)[0]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        folder = work / "films"
        folder.mkdir()
        sources = [folder / f"{number}{master.suffix}" for number in range(given.films)]
        for source in sources:
            shutil.copy(master, source)
        ratios = []
        for turn in range(given.rounds):
            singly, batched = work / f"single {turn}", work / f"batch {turn}"
            singly.mkdir()
            alone_s = single_s(sources, singly)
            together_s, most_mb = batch_s(folder, batched)
            for source in sources:
                track = f"{source.stem}.srt"
                if (singly / track).read_bytes() != (batched / track).read_bytes():
                    raise SystemExit(f"{track} differs")
            ratios.append(alone_s / together_s)
            print(f"{alone_s:.1f} s singly, {together_s:.1f} s as a batch, {most_mb:.0f} MiB")
        print(f"gain, median of {given.rounds}: {median(ratios):.2f}")
        _, most_mb = batch_s(folder, work / "four", _AT_ONCE)
        print(f"four films at once: {most_mb:.0f} MiB in all processes")
        wall_s, sizes = gpu(folder, work / "gpu", work / "log")
        full = sum(sizes) / len(sizes) / _GPU_BATCH
        least_s = sum(sizes) / _GPU_BATCH * _GPU_S
        print(
            f"GPU: {len(sizes)} batches, {sizes.count(_GPU_BATCH)} of them full, {full:.1%} of all "
            f"places taken; {wall_s:.1f} s, of which it could not have saved {least_s:.1f} s"
        )


if __name__ == "__main__":
    main()
