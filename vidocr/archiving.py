"""The command that works on many films: ``vidocr batch``."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import cloup
from cloup.constraints import mutually_exclusive

from vidocr import tracks
from vidocr.config import resolve
from vidocr.console import complain, explained, logging_to_stderr, put, say
from vidocr.errors import EXIT_SOME_FAILED, InputError, UsageError
from vidocr.flags import flags_of, given, in_use
from vidocr.messages import count, duration, printable
from vidocr.options import Options
from vidocr.output import output_file
from vidocr.processes import cores

if TYPE_CHECKING:
    from vidocr.archive.batch import Batch, Tally
    from vidocr.archive.crew import Crew
    from vidocr.archive.films import Film

_SHOWN = 20
_T = TypeVar("_T")
_EPILOG = """\
\b
Films below a folder keep their names and folders below OUTDIR. What was done is
kept in a ledger there: started again, after a crash too, a batch goes on where
it was, and does only what is new, changed, or wanted with other options. Several
runs may share one ledger. What failed stays so until --retry-failed.

\b
  vidocr batch /films -o /tracks
  vidocr batch /films -o /tracks --status
  cat films.txt | vidocr batch --from - -o /tracks --format srt --format vtt

\b
Exit codes: 0 all done, 2 wrong options, 3 a folder or list can't be read, 4 a
package or model is missing, 5 the tracks or the ledger can't be written, 8 some
films failed, 130 interrupted.
"""


@cloup.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@cloup.argument("paths", nargs=-1, help="Folders, films, patterns as 'films/**/*.mkv', addresses.")
@cloup.option_group(
    "Films",
    cloup.option("--from", "listed", metavar="FILE", help="A list, one film a line; - for input."),
    cloup.option("--include", multiple=True, metavar="GLOB", help="Only names that match."),
    cloup.option("--exclude", multiple=True, metavar="GLOB", help="No names that match."),
    cloup.option(
        "--order",
        type=click.Choice(["name", "size", "newest"]),
        default="name",
        help="Which come first; size: the largest.  [name]",
    ),
    cloup.option("--limit", type=click.IntRange(1), metavar="N", help="The first N alone."),
    cloup.option("--dry-run", is_flag=True, help="List the films, and do nothing."),
    cloup.option("--retry-failed", is_flag=True, help="Try those again that failed."),
)
@cloup.option_group(
    "Output",
    cloup.option("-o", "--output", metavar="OUTDIR", required=True, help="Where the tracks go."),
    cloup.option(
        "--format",
        "formats",
        type=click.Choice(tracks.formats()),
        multiple=True,
        help=f"May be repeated.  [{tracks.formats()[0]}]",
    ),
    cloup.option("--overwrite", is_flag=True, help="Replace tracks that vidocr did not write."),
    cloup.option(
        "--mux",
        type=click.Choice(["mkv", "mp4"]),
        help="Also copies of the films that hold their tracks, as film.subs.mkv.",
    ),
    cloup.option("--jsonl", metavar="FILE", help="Also each cue as a line of JSON; - for output."),
    cloup.option("--ledger", metavar="FILE", help="[OUTDIR/.vidocr/ledger.sqlite]"),
)
@cloup.option_group(
    "Ledger",
    cloup.option("--status", is_flag=True, help="Say what was done, and do nothing."),
    cloup.option("--json", "as_json", is_flag=True, help="With --status: all of it as JSON."),
    cloup.option("--export", metavar="FILE", help="Write the ledger as CSV; works with --status."),
)
@cloup.option_group(
    "Work",
    cloup.option(
        "--at-once", type=click.IntRange(1, 1024), metavar="N", help="Films at once.  [as cores]"
    ),
    cloup.option(
        "--tries",
        type=click.IntRange(1, 100),
        default=3,
        metavar="N",
        help="Of a film, where what hinders it may pass.  [3]",
    ),
    cloup.option(
        "--film-timeout-s",
        type=click.FloatRange(0),
        default=0,
        metavar="S",
        help="Longest time for a film; 0 for any.  [0]",
    ),
    cloup.option(
        "--stall-timeout-s",
        type=click.FloatRange(0),
        default=600,
        metavar="S",
        help="Longest time without progress; 0 for any.  [600]",
    ),
    cloup.option(
        "--film-memory-mb",
        type=click.FloatRange(0),
        default=4000,
        metavar="MB",
        help="Most memory of a film's process; 0 for any.  [4000]",
    ),
)
@cloup.option_group(
    "Many machines",
    cloup.option("--ray", metavar="ADDRESS", help="Work on a Ray cluster; auto finds it."),
    cloup.option(
        "--ray-models",
        type=click.IntRange(1),
        metavar="N",
        help="Copies of a model.  [as GPUs]",
    ),
    cloup.option(
        "--ray-gpus",
        type=click.FloatRange(0),
        metavar="SHARE",
        help="Of a GPU, for each copy.  [1 where there are any]",
    ),
)
@flags_of()
@cloup.option_group(
    "Messages",
    cloup.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    cloup.option("-v", "--verbose", is_flag=True, help="Say more."),
    constraint=mutually_exclusive,
)
@cloup.option("--config", metavar="NAME|FILE", help="A preset or a TOML file.")
@cloup.option("--json-progress", is_flag=True, help="Progress as lines of JSON on standard error.")
def batch(quiet: bool, verbose: bool, **flags: object) -> int:
    """Read the subtitles of many films, and keep account of what was done."""

    def run() -> int:
        own = {name: flags.pop(name) for name in _Task.__dataclass_fields__ if name in flags}
        config, as_json = flags.pop("config"), flags.pop("as_json")
        task = _Task(**own, quiet=quiet, verbose=verbose)  # type: ignore[arg-type]  # click's
        with logging_to_stderr(verbose=verbose, quiet=quiet):
            if as_json and not task.status:
                raise UsageError("--json: is for --status; give that, too, or --json-progress")
            if task.ray is None and (task.ray_models or task.ray_gpus is not None):
                raise UsageError("--ray-models, --ray-gpus: are for --ray; give that, too")
            if task.status:
                return _status(task, as_json=bool(as_json))
            options = resolve(given(flags), config=str(config) if config else None)
            return _work(task, in_use(options, flags))

    return explained(run, verbose)


@dataclass(frozen=True, slots=True)
class _Task:
    """What the command line asks for."""

    paths: tuple[str, ...]
    listed: str | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    order: str
    limit: int | None
    dry_run: bool
    retry_failed: bool
    output: str
    formats: tuple[str, ...]
    overwrite: bool
    mux: str | None
    jsonl: str | None
    ledger: str | None
    status: bool
    export: str | None
    at_once: int | None
    tries: int
    film_timeout_s: float
    stall_timeout_s: float
    film_memory_mb: float
    ray: str | None
    ray_models: int | None
    ray_gpus: float | None
    json_progress: bool
    quiet: bool
    verbose: bool

    @property
    def ledger_path(self) -> Path | None:
        return Path(self.ledger) if self.ledger else None


def _status(task: _Task, *, as_json: bool) -> int:
    from vidocr.archive import status
    from vidocr.archive.ledger import Ledger
    from vidocr.archive.places import ledger_of

    path = ledger_of(task.output, task.ledger_path, make=False)
    if not path.is_file():
        raise InputError(f"{path}: there is no ledger; check -o, or give --ledger")
    with Ledger(path) as ledger:
        counts, entries = ledger.counts(mine=False), ledger.all()
    if as_json:
        put(json.dumps(status.as_json(counts, entries), ensure_ascii=False))
    else:
        for line in status.table(counts, entries):
            put(line)
    _export(task, path)
    return EXIT_SOME_FAILED if counts.failed else 0


def _export(task: _Task, path: Path) -> None:
    if task.export is None:
        return
    from vidocr.archive.ledger import Ledger
    from vidocr.archive.status import as_csv

    with Ledger(path) as ledger, output_file(Path(task.export), overwrite=True) as write:
        write(as_csv(ledger.all()))


def _work(task: _Task, options: Options) -> int:
    began = time.perf_counter()
    films = _films(task)
    if task.dry_run:
        for film in films:
            put(f"{printable(film.source)}{'' if film.is_certain else '  (if it is one)'}")
        say(count(len(films), "film"))
        return 0
    if not films:
        say("there are no films; check the folders, --include and --exclude")
    tally, path = _run(task, options, films)
    _export(task, path)
    if not task.quiet:
        for line in _summary(tally, time.perf_counter() - began):
            say(line)
    for entry in tally.failed[:_SHOWN]:
        complain(f"{entry.stem}: {entry.error}")
    if len(tally.failed) > _SHOWN:
        say(f"{len(tally.failed) - _SHOWN} more failed; --status tells all of them")
    return EXIT_SOME_FAILED if tally.failed else 0


def _films(task: _Task) -> list[Film]:
    from vidocr.archive.films import Choice, films

    listed = list(_lines(task.listed)) if task.listed else []
    if not task.paths and task.listed is None:
        raise UsageError("nothing to do: give folders or films, or a list with --from")
    choice = Choice(task.include, task.exclude, task.order, task.limit)  # type: ignore[arg-type]  # click's
    return films(task.paths, choice, listed)


def _lines(listed: str) -> Iterator[str]:
    try:
        content = sys.stdin.buffer.read() if listed == "-" else Path(listed).read_bytes()
    except OSError as error:
        why = f"{listed}: the list can't be read ({error.strerror}); check it"
        raise InputError(why) from error
    for line in content.split(b"\n"):  # names may hold all else
        if line.strip():
            yield os.fsdecode(line.removesuffix(b"\r"))


def _run(task: _Task, options: Options, films: Sequence[Film]) -> tuple[Tally, Path]:
    from vidocr.archive.batch import Batch, run
    from vidocr.archive.boards import choose_board
    from vidocr.archive.feed import Feed
    from vidocr.archive.places import ledger_of, refuse_among

    path = ledger_of(task.output, task.ledger_path, make=True)
    at_once = task.at_once or cores()
    job = Batch(
        root=task.output,
        ledger=path,
        options=options,
        formats=tuple(dict.fromkeys(task.formats)) or tracks.formats()[:1],
        tries=task.tries,
        overwrite=task.overwrite,
        retry_failed=task.retry_failed,
        mux=task.mux or "",
    )
    if task.mux:
        if task.ray is not None:
            raise UsageError("--mux: works on this machine alone; leave out --ray")
        refuse_among(task.output, [film.source for film in films], task.paths)
    board = choose_board(sys.stderr, quiet=task.quiet, as_json=task.json_progress, at_once=at_once)
    with ExitStack() as stack:
        feed = None
        if task.jsonl:
            to = None if task.jsonl == "-" else Path(task.jsonl)
            feed = stack.enter_context(Feed(to, sys.stdout.buffer))
        return run(job, films, _crew(task, options, job, at_once), board, feed), path


def _crew(task: _Task, options: Options, job: Batch, at_once: int) -> Crew:
    from vidocr.archive.crew import Limits, LocalCrew
    from vidocr.archive.work import reading

    make_reader, make_model = reading(options, job.formats, at_once, job.mux)
    if task.ray is not None:
        from vidocr.archive.ray_crew import Cluster, RayCrew

        cluster = Cluster(task.ray, task.at_once, task.ray_models, task.ray_gpus)
        return RayCrew(make_reader, cluster, make_model)
    limits = Limits(task.film_timeout_s, task.stall_timeout_s, task.film_memory_mb)
    return LocalCrew(make_reader, at_once, limits, make_model)


def _summary(tally: Tally, wall_s: float) -> Iterator[str]:
    parts = [f"{count(tally.done, 'film')} done"]
    parts += [f"{tally.kept} done before"] if tally.kept else []
    parts += [f"{tally.empty} without subtitles"] if tally.empty else []
    parts += [f"{len(tally.failed)} failed"] if tally.failed else []
    parts += [f"{duration(tally.film_s)} of film"] if tally.film_s else []
    parts += [f"{tally.film_s / wall_s:.1f} x real time"] if tally.film_s else []
    yield ", ".join(parts)
