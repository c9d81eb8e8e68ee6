"""How long cues stand, and the time between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from vidocr.model import US_PER_S, Change, Cue, Position

_US_PER_MS = 1000


def with_gaps(cues: Sequence[Cue], min_gap_us: int, starts_us: Sequence[int]) -> list[Cue]:
    """The cues, ended sooner where the next one in their place starts too soon after.

    A cue keeps ``min_gap_us`` at least, or all it had. Those that others join while they stand
    stay as they are. What keeps too small a gap is flagged.
    """
    starts = _starts(cues)
    return [_with_gap(cue, starts[cue.position], min_gap_us, starts_us) for cue in cues]


def with_display(
    cues: Sequence[Cue], min_display_us: int, min_gap_us: int, starts_us: Sequence[int]
) -> list[Cue]:
    """The cues, those that are too short ended later, up to ``min_gap_us`` before the next one.

    What stays too short is flagged.
    """
    starts = _starts(cues)
    return [
        _with_display(cue, starts[cue.position], min_display_us, min_gap_us, starts_us)
        for cue in cues
    ]


def _starts(cues: Sequence[Cue]) -> dict[Position, list[int]]:
    """When the cues of each place start, in order."""
    starts: dict[Position, list[int]] = {}
    for cue in sorted(cues, key=lambda cue: cue.start_us):
        starts.setdefault(cue.position, []).append(cue.start_us)
    return starts


def _with_gap(cue: Cue, others: Sequence[int], min_gap_us: int, starts_us: Sequence[int]) -> Cue:
    next_us = _at(others, bisect_right(others, cue.start_us))
    if next_us is None or next_us < cue.end_us or next_us - cue.end_us >= min_gap_us:
        return cue
    least_us = cue.start_us + min(cue.end_us - cue.start_us, min_gap_us)
    end_us = _frame_before(max(next_us - min_gap_us, least_us), starts_us)
    if end_us is None or end_us < least_us:
        end_us = _frame_after(least_us, starts_us)
    if end_us is not None and end_us < cue.end_us:
        cue = _until(cue, end_us, "gap")
    gap_us = next_us - cue.end_us
    return cue if gap_us >= min_gap_us else _flagged(cue, "gap", gap_us, min_gap_us)


def _with_display(
    cue: Cue,
    others: Sequence[int],
    min_display_us: int,
    min_gap_us: int,
    starts_us: Sequence[int],
) -> Cue:
    wanted_us = cue.start_us + min_display_us
    if cue.end_us >= wanted_us:
        return cue
    next_us = _at(others, max(bisect_right(others, cue.start_us), bisect_left(others, cue.end_us)))
    latest_us = next_us - min_gap_us if next_us is not None else max([wanted_us, *starts_us[-1:]])
    end_us = _frame_after(wanted_us, starts_us)
    if end_us is None or end_us > latest_us:
        end_us = _frame_before(latest_us, starts_us)
    if end_us is not None and end_us > cue.end_us:
        cue = _until(cue, end_us, "duration")
    shown_us = cue.end_us - cue.start_us
    return (
        cue if shown_us >= min_display_us else _flagged(cue, "duration", shown_us, min_display_us)
    )


def _at(times_us: Sequence[int], index: int) -> int | None:
    return times_us[index] if index < len(times_us) else None


def _frame_after(time_us: int, starts_us: Sequence[int]) -> int | None:
    """The first start of a frame from here on; the time itself where no frames are known."""
    if not starts_us:
        return time_us
    return _at(starts_us, bisect_left(starts_us, time_us))


def _frame_before(time_us: int, starts_us: Sequence[int]) -> int | None:
    """The last start of a frame up to here; the time itself where no frames are known."""
    if not starts_us:
        return time_us
    at = bisect_right(starts_us, time_us)
    return starts_us[at - 1] if at else None


def _until(cue: Cue, end_us: int, step: str) -> Cue:
    before, after = (f"until {time_us / US_PER_S:.6f} s" for time_us in (cue.end_us, end_us))
    return replace(cue, end_us=end_us, changes=(*cue.changes, Change(step, before, after)))


def _flagged(cue: Cue, step: str, found_us: int, wanted_us: int) -> Cue:
    flag = f"{step}: {found_us // _US_PER_MS} ms, under {wanted_us // _US_PER_MS}"
    return replace(cue, flags=(*cue.flags, flag))
