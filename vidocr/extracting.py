"""One film from end to end: read, finished, and all that was asked for put in its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from vidocr import tracks
from vidocr.errors import InputError, OutputError, UsageError, VidocrError
from vidocr.finishing import Finished, about_film, finishing, tells_languages
from vidocr.messages import US_PER_S, count, duration, printable
from vidocr.model import Cue
from vidocr.muxing import Track, format_of, mux
from vidocr.options import Options
from vidocr.output import output_file
from vidocr.pipeline import extract
from vidocr.progress import Progress
from vidocr.report import Report
from vidocr.targets import Target, Tracks

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted of a film.

    Args:
        video: the film.
        targets: places for its track.
        evidence: place for the page that shows each cue beside its picture.
        mux: place for a copy of the film that holds the track.
        overwrite: replace files that are there.
    """

    video: Path
    targets: tuple[Target, ...]
    evidence: Path | None = None
    mux: Path | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it, and the names of the places that were written."""

    report: Report
    finished: Finished
    places: tuple[str, ...]


def run(job: Job, options: Options, stream: BinaryIO, progress: Progress, say: Say) -> Done:
    """Do the job; all that would hinder the writing shows before the work.

    Args:
        job: what is wanted.
        options: how.
        stream: standard output.
        progress: told how far the work is; finished here.
        say: told what a person should know on the way.

    Raises:
        VidocrError: what was read until then is kept beside the first target.
    """
    _refuse_wrong_paths(job)
    with ExitStack() as stack:
        stack.callback(progress.finish)
        parted = options.split_languages and not options.translate
        places = stack.enter_context(
            Tracks(job.targets, stream, overwrite=job.overwrite, parted=parted)
        )
        show = _shower(job, stack)
        _refuse_wrong_copy(job)
        formats = [target.format for target in job.targets]
        tells = tells_languages(formats) or job.mux is not None
        finish = stack.enter_context(finishing(options, tell_languages=tells))
        pictures = finish.wants_pictures or job.evidence is not None
        cues, report = extract(job.video, options, progress=progress, pictures=pictures)
        if report.engine_why:
            say(f"engine: {report.engine} ({report.engine_why})")
        try:
            found = list(cues)
        except VidocrError:
            progress.finish()
            _keep_partial(job, report.partial, say)
            raise
        progress.finish()
        if options.translate:
            say(f"translating {count(len(found), 'cue')}")
        try:
            finished = finish.finished(found, report.starts_us)
        except BaseException:  # an interrupt, too, must not cost hours of reading
            _keep_partial(job, found, say)
            raise
        if found and not finished.main and not finished.error:
            say(f"of {count(len(found), 'cue')} none is left, so the track is empty")
        written = _write(finished, report, places)
        written += show(finished, found, report)
    written += _mux(job, finished, say)
    for line in finished.translation.told() if finished.translation else ():
        say(line)
    if finished.error:
        say(f"what was read is kept in {printable(', '.join(written))}")
        raise finished.error
    places.check()
    return Done(report, finished, tuple(written))


def _write(finished: Finished, report: Report, places: Tracks) -> list[str]:
    written: list[str] = []
    for product in finished.products:
        about = about_film(report, product.language)
        written += places.write(product.tag, partial(tracks.render, product.cues, about=about))
    return written


def _keep_partial(job: Job, cues: Sequence[Cue], say: Say) -> None:
    """What was read before something failed, beside the place of the track."""
    target = next((target for target in job.targets if target.path), None)
    if not cues or target is None or target.path is None:
        return
    place = target.path.with_suffix(f".partial.{target.format}")
    with output_file(place, overwrite=True) as write:
        write(tracks.render(cues, target.format))
    until = duration(cues[-1].end_us / US_PER_S)
    say(f"{len(cues)} cues, up to {until} of the film, are kept in {printable(place)}")


def _shower(job: Job, stack: ExitStack) -> Callable[[Finished, Sequence[Cue], Report], list[str]]:
    """What writes the page of evidence, if it is wanted."""
    place = job.evidence
    if place is None:
        return lambda finished, cues, report: []
    with _for_flag("--evidence"):
        write = stack.enter_context(output_file(place, overwrite=job.overwrite))

    def show(finished: Finished, cues: Sequence[Cue], report: Report) -> list[str]:
        from vidocr.evidence import page

        assert report.video is not None, "the pipeline tells whose report it is"
        # Of several tracks none shows all that was read.
        is_one = len(finished.products) == 1
        with _for_flag("--evidence"):
            write(page(finished.products[0].cues if is_one else cues, report, report.video))
        return [str(place)]

    return show


def _refuse_wrong_copy(job: Job) -> None:
    """Find what would hinder the copy of the film."""
    if job.mux is None:
        return
    with _for_flag("--mux"):
        format_of(job.mux)
        with output_file(job.mux, overwrite=job.overwrite):
            """Its place can be written."""


def _mux(job: Job, finished: Finished, say: Say) -> list[str]:
    """The copy of the film that holds the tracks, if it is wanted."""
    if job.mux is None:
        return []
    held = [Track(each.cues, each.language, each.title) for each in finished.products if each.cues]
    if not held:
        say(f"{printable(job.mux)}: not written, for there is no track to put into it")
        return []
    with _for_flag("--mux"):
        for note in mux(job.video, job.mux, held, overwrite=job.overwrite):
            say(note)
    return [str(job.mux)]


@contextmanager
def _for_flag(flag: str) -> Iterator[None]:
    """Name the flag that is at fault."""
    try:
        yield
    except (OutputError, UsageError) as error:
        raise type(error)(str(error).replace("with -o", f"with {flag}")) from error


def _refuse_wrong_paths(job: Job) -> None:
    try:
        job.video.lstat()
    except OSError as error:
        raise InputError(_not_found(job.video, error)) from error
    others = {"--evidence": job.evidence, "--mux": job.mux}
    wanted = [("-o", target.path) for target in job.targets] + list(others.items())
    seen: dict[str, str] = {}
    for flag, path in wanted:
        if path is None:
            continue
        is_video = False
        with suppress(OSError):  # said by those who open them
            is_video = path.samefile(job.video)
        if is_video:
            raise UsageError(f"{path}: is the video itself; give another file with {flag}")
        place = os.path.realpath(path)
        if place in seen:
            raise UsageError(
                f"{path}: is given with {seen[place]}, too; give another file with {flag}"
            )
        seen[place] = flag


def _not_found(video: Path, error: OSError) -> str:
    if re.match(r"\w{2,}:/", str(video)):
        address = re.sub(":/+", "://", str(video), count=1)  # a path keeps one of two strokes
        return f"{address}: is an address, and vidocr reads files; save the video to one first"
    if str(video) == "-":
        return "-: a video can't be read from standard input; save it to a file first"
    if isinstance(error, FileNotFoundError):
        return f"{video}: there is no such file; check the path"
    return f"{video}: can't be looked at: {error.strerror}; check the path"
