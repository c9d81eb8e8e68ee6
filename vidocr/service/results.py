"""What came of a job that is done, out of its folder."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from pathlib import Path
from typing import Any

from vidocr.service.refusals import not_found

REPORT, REJECTS, FRAMES, PICTURES = "report.json", "rejects.json", "starts_us.bin", "pictures"


def report(out: Path) -> dict[str, Any]:
    """The figures of the run."""
    figures: dict[str, Any] = json.loads((out / REPORT).read_bytes())
    return figures


def rejects(out: Path) -> list[dict[str, Any]]:
    """What was found and is no subtitle."""
    found: list[dict[str, Any]] = json.loads((out / REJECTS).read_bytes())
    return found


def starts_us(out: Path, from_us: int, until_us: int | None) -> list[int]:
    """When the frames of a stretch begin that were decoded, in order."""
    times = array("q", (out / FRAMES).read_bytes())
    last = len(times) if until_us is None else bisect_left(times, until_us)
    return times[bisect_left(times, from_us) : last].tolist()


def picture(out: Path, cue: int, line: int) -> Path:
    """The JPEG of a line of a cue as it was read; raises Refusal where there is none."""
    path = out / PICTURES / f"{cue}-{line}.jpg"
    if not path.is_file():
        raise not_found(f"picture of line {line} of cue {cue}")
    return path
