"""What the commands say to a person at a terminal, and the exit codes that they end with."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from vidocr.errors import UsageError, VidocrError
from vidocr.messages import printable
from vidocr.output import writing_to
from vidocr.signals import READER_GONE, exit_code

_BUG = 1


def explained(run: Callable[[], int], verbose: bool) -> int:
    """The exit code of ``run``; what it raises is said in a line.

    Args:
        run: does the work.
        verbose: show the trace of an error, too, but of wrong options.
    """
    try:
        return run()
    except KeyboardInterrupt as interrupt:
        say("interrupted")
        return exit_code(interrupt)
    except BrokenPipeError:  # whoever read the messages has gone: there is nobody to tell
        return READER_GONE
    except Exception as error:  # of a bug, too, a user gets a line, and the trace on request
        if verbose and not isinstance(error, UsageError):  # the user's, and no place in vidocr's
            click.echo(traceback.format_exc(), err=True, nl=False)
        if isinstance(error, VidocrError):
            complain(str(error))
            return error.exit_code
        hint = "" if verbose else "; run it again with --verbose for the trace, and report it"
        complain(f"this is a bug in vidocr: {type(error).__name__}: {error}{hint}")
        return _BUG


@contextmanager
def logging_to_stderr(*, verbose: bool, quiet: bool) -> Iterator[None]:
    """Log to standard error: warnings, with --verbose all, with --quiet errors."""
    log = logging.getLogger("vidocr")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("vidocr: %(levelname)s: %(message)s"))
    level = log.level
    log.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def open_streams() -> None:
    """Open the standard streams that the caller had closed, as some that start daemons do.

    Else the next files to be opened, a film or a track, take their numbers, and what is meant
    for them. Messages then go nowhere; a track for standard output can't be written.
    """
    ways = (("stdin", "r", os.O_RDONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))
    for name, mode, flags in ways:
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode))


def put(line: str = "") -> None:
    """A line to standard output.

    Raises:
        OutputError: it can't be written, because the disk is full, for example.
        BrokenPipeError: nobody reads it any more.
    """
    with writing_to(sys.stdout):
        click.echo(line)


def say(line: str) -> None:
    """A line to standard error, with the name of the program."""
    click.echo(f"vidocr: {line}", err=True)


def complain(message: str) -> None:
    """An error in a line, safe for any terminal."""
    say(f"error: {printable(message)}")
