"""One pass over a film: from its frames to the lines that stand in them, in one job or several.

Several jobs are processes, each of which decodes and follows a chunk at a time. Both ways follow
the same chunks and give the same spans in the same order.
"""

from __future__ import annotations

import multiprocessing
from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias

from vidocr.ahead import Ahead
from vidocr.engines import TextDetector
from vidocr.errors import InputError, VidocrError
from vidocr.model import Frame, Region, Span
from vidocr.processes import started, starting
from vidocr.report import Report
from vidocr.stages.audit import audited
from vidocr.stages.chunks import Chunk, in_chunks
from vidocr.stages.sightings import Sighting
from vidocr.stages.spans import FilmFollower
from vidocr.stages.strokes import one_thread
from vidocr.stages.video import DecodeCounts

FRAMES_AHEAD = 24
_FRAMES_A_MESSAGE = 25


class CannotSplitError(VidocrError):
    """Chunks of this film might not be what they are in one piece; a pass in one job can."""


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do in a pass; it can be pickled.

    ``decode`` is ``stages.video.frames`` with what does not depend on the chunk.
    """

    path: Path
    decode: Callable[..., Iterator[Frame]]
    start_us: int
    end_us: int | None
    regions: tuple[Region, ...]
    detector: TextDetector
    width: int
    grid_us: int
    audit_us: int

    def follower(self, report: Report) -> FilmFollower:
        """One that knows nothing yet."""
        return FilmFollower(self.regions, self.detector, grid_us=self.grid_us, report=report)

    def audited(self, frames: Iterator[Frame], found: list[Sighting]) -> Iterator[Frame]:
        """The frames, with whole pictures looked at on the way."""
        return audited(frames, self.regions, self.detector, self.width, found, self.audit_us)


@dataclass(slots=True)
class Passed:
    """What a pass met so far, beside its spans."""

    counts: DecodeCounts = field(default_factory=DecodeCounts)
    found: list[Sighting] = field(default_factory=list)
    report: Report = field(default_factory=Report)


def one_by_one(
    work: Work, chunks: Sequence[Chunk], passed: Passed, advance: Callable[[int], None]
) -> Generator[Span, None, None]:
    """Decode the film once and follow its chunks in turn.

    Args:
        work: what there is to do.
        chunks: of the whole film, in order.
        passed: filled on the way.
        advance: told up to which time the film was followed.
    """
    decoded = work.decode(start_us=work.start_us, end_us=work.end_us, counts=passed.counts)
    with Ahead(decoded, FRAMES_AHEAD, "decode") as ahead:
        watched = work.audited(_telling(ahead, advance), passed.found)
        yield from in_chunks(watched, chunks, lambda: work.follower(passed.report))


def _telling(frames: Iterator[Frame], advance: Callable[[int], None]) -> Iterator[Frame]:
    for frame in frames:
        advance(frame.start_us)
        yield frame


def side_by_side(
    work: Work,
    chunks: Sequence[Chunk],
    jobs: int,
    passed: Passed,
    advance: Callable[[int], None],
) -> Generator[Span, None, None]:
    """Follow chunks in ``jobs`` processes; as ``one_by_one``.

    Raises:
        CannotSplitError: the film is damaged or does not keep its times.
        InputError: a process died.
    """
    done: dict[int, tuple[list[Span], Passed]] = {}
    followed_us = dict.fromkeys(range(len(chunks)), 0)
    todo = list(enumerate(chunks))[::-1]
    with _Crew(work, min(jobs, len(chunks))) as crew:
        for turn in range(len(chunks)):
            while turn not in done:
                crew.give(todo)
                for number, answer in crew.answers():
                    if isinstance(answer, int):
                        followed_us[number] = answer
                        advance(work.start_us + sum(followed_us.values()))
                    else:
                        done[number] = answer
            spans, part = done.pop(turn)
            _add(passed, part)
            yield from spans


def _add(passed: Passed, part: Passed) -> None:
    counts, its = passed.counts, part.counts
    if its.damaged_packets or its.corrupt_frames or its.pts_gaps or its.untimed_frames:
        raise CannotSplitError("the film is damaged, or its container keeps no times of pictures")
    counts.frames += its.frames
    counts.starts_us.extend(its.starts_us)
    counts.skipped += its.skipped
    for name in ("end_us", "late_us", "early_us"):
        setattr(counts, name, max(getattr(counts, name), getattr(its, name)))
    counts.device, counts.software_why = its.device, its.software_why or counts.software_why
    passed.found += part.found
    passed.report.add(part.report)


_Answer: TypeAlias = "int | tuple[list[Span], Passed]"


class _Crew:
    """Processes, each with the chunk that it follows, if any."""

    def __init__(self, work: Work, size: int) -> None:
        self._path = work.path
        context = multiprocessing.get_context("spawn")
        self._members: list[tuple[BaseProcess, Connection]] = []
        self._busy: dict[Connection, int] = {}
        for _ in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, work), daemon=True)
            with starting():
                process.start()
            theirs.close()  # so that ours ends when the process does
            self._members.append((process, ours))

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *error: object) -> None:
        for process, _ in self._members:
            process.terminate()
        for process, ours in self._members:
            process.join()
            ours.close()

    def give(self, todo: list[tuple[int, Chunk]]) -> None:
        """Give the last of ``todo`` to those who are idle."""
        for _, connection in self._members:
            if todo and connection not in self._busy:
                number, chunk = todo.pop()
                connection.send(chunk)
                self._busy[connection] = number

    def answers(self) -> Iterator[tuple[int, _Answer]]:
        """What those say who have something to say, with the number of their chunk."""
        ready = wait(list(self._busy))
        for connection in [each for each in self._busy if each in ready]:
            try:
                answer = connection.recv()
            except (EOFError, OSError):
                raise InputError(
                    f"{self._path}: a process that decoded it died (killed, or the decoder "
                    "crashed); run it with --jobs 1, or convert the film, e.g. to H.264"
                ) from None
            if isinstance(answer, BaseException):
                raise answer
            number = self._busy[connection]
            if not isinstance(answer, int):
                del self._busy[connection]
            yield number, answer


def _serve(connection: Connection, work: Work) -> None:
    """Follow the chunks that come in, until there are no more."""
    started()
    with suppress(EOFError, OSError), one_thread():  # the first process is gone
        while True:
            try:
                connection.send(_follow(work, connection.recv(), connection.send))
            except (VidocrError, MemoryError) as error:
                connection.send(error)


def _follow(work: Work, chunk: Chunk, told: Callable[[int], None]) -> tuple[list[Span], Passed]:
    passed = Passed()
    begin_us = max(work.start_us, chunk.from_us)
    ends_us = [us for us in (chunk.until_us, work.end_us) if us is not None]
    own_us = max(work.start_us, chunk.start_us or 0)
    decoded = work.decode(
        start_us=begin_us,
        end_us=min(ends_us, default=None),
        whole_from_us=own_us,
        counts=passed.counts,
    )
    own = skipped_before = skipped = 0

    def counted(frames: Iterator[Frame]) -> Iterator[Frame]:
        nonlocal own, skipped_before, skipped
        for frame in frames:
            if chunk.holds(frame.start_us):
                own, skipped = own + 1, passed.counts.skipped
                if own % _FRAMES_A_MESSAGE == 0:
                    told(frame.start_us - own_us)
            elif not own:
                skipped_before = passed.counts.skipped
            yield frame

    follower = work.follower(passed.report)
    spans: list[Span] = []
    for frame in work.audited(counted(decoded), passed.found):
        spans += follower.push(frame)
    spans += follower.close()
    counts = passed.counts
    counts.frames, counts.skipped = own, skipped - skipped_before
    counts.starts_us = array("q", filter(chunk.holds, counts.starts_us))
    return [span for span in spans if chunk.owns(span)], passed
