"""The command that makes tokens: ``vidocr token new``."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import cloup

from vidocr.console import explained, put, say
from vidocr.errors import DependencyError, OutputError, UsageError
from vidocr.output import output_file

_HELP = {"help_option_names": ["-h", "--help"]}
_SCOPES = ("read", "submit", "admin")
_MINE = 0o600


@cloup.group(context_settings=_HELP)
def token() -> None:
    """Tokens of those who may use vidocr serve."""


@token.command(context_settings=_HELP)
@cloup.option("--name", required=True, metavar="NAME", help="Whose it is; jobs belong to a name.")
@cloup.option(
    "--scope",
    "scopes",
    type=click.Choice(_SCOPES),
    multiple=True,
    default=("read", "submit"),
    help="What they may do: look, give work, all with everybody's jobs.  [read submit]",
)
@cloup.option("--days", type=click.IntRange(1, 36500), metavar="N", help="How long.  [for ever]")
@cloup.option(
    "--auth", metavar="FILE", help="Add it to the file of vidocr serve --auth, made if need be."
)
def new(name: str, scopes: tuple[str, ...], days: int | None, auth: str | None) -> int:
    """Make a token, and write it to standard output: it is kept nowhere, only its hash is."""
    return explained(lambda: _new(name, scopes, days, auth), verbose=False)


def _new(name: str, scopes: tuple[str, ...], days: int | None, auth: str | None) -> int:
    try:
        from vidocr.service.tokens import NAME, entry, new_token
    except ImportError as error:
        raise DependencyError(
            f"{error.name or 'a package'}: is not installed; pip install 'vidocr[serve]'"
        ) from error
    if not re.fullmatch(NAME, name):
        raise UsageError(
            f"--name {name!r}: takes up to 64 letters without marks, digits and any of . _ @ -"
        )
    expires = datetime.now(UTC) + timedelta(days=days) if days else None
    word, kept = new_token(name, scopes, expires)
    if auth:
        _add(Path(auth), entry(kept))
        say(f"{auth}: has its hash; vidocr serve --auth {auth} knows it in a second")
    else:
        say(f"add this to the file of vidocr serve --auth:\n{entry(kept)}")
    put(word)
    return 0


def _add(path: Path, entry: str) -> None:
    """Add an entry to the file, which is written anew; one that is made is its owner's alone."""
    with output_file(path, overwrite=True, permissions=_MINE) as write:
        try:
            text = path.read_text(encoding="utf-8")
            tomllib.loads(text)
        except FileNotFoundError:
            text = ""
        except (OSError, ValueError) as error:
            raise OutputError(f"{path}: can't be added to ({error}); mend the file") from error
        write(f"{text.rstrip()}\n\n{entry}" if text.strip() else entry)
