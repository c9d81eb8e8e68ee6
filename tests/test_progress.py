import io
import json
import os

import pytest

from vidocr.progress import (
    JsonProgress,
    Progress,
    SilentProgress,
    TerminalProgress,
    choose,
)

MINUTE_US = 60_000_000


class FakeClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def events(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def run(progress: Progress, clock: FakeClock, total_us: int | None = MINUTE_US) -> None:
    progress.start(total_us, "film.mp4")
    for second in range(1, 61):
        clock.now += 0.1
        progress.advance(second * 1_000_000)


def test_json_tells_start_progress_and_finish() -> None:
    stream, clock = io.StringIO(), FakeClock()
    progress = JsonProgress(stream, clock)

    progress.start(MINUTE_US, "film\udcff.mp4")
    clock.now += 5  # a scan, which says nothing of the speed
    progress.advance(0)
    clock.now += 2
    progress.advance(MINUTE_US // 2)
    clock.now += 1
    progress.finish()
    progress.finish()

    assert events(stream) == [
        {"event": "start", "name": "film\udcff.mp4", "total_s": 60.0},
        {
            "event": "progress",
            "done_s": 0.0,
            "total_s": 60.0,
            "share": 0.0,
            "speed": None,
            "eta_s": None,
        },
        {
            "event": "progress",
            "done_s": 30.0,
            "total_s": 60.0,
            "share": 0.5,
            "speed": 15.0,
            "eta_s": 2.0,
        },
        {"event": "finish", "done_s": 30.0, "elapsed_s": 8.0},
    ]
    assert stream.getvalue().isascii()


def test_json_is_written_twice_a_second_at_most() -> None:
    stream, clock = io.StringIO(), FakeClock()

    run(JsonProgress(stream, clock), clock)

    assert 10 <= len([e for e in events(stream) if e["event"] == "progress"]) <= 12


def test_json_of_a_film_of_unknown_length() -> None:
    stream, clock = io.StringIO(), FakeClock()

    run(JsonProgress(stream, clock), clock, total_us=None)

    start, first, *_ = events(stream)
    assert start["total_s"] is None
    assert (first["share"], first["eta_s"]) == (None, None)


def test_terminal_shows_share_speed_and_time_left() -> None:
    stream, clock = Terminal(), FakeClock()
    progress = TerminalProgress(stream, clock)

    run(progress, clock)

    shown = stream.getvalue()
    assert "film.mp4" in shown
    assert "50%" in shown
    assert "looking where subtitles stand" in shown
    assert "00:03 left, 10.0 x real time" in shown
    progress.finish()
    progress.finish()
    assert stream.getvalue().endswith("\r")  # the bar is taken away


def test_speed_and_time_left_begin_anew_in_a_second_pass() -> None:
    stream, clock = io.StringIO(), FakeClock()
    progress = JsonProgress(stream, clock)
    run(progress, clock)
    for second in range(0, 31, 10):
        clock.now += 1
        progress.advance(second * 1_000_000)

    *_, last = events(stream)
    assert (last["share"], last["speed"], last["eta_s"]) == (0.5, 10.0, 3.0)


def test_terminal_that_does_not_know_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = Terminal(), FakeClock()
    monkeypatch.setattr(stream, "fileno", lambda: 2)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((0, 0)))

    run(TerminalProgress(stream, clock), clock)

    assert "50%" in stream.getvalue()


def test_terminal_with_a_film_of_unknown_length() -> None:
    stream, clock = Terminal(), FakeClock()

    run(TerminalProgress(stream, clock), clock, total_us=None)

    assert "gone, 10.0 x real time" in stream.getvalue()
    assert "%" not in stream.getvalue()


def test_terminal_shows_a_name_with_a_line_break_on_one_line() -> None:
    stream = Terminal()
    progress = TerminalProgress(stream)

    progress.start(MINUTE_US, "two\nlines.mp4")
    progress.finish()

    assert "two\\nlines.mp4" in stream.getvalue()


def test_what_was_not_started_says_nothing() -> None:
    stream = io.StringIO()
    for progress in (TerminalProgress(stream), JsonProgress(stream), SilentProgress()):
        progress.advance(1)
        progress.finish()

    assert stream.getvalue() == ""


def test_a_bar_is_for_terminals() -> None:
    assert isinstance(choose(Terminal()), TerminalProgress)
    assert isinstance(choose(io.StringIO()), SilentProgress)
    assert isinstance(choose(Terminal(), quiet=True), SilentProgress)
    assert isinstance(choose(io.StringIO(), quiet=True, as_json=True), JsonProgress)
