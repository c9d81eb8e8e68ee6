"""The command line. Its flags come from ``Options``; nothing here finds or reads text.

Heavy modules are imported when a film is worked on, so that --help answers at once.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import cloup
from cloup.constraints import mutually_exclusive

from vidocr import tools, tracks
from vidocr.config import presets, resolve
from vidocr.console import complain, explained, logging_to_stderr, say
from vidocr.errors import (
    EXIT_INTERRUPTED,
    EXIT_NO_SUBTITLES,
    DependencyError,
    InputError,
    UsageError,
    VidocrError,
)
from vidocr.flags import flags_of, given
from vidocr.messages import US_PER_S, details, duration, printable, summary
from vidocr.options import Options
from vidocr.output import output_file
from vidocr.progress import choose
from vidocr.signals import unwinding
from vidocr.targets import Target, Tracks, targets_of

if TYPE_CHECKING:
    from vidocr.model import Cue, Report

_EPILOG = """\
\b
Other commands, each with a --help of its own:
  vidocr batch DIR        many films, with account of what was done
  vidocr engines          what can read here, and under which licences
  vidocr ask PICTURE      ask a model about pictures: text, fields, anything
  vidocr score TRUTH OUT  how well a track matches the truth

What is set later wins: defaults, --config, the environment (VIDOCR_GRID_MS=300), flags.

\b
Exit codes: 0 done, 2 wrong options, 3 the video can't be read, 4 a package or
model is missing, 5 the track can't be written, 6 the engine failed, 10 no
subtitles found (the track is empty), 130 interrupted.

\b
Completion of options in bash (zsh and fish alike), for ~/.bashrc:
  eval "$(_VIDOCR_COMPLETE=bash_source vidocr)"
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Those of the process if not given.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = "vidocr"
    try:
        with unwinding():
            if words and words[0] in tools.COMMANDS:
                name = f"vidocr {words[0]}"
                tool = tools.COMMANDS[words.pop(0)]
                return int(tool.main(words, name, standalone_mode=False) or 0)
            return int(command.main(words, name, standalone_mode=False) or 0)
    except click.ClickException as wrong:
        message = " ".join(wrong.format_message().split())  # some come on several lines
        complain(f"{message.rstrip('.')}; see {name} --help")
        return wrong.exit_code
    except click.Abort:  # a signal before the command had begun
        return EXIT_INTERRUPTED


class _Task(NamedTuple):
    """What the command line asks for."""

    video: Path
    targets: tuple[Target, ...]
    overwrite: bool
    quiet: bool
    verbose: bool
    json_progress: bool


@cloup.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@cloup.argument(
    "video",
    type=click.Path(path_type=Path, readable=False),  # not click's check: its code is another
    help="A video with burned-in subtitles.",
)
@cloup.option_group(
    "Output",
    cloup.option(
        "-o",
        "--output",
        "outputs",
        type=click.Path(),
        multiple=True,
        metavar="FILE",
        help="Where the track goes; - for standard output; may be repeated.  [beside the video]",
    ),
    cloup.option(
        "--format",
        "formats",
        type=click.Choice(tracks.formats()),
        multiple=True,
        help=f"Format of the track.  [by the ending of FILE; {tracks.formats()[0]}]",
    ),
    cloup.option("--overwrite", is_flag=True, help="Replace FILE if it exists."),
)
@flags_of()
@cloup.option_group(
    "Messages",
    cloup.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    cloup.option("-v", "--verbose", is_flag=True, help="Say what was found, done and rejected."),
    constraint=mutually_exclusive,
)
@cloup.option(
    "--config", metavar="NAME|FILE", help=f"A preset ({', '.join(presets())}) or a TOML file."
)
@cloup.option("--json-progress", is_flag=True, help="Progress as lines of JSON on standard error.")
@cloup.version_option(package_name="vidocr", message="%(prog)s %(version)s")
def command(
    video: Path,
    outputs: tuple[str, ...],
    formats: tuple[str, ...],
    overwrite: bool,
    quiet: bool,
    verbose: bool,
    json_progress: bool,
    config: str | None,
    **flags: object,
) -> int:
    """Read the subtitles that are burned into VIDEO and write them as a timed track."""

    def run() -> int:
        targets = targets_of(video, outputs, formats)
        options = resolve(given(flags), config=config)
        task = _Task(video, targets, overwrite, quiet, verbose, json_progress)
        return _run(task, options)

    return explained(run, verbose)


def _run(task: _Task, options: Options) -> int:
    """Do the work and say what came of it."""
    began = time.perf_counter()
    with logging_to_stderr(verbose=task.verbose, quiet=task.quiet):
        report, places = _extract(task, options)
    if not task.quiet:
        for line in summary(report, time.perf_counter() - began, ", ".join(places)):
            say(line)
    if task.verbose:
        for line in details(report):
            say(line)
    return 0 if report.cues else EXIT_NO_SUBTITLES


def _extract(task: _Task, options: Options) -> tuple[Report, list[str]]:
    """The tracks, written whole; all that would hinder the writing shows before the work."""
    _refuse_wrong_paths(task.video, task.targets)
    parted = options.split_languages
    with ExitStack() as stack:
        places = stack.enter_context(
            Tracks(task.targets, sys.stdout.buffer, overwrite=task.overwrite, parted=parted)
        )
        progress = choose(sys.stderr, quiet=task.quiet, as_json=task.json_progress)
        stack.callback(progress.finish)
        cues, report = _pipeline()(task.video, options, progress=progress)
        if report.engine_why and not task.quiet:
            say(f"engine: {report.engine} ({report.engine_why})")
        try:
            found = list(cues)
        except VidocrError:
            progress.finish()
            _keep_partial(task, report)
            raise
        written = places.write("", partial(tracks.render, found))
    return report, written


def _keep_partial(task: _Task, report: Report) -> None:
    """What was read before an engine failed, beside the place of the track."""
    target = next((target for target in task.targets if target.path), None)
    if not report.partial or target is None or target.path is None:
        return
    place = target.path.with_suffix(f".partial.{target.format}")
    with output_file(place, overwrite=True) as write:
        write(tracks.render(report.partial, target.format))
    until = duration(report.partial[-1].end_us / US_PER_S)
    say(f"{len(report.partial)} cues, up to {until} of the film, are kept in {printable(place)}")


def _refuse_wrong_paths(video: Path, targets: Sequence[Target]) -> None:
    try:
        video.lstat()
    except OSError as error:
        raise InputError(_not_found(video, error)) from error
    for target in targets:
        is_video = False
        with suppress(OSError):  # said by those who open them
            is_video = target.path is not None and target.path.samefile(video)
        if is_video:
            raise UsageError(f"{target.name}: is the video itself; give another file with -o")


def _not_found(video: Path, error: OSError) -> str:
    if re.match(r"\w{2,}:/", str(video)):
        return f"{video}: is an address, and vidocr reads files; save the video to one first"
    if str(video) == "-":
        return "-: a video can't be read from standard input; save it to a file first"
    if isinstance(error, FileNotFoundError):
        return f"{video}: there is no such file; check the path"
    return f"{video}: can't be looked at: {error.strerror}; check the path"


def _pipeline() -> Callable[..., tuple[Iterator[Cue], Report]]:
    try:
        from vidocr.pipeline import extract
    except ImportError as error:
        raise DependencyError(
            f"{error.name or 'a package'}: can't be loaded ({error}); install vidocr again"
        ) from error
    return extract


if __name__ == "__main__":
    raise SystemExit(main())
