"""The command line. Its flags come from ``Options``; nothing here finds or reads text.

Heavy modules are imported when a film is worked on, so that --help answers at once.
"""

from __future__ import annotations

import difflib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import cloup
from cloup.constraints import mutually_exclusive

from vidocr import tools, tracks
from vidocr.config import presets, resolve
from vidocr.console import complain, explained, logging_to_stderr, open_streams, say
from vidocr.errors import (
    EXIT_INTERRUPTED,
    EXIT_NO_SUBTITLES,
    DependencyError,
    OutputError,
    UsageError,
)
from vidocr.flags import flags_of, given, in_use
from vidocr.messages import details, summary
from vidocr.options import Options
from vidocr.output import writing_to
from vidocr.progress import choose
from vidocr.signals import unwinding
from vidocr.targets import Target, targets_of

if TYPE_CHECKING:
    from vidocr.extracting import Done

_EPILOG = """\
\b
Other commands, each with a --help of its own:
  vidocr batch DIR        many films, with account of what was done
  vidocr translate TRACK  subtitles into another language
  vidocr serve            an HTTP API of jobs and pictures
  vidocr token new        a token for it
  vidocr engines          what can read here, and under which licences
  vidocr ask PICTURE      ask a model about pictures: text, fields, anything
  vidocr score TRUTH OUT  how well a track matches the truth

What is set later wins: defaults, --config, the environment (VIDOCR_GRID_MS=300), flags.

\b
Exit codes: 0 done, 2 wrong options, 3 the video can't be read, 4 a package or
model is missing, 5 the track can't be written, 6 the engine failed, 7 the
translation stopped (what was read is written), 10 no subtitles found (the track
is empty), 130 interrupted.

\b
Completion of options in bash (zsh and fish alike), for ~/.bashrc:
  eval "$(_VIDOCR_COMPLETE=bash_source vidocr)"
"""


_COMPLETION = "_VIDOCR_COMPLETE"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Those of the process if not given.

    Returns:
        The exit code.
    """
    open_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = "vidocr"
    try:
        with unwinding(), writing_to(sys.stdout):  # of --help, too
            if _COMPLETION in os.environ and _is_tool(os.environ.get("COMP_WORDS", "").split()[1:]):
                return int(click.Group("vidocr", {**tools.COMMANDS}).main([], name) or 0)
            if words and (meant := _meant(words[0])):
                complain(f"{words[0]}: no such file or command; did you mean vidocr {meant}?")
                return UsageError.exit_code
            if _is_tool(words):
                name = f"vidocr {words[0]}"
                tool = tools.COMMANDS[words.pop(0)]
                return int(tool.main(words, name, standalone_mode=False) or 0)
            return int(command.main(words, name, standalone_mode=False) or 0)
    except click.ClickException as wrong:
        name = getattr(getattr(wrong, "ctx", None), "command_path", name)  # vidocr token new
        message = " ".join(wrong.format_message().split())  # some come on several lines
        if isinstance(wrong, click.exceptions.NoArgsIsHelpError):  # its message is all of the help
            message = "say what to do"
        see = " See" if message.endswith("?") else "; see"
        complain(f"{message.rstrip('.')}{see} {name} --help")
        return wrong.exit_code
    except OutputError as error:
        complain(str(error))
        return error.exit_code
    except click.Abort:  # a signal before the command had begun
        return EXIT_INTERRUPTED


def _is_tool(words: Sequence[str]) -> bool:
    return bool(words) and words[0] in tools.COMMANDS


def _meant(word: str) -> str | None:
    """The command that a word is nearly, if it is no file and can be no film's name."""
    if word in tools.COMMANDS or not word.isalpha():
        return None
    close = difflib.get_close_matches(word, tools.COMMANDS, n=1, cutoff=0.7)
    return close[0] if close and not Path(word).exists() else None  # no name too long to look at


class _Task(NamedTuple):
    """What the command line asks for."""

    video: Path
    targets: tuple[Target, ...]
    evidence: Path | None
    mux: Path | None
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
    cloup.option(
        "--evidence",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Also write a page (HTML) that shows each cue beside its picture.",
    ),
    cloup.option(
        "--mux",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Also write a copy of the film (.mkv or .mp4) that holds the track.",
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
    evidence: Path | None,
    mux: Path | None,
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
        options = in_use(resolve(given(flags), config=config), flags)
        task = _Task(video, targets, evidence, mux, overwrite, quiet, verbose, json_progress)
        return _run(task, options)

    return explained(run, verbose)


def _run(task: _Task, options: Options) -> int:
    """Do the work and say what came of it."""
    began = time.perf_counter()
    with logging_to_stderr(verbose=task.verbose, quiet=task.quiet):
        done = _work(task, options)
    if not task.quiet:
        for line in summary(done.report, time.perf_counter() - began, ", ".join(done.places)):
            say(line)
    if task.verbose:
        for line in details(done.report):
            say(line)
    return 0 if done.finished.main else EXIT_NO_SUBTITLES


def _work(task: _Task, options: Options) -> Done:
    try:
        from vidocr.extracting import Job, run
    except ImportError as error:
        raise DependencyError(
            f"{error.name or 'a package'}: can't be loaded ({error}); install vidocr again"
        ) from error
    job = Job(task.video, task.targets, task.evidence, task.mux, task.overwrite)
    progress = choose(sys.stderr, quiet=task.quiet, as_json=task.json_progress)
    return run(job, options, sys.stdout.buffer, progress, (lambda _: None) if task.quiet else say)


if __name__ == "__main__":
    raise SystemExit(main())
