"""A batch: films handed out to a crew, their tracks put in place, all of it kept in the ledger."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from vidocr.archive.board import Board, Ended, Totals
from vidocr.archive.crew import Crew, Failed, Read, Told
from vidocr.archive.entries import Entry
from vidocr.archive.feed import Feed
from vidocr.archive.films import Film
from vidocr.archive.ledger import LEASE_S, Ledger
from vidocr.archive.places import Places, with_digests, work_folder
from vidocr.archive.runs import Run
from vidocr.archive.storage import Mark, mark
from vidocr.archive.work import Order, copy_ending
from vidocr.errors import InputError, OutputError
from vidocr.options import Options

_log = logging.getLogger(__name__)

_TURN_S = 0.5
_LONGEST_WAIT_S = 600.0
_ADDED_AT_ONCE = 200
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
_SAME_TRACK = (
    "api_key", "batch", "decode_threads", "jobs", "offline", "server_requests",
    "server_timeout_s", "translation_memory", "translator_key", "translator_requests",
    "translator_timeout_s",
)  # fmt: skip
"""Options that change how the work is done, and not the track."""
_FILES = ("glossary", "replace")


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be done.

    Args:
        root: folder or address below which the tracks are to stand.
        ledger: its file.
        options: of the pipeline.
        formats: of the tracks.
        tries: of a film that is hindered by what may pass.
        backoff_s: wait before the second try; it is four times as long before each further one.
        overwrite: replace tracks that vidocr did not write.
        retry_failed: try those again that failed before.
        mux: the ending of copies of the films that hold their tracks; empty for none.
    """

    root: str
    ledger: Path
    options: Options
    formats: tuple[str, ...] = ("srt",)
    tries: int = 3
    backoff_s: float = 5.0
    overwrite: bool = False
    retry_failed: bool = False
    mux: str = ""

    @property
    def key(self) -> str:
        """Stands for all that changes a track."""
        told = {each.name: repr(getattr(self.options, each.name)) for each in fields(Options)}
        told |= {name: _content(getattr(self.options, name)) for name in _FILES}
        kept = {name: value for name, value in told.items() if name not in _SAME_TRACK}
        wanted = [kept, sorted(self.formats), *([self.mux] if self.mux else [])]
        text = json.dumps(wanted, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def endings(self) -> tuple[str, ...]:
        """Of the names of tracks that are known before a film was read."""
        is_parted = self.options.split_languages and not self.options.translate
        copies = (copy_ending(self.mux),) if self.mux else ()
        return copies if is_parted else (*self.formats, *copies)


def _content(path: str) -> str:
    """Stands for what a file of the user's holds; a file that can't be read is told of later."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
    except OSError:
        return path


class Tally(NamedTuple):
    """What came of a run: how many films it did, and those of its films that failed by now."""

    done: int
    kept: int
    empty: int
    failed: tuple[Entry, ...]
    film_s: float


def run(batch: Batch, films: Sequence[Film], crew: Crew, board: Board, feed: Feed | None) -> Tally:
    """Read the films that are not done yet, and say what came of all.

    Args:
        batch: what is to be done.
        films: which, in the order in which they are to be begun.
        crew: reads them; entered here.
        board: told on the way.
        feed: gets the cues.

    Raises:
        OutputError: nothing can be written any more, as on a full disk.
        VidocrError: nothing can be read at all.
    """
    own = Run.this()
    places = Places(batch.root, own.name, overwrite=batch.overwrite)
    with Ledger(batch.ledger) as ledger:
        ledger.enter(own)
        try:
            work = places.enter(work_folder(batch.root, batch.ledger))
            return _Running(batch, ledger, places, work, board, feed).all(films, crew)
        finally:
            board.finish()
            places.leave()
            with suppress(OutputError):  # where it can't, the next run sees that this one is gone
                ledger.leave()


class _Running:
    """A batch under way."""

    def __init__(
        self,
        batch: Batch,
        ledger: Ledger,
        places: Places,
        work: Path,
        board: Board,
        feed: Feed | None,
    ) -> None:
        self._batch = batch
        self._ledger = ledger
        self._places = places
        self._work = work
        self._board = board
        self._feed = feed
        self._reading: dict[int, Entry] = {}
        self._done: list[float] = []
        self._totals = Totals(0, 0, 0, 0)
        self._beaten = time.monotonic()
        self._hindered = 0  # times in a row that the model was away
        self._begin_at = 0.0
        self._is_told = False

    def all(self, films: Sequence[Film], crew: Crew) -> Tally:
        """As ``run``."""
        self._take_over()
        self._add(films)
        counts = self._ledger.counts(mine=True)
        ended = counts.done + counts.failed
        films_left = counts.waiting + counts.running
        self._totals = Totals(ended, counts.failed, ended + films_left, counts.left_bytes)
        self._board.begin(self._totals)
        if self._is_left():
            with crew:
                while self._turn(crew):
                    self._beat()
        return Tally(
            done=len(self._done),
            kept=counts.done,
            empty=self._ledger.empty(),
            failed=tuple(self._ledger.failures()),
            film_s=sum(self._done),
        )

    def _turn(self, crew: Crew) -> bool:
        """Hand out what there is room for, and see what came; whether there is more to do."""
        waits = time.monotonic() < self._begin_at
        while not waits and crew.room and (entry := self._ledger.claim()):
            self._begin(entry, crew)
        for event in crew.events(_TURN_S):
            entry = self._reading[event.number]
            if isinstance(event, Told):
                self._board.advance(entry.stem, event.done_us, event.total_us)
            elif isinstance(event, Read):
                self._read(self._reading.pop(event.number), event)
            else:
                self._failed(self._reading.pop(event.number), event)
        return crew.busy > 0 or self._is_left()

    def _is_left(self) -> bool:
        """Whether films wait, or others have some that may come to wait if those others die."""
        if self._ledger.next_turn() is not None:
            return True
        elsewhere = self._ledger.elsewhere()
        if elsewhere and not self._is_told:
            self._is_told = True
            _log.warning("waiting for films that are in the hands of another run: %d", elsewhere)
        return elsewhere > 0

    def _begin(self, entry: Entry, crew: Crew) -> None:
        self._reading[entry.number] = entry
        try:
            names = self._places.of(entry.stem, self._batch.endings)
            self._places.check(names.values(), entry.outputs)
        except OutputError as error:  # before hours of work
            self._failed(self._reading.pop(entry.number), Failed(entry.number, error))
            return
        self._board.film_begins(entry.stem)
        crew.give(Order(entry.number, entry.source, self._work))

    def _read(self, entry: Entry, event: Read) -> None:
        """Record what is to stand where, then put it there, then record that it stands."""
        tracks, copies = event.outcome.tracks, event.outcome.copies
        figures = {**event.outcome.figures, "tracks": [*tracks, *copies]}
        names = self._places.of(entry.stem, [*tracks, *copies])
        try:
            self._places.check(names.values(), entry.outputs)  # it may have come meanwhile
            outputs = with_digests(entry.outputs, tracks, copies, names)
            if not self._ledger.placing(entry.number, outputs, figures):
                self._ended(entry, "again", "another run took it over")
                return
            self._places.put(entry.number, tracks, copies, names)
        except OutputError as error:
            self._failed(entry, Failed(entry.number, error))
            return
        if self._feed:
            name = f"{entry.number}-{entry.sample[:8]}-{self._batch.key}"
            self._feed.add(entry.source, name, event.outcome.cues)
        self._ledger.done(entry.number)
        self._done.append(float(figures.get("film_s", 0.0)))
        self._hindered = 0
        self._ended(entry, "done", figures=figures)

    def _failed(self, entry: Entry, event: Failed) -> None:
        error = event.error
        if isinstance(error, OutputError) and error.errno in _FULL:
            raise error  # a copy of the next film would find no room, too
        tries = entry.tries + 1
        self._places.drop(entry.number)
        if error.may_pass and not isinstance(error, InputError):
            self._pause()
        if error.may_pass and tries < self._batch.tries:
            wait_s = self._wait_s(tries)
            self._ledger.put_back(entry.number, time.time() + wait_s, str(error))
            self._ended(entry, "again", f"{error}; once more in {wait_s:g} s")
        elif isinstance(error, InputError) and event.is_read and not entry.is_certain:
            self._ledger.ignored(entry.number, str(error))
            self._ended(entry, "ignored", str(error))
        else:
            self._ledger.failed(entry.number, str(error), error.exit_code)
            self._ended(entry, "failed", str(error))

    def _pause(self) -> None:
        """Begin no film for a while, as the model or its server is away: not each film pays."""
        self._hindered += 1
        self._begin_at = time.monotonic() + self._wait_s(self._hindered)

    def _wait_s(self, turn: int) -> float:
        return min(self._batch.backoff_s * 4.0 ** min(turn - 1, 20), _LONGEST_WAIT_S)

    def _ended(
        self, entry: Entry, how: str, error: str = "", figures: dict[str, object] | None = None
    ) -> None:
        self._totals = self._totals.after(how, entry.size)
        self._board.film_ends(Ended(entry.stem, how, error, figures or {}), self._totals)

    def _beat(self) -> None:
        if time.monotonic() - self._beaten > LEASE_S / 4:
            self._beaten = time.monotonic()
            self._ledger.beat()
            self._take_over()

    def _take_over(self) -> None:
        """Finish what dead runs left, where the tracks stand; else it is done again.

        Where cues go to a feed, too, nobody knows whether they went: so it is done again.
        """
        for entry in self._ledger.take_over():
            if self._feed is None and self._places.stand(entry.outputs):
                self._ledger.done(entry.number)
            else:
                self._ledger.wait_again(entry.number)
        self._places.sweep(self._ledger.runs)

    def _add(self, films: Sequence[Film]) -> None:
        marked = _marked(films)
        while some := list(islice(marked, _ADDED_AT_ONCE)):
            self._ledger.add(some, self._batch.key, retry=self._batch.retry_failed)
            self._beat()
        for number, stem, endings in self._ledger.done_stems():
            if not self._places.exist(self._places.of(stem, endings).values()):
                self._ledger.wait_again(number)
            self._beat()


def _marked(films: Iterable[Film]) -> Iterator[tuple[Film, Mark]]:
    for film in films:
        try:
            yield film, mark(film.source)
        except InputError:  # said when its turn comes
            yield film, Mark(film.size, film.modified, "")
