"""How a batch goes: on a terminal, as plain lines, or as lines of JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

from vidocr.archive.board import Board, Ended, Totals
from vidocr.messages import US_PER_S, count, duration, printable
from vidocr.progress import rounded

if TYPE_CHECKING:
    from tqdm import tqdm

_STEP_S = 0.5
_NAME_WIDTH = 40
_PER_CENT = 100.0
_TELLING = 4  # films after which the time left can be reckoned

Clock = Callable[[], float]


def choose_board(stream: TextIO, *, quiet: bool, as_json: bool, at_once: int) -> Board:
    """JSON where it was asked for, bars on a terminal, else a line a film; or nothing."""
    if as_json:
        return JsonBoard(stream)
    if quiet:
        return SilentBoard()
    return TerminalBoard(stream, at_once) if stream.isatty() else LineBoard(stream)


class SilentBoard:
    """Says nothing."""

    def begin(self, totals: Totals) -> None:
        """Nothing."""

    def film_begins(self, film: str) -> None:
        """Nothing."""

    def advance(self, film: str, done_us: int, total_us: int | None) -> None:
        """Nothing."""

    def film_ends(self, ended: Ended, totals: Totals) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""


class _Pace:
    """How fast a batch goes. The time left is reckoned by bytes: lengths are not known before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock()
        self._first_bytes = 0
        self._ended = 0
        self.film_s = 0.0

    def begin(self, totals: Totals) -> None:
        self._began = self._clock()
        self._first_bytes = totals.left_bytes

    def add(self, ended: Ended) -> None:
        self._ended += 1
        self.film_s += float(ended.figures.get("film_s", 0.0))

    @property
    def elapsed_s(self) -> float:
        return self._clock() - self._began

    @property
    def speed(self) -> float | None:
        """Seconds of film a second; None while it is not known."""
        return self.film_s / self.elapsed_s if self.film_s and self.elapsed_s > 0 else None

    def eta_s(self, totals: Totals) -> float | None:
        gone = self._first_bytes - totals.left_bytes
        if gone <= 0 or self._ended < _TELLING:
            return None
        return self.elapsed_s * totals.left_bytes / gone


def told(ended: Ended) -> str:
    """A film's end in a line."""
    film = printable(ended.film)
    if ended.error:
        return f"{ended.how:<7} {film}: {printable(ended.error)}"
    cues, film_s = ended.figures.get("cues", 0), ended.figures.get("film_s", 0.0)
    found = count(cues, "cue") if cues else "no subtitles found"
    elapsed_s = ended.figures.get("elapsed_s") or 0.0
    speed = f", {film_s / elapsed_s:.1f} x real time" if elapsed_s else ""
    early = ", ends early" if ended.figures.get("ends_early") else ""
    return f"{ended.how:<7} {film}: {found}, {duration(film_s)} of film{early}{speed}"


def _overall(pace: _Pace, totals: Totals) -> str:
    parts = [f"{totals.ended} of {count(totals.films, 'film')}"]
    parts += [f"{totals.failed} failed"] if totals.failed else []
    parts += [f"{duration(pace.film_s)} of film"] if pace.film_s else []
    parts += [f"{pace.speed:.1f} x real time"] if pace.speed else []
    eta_s = pace.eta_s(totals)
    parts += [f"{duration(eta_s)} left"] if eta_s is not None else []
    return ", ".join(parts)


class LineBoard:
    """A line for each film when it ends, and how far the whole is."""

    def __init__(self, stream: TextIO, clock: Clock = time.monotonic) -> None:
        self._stream = stream
        self._pace = _Pace(clock)

    def begin(self, totals: Totals) -> None:
        """Say how many films there are."""
        self._pace.begin(totals)
        self._say(f"{totals.films - totals.ended} of {count(totals.films, 'film')} to do")

    def film_begins(self, film: str) -> None:
        """Nothing: its end is said."""

    def advance(self, film: str, done_us: int, total_us: int | None) -> None:
        """Nothing."""

    def film_ends(self, ended: Ended, totals: Totals) -> None:
        """Say how it ended."""
        self._pace.add(ended)
        self._say(f"{told(ended)} [{_overall(self._pace, totals)}]")

    def finish(self) -> None:
        """Nothing: the summary comes."""

    def _say(self, line: str) -> None:
        self._stream.write(f"vidocr: {line}\n")
        self._stream.flush()


