"""The command line. Its flags come from ``Options``; nothing here finds or reads text.

Heavy modules are imported when a film is worked on, so that --help answers at once.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
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
    OutputError,
    UsageError,
    VidocrError,
)
from vidocr.flags import flags_of, given
from vidocr.messages import US_PER_S, details, duration, printable, summary
from vidocr.options import Options
from vidocr.output import output_file, write_stream
from vidocr.progress import choose
from vidocr.signals import unwinding

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
    """What the command line asks for. Without a target the track goes to standard output."""

    video: Path
    target: Path | None
    format: str
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
        type=click.Path(),
        metavar="FILE",
        help="Where the track goes; - for standard output.  [beside the video]",
    ),
    cloup.option(
        "--format",
        type=click.Choice(tracks.formats()),
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
    output: str | None,
    format: str | None,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
    json_progress: bool,
    config: str | None,
    **flags: object,
) -> int:
    """Read the subtitles that are burned into VIDEO and write them as a timed track."""

    def run() -> int:
        target, track_format = _place(video, output, format)
        options = resolve(given(flags), config=config)
        task = _Task(video, target, track_format, overwrite, quiet, verbose, json_progress)
        return _run(task, options)

    return explained(run, verbose)


def _place(video: Path, output: str | None, format: str | None) -> tuple[Path | None, str]:
    """Where the track goes and in which format."""
    if output == "-":
        return None, format or tracks.formats()[0]
    if output is None:
        if not video.name:
            raise InputError(f"{video}: is a folder; name a video file in it")
        format = format or tracks.formats()[0]
        return video.with_suffix(f".{format}"), format
    target = Path(output)
    if os.path.isdir(target):  # noqa: PTH112  # Path.is_dir raises where it may not look
        raise OutputError(f"{target}: is a folder; give the name of a file with -o")
    ending = target.suffix.lower().removeprefix(".")
    if format is None and ending not in tracks.formats():
        raise UsageError(
            f"{output}: the ending names no format of a track; give --format, or one of the "
            f"endings {', '.join('.' + known for known in tracks.formats())}"
        )
    return target, format or ending


def _run(task: _Task, options: Options) -> int:
    """Do the work and say what came of it."""
    began = time.perf_counter()
    with logging_to_stderr(verbose=task.verbose, quiet=task.quiet):
        report = _extract(task, options)
    if not task.quiet:
        target = "standard output" if task.target is None else str(task.target)
        for line in summary(report, time.perf_counter() - began, target):
            say(line)
    if task.verbose:
        for line in details(report):
            say(line)
    return 0 if report.cues else EXIT_NO_SUBTITLES


def _extract(task: _Task, options: Options) -> Report:
    """The track, written whole; all that would hinder the writing shows before the work."""
    _refuse_wrong_paths(task.video, task.target)
    with ExitStack() as stack:
        write = _writer(task, stack)
        progress = choose(sys.stderr, quiet=task.quiet, as_json=task.json_progress)
        stack.callback(progress.finish)
        cues, report = _pipeline()(task.video, options, progress=progress)
        if report.engine_why and not task.quiet:
            say(f"engine: {report.engine} ({report.engine_why})")
        try:
            write(tracks.render(cues, task.format))
        except VidocrError:
            progress.finish()
            _keep_partial(task, report)
            raise
    return report


def _keep_partial(task: _Task, report: Report) -> None:
    """What was read before an engine failed, beside the place of the track."""
    if not report.partial or task.target is None:
        return
    place = task.target.with_suffix(f".partial.{task.format}")
    with output_file(place, overwrite=True) as write:
        write(tracks.render(report.partial, task.format))
    until = duration(report.partial[-1].end_us / US_PER_S)
    say(f"{len(report.partial)} cues, up to {until} of the film, are kept in {printable(place)}")


def _writer(task: _Task, stack: ExitStack) -> Callable[[str], None]:
    if task.target is None:
        return lambda text: write_stream(sys.stdout.buffer, text)
    return stack.enter_context(output_file(task.target, overwrite=task.overwrite))


def _refuse_wrong_paths(video: Path, target: Path | None) -> None:
    try:
        video.lstat()
    except OSError as error:
        raise InputError(_not_found(video, error)) from error
    is_video = False
    with suppress(OSError):  # said by those who open them
        is_video = target is not None and target.samefile(video)
    if is_video:
        raise UsageError(f"{target}: is the video itself; give another file with -o")


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
