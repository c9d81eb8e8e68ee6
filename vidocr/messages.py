"""What a run says to a person: names made safe to print, the summary, the details."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidocr.model import Region
    from vidocr.report import Report

US_PER_S = 1_000_000
ENDS_EARLY = "ends before its container says it does; if it was cut off, get it again"
_LOWER_PART = "0,70%,100%,30%"


def printable(text: object) -> str:
    r"""The text on one line, safe for any terminal: ``\n`` and bytes that are no text escaped."""
    return "".join(
        char.encode("unicode_escape").decode()
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        else char
        for char in str(text)
    )


def duration(seconds: float) -> str:
    """``0.04 s``, ``7.5 s``, ``12 min 05 s`` or ``1 h 02 min``."""
    if seconds < 1:
        return f"{seconds:.2g} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def summary(report: Report, wall_s: float, target: str) -> Iterator[str]:
    """The outcome in one line, and more where the user can do something about it."""
    film_s = report.film_us / US_PER_S
    speed = f"{film_s / wall_s:.1f} x real time" if wall_s > 0 and film_s >= 1 else ""
    found = count(report.cues, "cue") if report.cues else "no subtitles found, the track is empty"
    parts = [found, f"{duration(film_s)} of film", speed]
    if report.damaged_packets:
        parts.append(count(report.damaged_packets, "damaged packet"))
    if report.pts_gaps:
        parts.append(count(report.pts_gaps, "gap") + " in the film")
    yield f"{', '.join(filter(None, parts))} -> {printable(target)}"
    if report.ends_early:
        yield f"the film {ENDS_EARLY}"
    if not report.cues:
        yield f"if you can see some, say where with --region, e.g. --region {_LOWER_PART}"
        if unsure := report.rejected.get("unsure"):
            yield f"{count(unsure, 'line')} could not be read with confidence: check --lang"
    if report.subtitle_streams:
        yield _soft_subtitles(report)


def _soft_subtitles(report: Report) -> str:
    streams = [
        f"{stream.codec} ({stream.language})" if stream.language else stream.codec
        for stream in report.subtitle_streams
    ]
    listed = ", ".join(map(printable, streams))
    return f"the file also holds subtitles as a stream, exact and free of OCR: {listed}"


def details(report: Report) -> Iterator[str]:
    """The report, one fact a line."""
    yield f"engine: {report.engine}"
    for region in report.regions:
        yield f"place: {_place(region)}"
    if not report.regions:
        yield "place: none found"
    why = f" ({report.decoder_why})" if report.decoder_why else ""
    yield printable(f"decoded by: {report.decoder}{why}")
    if report.jobs_why:
        yield f"jobs: {report.jobs_why}"
    corrupt = f", {report.corrupt_frames} of them damaged" if report.corrupt_frames else ""
    yield f"frames: {report.frames}{corrupt}"
    if report.skipped_frames:
        yield f"frames skipped: {report.skipped_frames}, so {_coarseness(report)}"
    looks = f", {report.detect_calls / report.cues:.2f} a cue" if report.cues else ""
    yield f"looks for text: {report.detect_calls}{looks}"
    per_cue = f", {report.ocr_calls / report.cues:.2f} a cue" if report.cues else ""
    yield (
        f"lines followed: {report.spans}; "
        f"read: {report.lines_read}, in {count(report.ocr_calls, 'call')}{per_cue}"
    )
    if report.model_calls:
        yield (
            f"pictures shown to the model: {report.model_calls}; disagreements: "
            f"{report.disagreements}; second looks: {report.second_looks}"
        )
    for reason, times in (+Counter(report.rejected)).most_common():
        yield f"rejected, {reason}: {times}"
    for stage, elapsed_s in report.elapsed_s.items():
        yield f"time, {stage}: {elapsed_s:.2f} s"


def _coarseness(report: Report) -> str:
    early = f" or {report.early_us / 1000:.0f} ms early" if report.early_us else ""
    return f"times may be up to {report.late_us / 1000:.0f} ms late{early}"


def _place(region: Region) -> str:
    return (
        f"{region.x},{region.y},{region.width},{region.height} px, "
        f"lines of {region.line_height:.0f} px"
    )


def count(number: int, noun: str) -> str:
    """``1 cue``, ``2 cues``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
