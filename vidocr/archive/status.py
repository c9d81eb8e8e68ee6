"""What a ledger knows, for people and for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from vidocr.archive.entries import Counts, Entry
from vidocr.messages import ENDS_EARLY, duration, printable

_FIGURES = ("cues", "film_s", "elapsed_s", "frames", "damaged_packets", "ends_early", "engine")
_COLUMNS = (
    "film", "source", "state", "tries", *_FIGURES, "ended", "exit_code", "error", "outputs",
)  # fmt: skip


def table(counts: Counts, entries: Sequence[Entry]) -> Iterator[str]:
    """Counts, then what was cut off or failed, and why, a line each."""
    for name in ("done", "failed", "running", "waiting", "ignored"):
        yield f"{name:<9} {getattr(counts, name):>7}"
    done = [entry.figures for entry in entries if entry.state == "done"]
    film_s = sum(float(each.get("film_s", 0.0)) for each in done)
    work_s = sum(float(each.get("elapsed_s", 0.0)) for each in done)
    empty = sum(not each.get("cues") for each in done)
    if done:
        speed = f", {film_s / work_s:.1f} x real time each" if work_s else ""
        yield f"{duration(film_s)} of film done{speed}; {empty} without subtitles"
    for entry in entries:
        if entry.state == "done" and entry.figures.get("ends_early"):
            yield f"early     {printable(entry.stem)}: {ENDS_EARLY}"
    for entry in entries:
        if entry.state == "failed" or (entry.state == "waiting" and entry.error):
            yield f"{entry.state:<9} {printable(entry.stem)}: {printable(entry.error)}"


def as_json(counts: Counts, entries: Sequence[Entry]) -> dict[str, Any]:
    """All that the ledger knows."""
    return {"counts": counts._asdict(), "films": [_row(entry) for entry in entries]}


def as_csv(entries: Sequence[Entry]) -> str:
    """A line a film."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        row = _row(entry)
        writer.writerow(row | {"outputs": " ".join(row["outputs"])})
    return text.getvalue()


def _row(entry: Entry) -> dict[str, Any]:
    ended = entry.ended and datetime.fromtimestamp(entry.ended, UTC).isoformat(timespec="seconds")
    return {
        "film": printable(entry.stem),
        "source": printable(entry.source),
        "state": entry.state,
        "tries": entry.tries,
        **{name: entry.figures.get(name) for name in _FIGURES},
        "ended": ended,
        "exit_code": entry.exit_code,
        "error": entry.error,
        "outputs": sorted(map(printable, entry.outputs)) if entry.state == "done" else [],
    }
