"""Chunks of a film: each line is told of by one of them, or by both that saw it in part."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidocr.model import US_PER_S, Box, Frame, Span
from vidocr.stages.chunks import CHUNK_US, LEAD_US, TAIL_US, Chunk, chunks_of, in_chunks

AUDIT_US = 10 * US_PER_S
MINUTE_US = 60 * US_PER_S
BOX = Box(0, 0, 100, 20)
NO_PICTURE = np.zeros((1, 1), np.uint8)


def span(start_us: int, end_us: int) -> Span:
    return Span(0, BOX, start_us, end_us, 5, NO_PICTURE, BOX)


def borders(chunks: list[Chunk]) -> list[int]:
    return [chunk.end_us for chunk in chunks if chunk.end_us is not None]


def test_a_short_film_is_one_chunk() -> None:
    assert chunks_of(0, 59 * US_PER_S, AUDIT_US) == [Chunk(None, None)]
    assert chunks_of(0, None, AUDIT_US) == [Chunk(None, None)]


def test_borders_stand_at_whole_minutes_wherever_the_film_is_begun() -> None:
    assert borders(chunks_of(0, 150 * US_PER_S, AUDIT_US)) == [MINUTE_US, 2 * MINUTE_US]
    assert borders(chunks_of(70 * US_PER_S, 150 * US_PER_S, AUDIT_US)) == [2 * MINUTE_US]
    assert borders(chunks_of(MINUTE_US, 2 * MINUTE_US, AUDIT_US)) == []


@pytest.mark.parametrize("audit_us", [1_000_000, 7_300_000, 90_000_000])
def test_borders_stand_where_an_audit_is_due(audit_us: int) -> None:
    found = borders(chunks_of(0, 600 * US_PER_S, audit_us))
    assert found and all(border % audit_us == 0 and border >= CHUNK_US for border in found)


@given(st.integers(0, 200), st.integers(1, 400), st.integers(0, 700_000_000))
def test_each_frame_belongs_to_one_chunk(start_s: int, length_s: int, time_us: int) -> None:
    chunks = chunks_of(start_s * US_PER_S, (start_s + length_s) * US_PER_S, AUDIT_US)
    assert sum(chunk.holds(time_us) for chunk in chunks) == 1


# Who tells of a line

FIRST, SECOND = chunks_of(0, 2 * MINUTE_US, AUDIT_US)


def owners(start_s: float, end_s: float) -> list[Chunk]:
    """Those who tell of a line, if each saw as much of it as there is for it to see."""
    start_us, end_us = round(start_s * US_PER_S), round(end_s * US_PER_S)
    found = []
    for chunk in (FIRST, SECOND):
        seen_from = max(start_us, chunk.from_us)
        seen_until = min(end_us, chunk.until_us or end_us)
        if seen_from < seen_until and chunk.owns(span(seen_from, seen_until)):
            found.append(chunk)
    return found


@pytest.mark.parametrize(
    "start_s,end_s,told_by",
    [
        (10, 12, [FIRST]),
        (57, 59.9, [FIRST]),
        (59, 61, [FIRST]),
        (59.96, 60.2, [FIRST]),
        (60.2, 60.4, [SECOND]),
        (60.2, 80, [SECOND]),
        (70, 80, [SECOND]),
        (50, 70, [FIRST, SECOND]),
        (59.9, 63, [FIRST, SECOND]),
        (0, 120, [FIRST, SECOND]),
    ],
)
def test_a_line_is_told_of_by_who_saw_it_whole_or_by_both(
    start_s: float, end_s: float, told_by: list[Chunk]
) -> None:
    assert owners(start_s, end_s) == told_by


@given(st.integers(0, 119_000), st.integers(40, 60_000))
def test_no_line_is_lost_and_no_time_of_it(start_ms: int, length_ms: int) -> None:
    start_us, end_us = 1000 * start_ms, 1000 * min(120_000, start_ms + length_ms)
    found = owners(start_us / US_PER_S, end_us / US_PER_S)
    assert found
    assert min(max(start_us, chunk.from_us) for chunk in found) == start_us
    assert max(min(end_us, chunk.until_us or end_us) for chunk in found) == end_us


# Chunks in turn


class Noting:
    """A follower whose every frame is a span."""

    def __init__(self, made: "list[Noting]") -> None:
        self.times: list[int] = []
        self.closed = 0
        made.append(self)

    def push(self, frame: Frame) -> Iterator[Span]:
        self.times.append(frame.start_us)
        yield span(frame.start_us, frame.start_us + 40_000)

    def close(self) -> Iterator[Span]:
        self.closed += 1
        yield from ()


def test_each_chunk_sees_its_frames_and_some_around_them() -> None:
    made: list[Noting] = []
    times = range(0, 150 * US_PER_S, 500_000)
    frames = (Frame(time_us, ()) for time_us in times)
    chunks = chunks_of(0, 150 * US_PER_S, AUDIT_US)
    found = list(in_chunks(frames, chunks, lambda: Noting(made)))
    assert [(each.times[0], each.times[-1] + 500_000) for each in made] == [
        (0, MINUTE_US + TAIL_US),
        (MINUTE_US - LEAD_US, 2 * MINUTE_US + TAIL_US),
        (2 * MINUTE_US - LEAD_US, 150 * US_PER_S),
    ]
    assert [each.closed for each in made] == [1, 1, 1]
    assert {each.start_us for each in found} == set(times)
    assert len(found) == len(times) + 2, "a line that begins on a border is told of by both sides"


def test_spans_come_while_the_film_runs() -> None:
    made: list[Noting] = []
    found = in_chunks((Frame(n, ()) for n in range(5)), [Chunk(None, None)], lambda: Noting(made))
    assert next(found).start_us == 0
    assert made[0].times == [0]


def test_no_frames_are_no_spans() -> None:
    assert list(in_chunks([], [Chunk(None, None)], lambda: Noting([]))) == []