class JsonBoard:
    """A JSON object a line. The field ``event`` says what it tells.

    - ``batch``: ``films``, ``left``, ``left_bytes``
    - ``film_begins``: ``film``
    - ``progress``, of each film twice a second at most: ``film``, ``done_s``, ``total_s``
    - ``film_ends``: ``film``, ``how`` (done, failed, ignored or again), ``error``, its figures,
      and of the whole ``ended``, ``failed``, ``films``, ``whole_s``, ``speed`` and ``eta_s``
    - ``finish``: ``elapsed_s``, ``whole_s``
    """

    def __init__(self, stream: TextIO, clock: Clock = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._pace = _Pace(clock)
        self._said: dict[str, float] = {}
        self._is_open = False

    def begin(self, totals: Totals) -> None:
        """Write ``batch``."""
        self._pace.begin(totals)
        self._is_open = True
        left = totals.films - totals.ended
        self._write("batch", films=totals.films, left=left, left_bytes=totals.left_bytes)

    def film_begins(self, film: str) -> None:
        """Write ``film_begins``."""
        self._write("film_begins", film=film)

    def advance(self, film: str, done_us: int, total_us: int | None) -> None:
        """Write ``progress`` if the last of that film is half a second old."""
        now = self._clock()
        if now - self._said.get(film, -_STEP_S) < _STEP_S:
            return
        self._said[film] = now
        total_s = None if total_us is None else total_us / US_PER_S
        self._write("progress", film=film, done_s=done_us / US_PER_S, total_s=total_s)

    def film_ends(self, ended: Ended, totals: Totals) -> None:
        """Write ``film_ends``."""
        self._said.pop(ended.film, None)
        self._pace.add(ended)
        self._write(
            "film_ends",
            **{"film": ended.film, "how": ended.how, "error": ended.error, **ended.figures},
            ended=totals.ended,
            failed=totals.failed,
            films=totals.films,
            whole_s=round(self._pace.film_s, 3),
            speed=rounded(self._pace.speed),
            eta_s=rounded(self._pace.eta_s(totals)),
        )

    def finish(self) -> None:
        """Write ``finish``."""
        if self._is_open:
            elapsed_s = rounded(self._pace.elapsed_s)
            self._write("finish", elapsed_s=elapsed_s, whole_s=rounded(self._pace.film_s))
        self._is_open = False

    def _write(self, event: str, **fields: object) -> None:
        self._stream.write(json.dumps({"event": event, **fields}, ensure_ascii=False) + "\n")
        self._stream.flush()


class TerminalBoard:
    """A bar for the whole, a line for each film that is read; failures stay above them."""

    def __init__(self, stream: TextIO, at_once: int, clock: Clock = time.monotonic) -> None:
        self._stream = stream
        self._at_once = at_once
        self._pace = _Pace(clock)
        self._whole: tqdm[Any] | None = None
        self._lines: list[tqdm[Any]] = []
        self._films: dict[str, tqdm[Any]] = {}

    def begin(self, totals: Totals) -> None:
        """Show the bar."""
        self._pace.begin(totals)
        self._whole = self._bar(0, "{percentage:3.0f}%|{bar}| {desc}")
        self._whole.set_description_str(_overall(self._pace, totals))
        self._lines = [self._bar(place, "{desc}") for place in range(self._at_once, 0, -1)]

    def _bar(self, place: int, shape: str) -> tqdm[Any]:
        from tqdm import tqdm  # tens of ms, which --help need not wait for

        return tqdm(
            total=_PER_CENT,
            position=place,
            bar_format=shape,
            file=self._stream,
            leave=False,
            dynamic_ncols=True,
        )

    def film_begins(self, film: str) -> None:
        """Give it a line."""
        if self._lines:
            self._films[film] = self._lines.pop()
            self._films[film].set_description_str(f"  {_short(film)}: looking where text stands")

    def advance(self, film: str, done_us: int, total_us: int | None) -> None:
        """Show how far it is."""
        line = self._films.get(film)
        if line is None or not done_us:
            return
        share = f" ({done_us / total_us:.0%})" if total_us else ""
        line.set_description_str(f"  {_short(film)}: {duration(done_us / US_PER_S)}{share}")

    def film_ends(self, ended: Ended, totals: Totals) -> None:
        """Free its line; say what failed."""
        from tqdm import tqdm

        self._pace.add(ended)
        line = self._films.pop(ended.film, None)
        if line is not None:
            line.set_description_str("")
            self._lines.append(line)
        if ended.how in ("failed", "again"):
            tqdm.write(f"vidocr: {told(ended)}", file=self._stream)
        if self._whole is not None:
            share = _PER_CENT * totals.ended / max(1, totals.films)
            self._whole.set_description_str(_overall(self._pace, totals), refresh=False)
            self._whole.update(share - self._whole.n)
            self._whole.refresh()

    def finish(self) -> None:
        """Take it all away; the summary takes its place."""
        for bar in (*self._films.values(), *self._lines, self._whole):
            if bar is not None:
                bar.close()
        self._films, self._lines, self._whole = {}, [], None


def _short(name: str) -> str:
    shown = printable(name)
    return shown if len(shown) <= _NAME_WIDTH else "…" + shown[1 - _NAME_WIDTH :]
