"""The command that serves: ``vidocr serve``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cloup
from cloup.constraints import mutually_exclusive

from vidocr.config import resolve
from vidocr.console import explained, logging_to_stderr, say
from vidocr.errors import DependencyError, UsageError
from vidocr.flags import flags_of, given
from vidocr.messages import printable
from vidocr.options import Options

if TYPE_CHECKING:
    from vidocr.service.identity import Authenticator
    from vidocr.service.settings import Settings

_HOUR_S = 3600.0
_MB = 10**6
_EPILOG = """\
\b
Jobs are kept in DATA, with their films and tracks: started again, after a crash
too, the service goes on with them. The options say what jobs start from; who
sends a film may choose another place, stretch, language or engine on the CPU.

\b
  vidocr serve                              at http://127.0.0.1:7860
  vidocr serve --root /films --at-once 2
  vidocr token new --name ann --auth tokens.toml && \\
    vidocr serve --host 0.0.0.0 --auth tokens.toml --tls-cert c.pem --tls-key k.pem
  vidocr serve --engine server --server-url http://localhost:8000/v1
"""


@cloup.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@cloup.option_group(
    "Service",
    cloup.option("--host", default="127.0.0.1", help="Address to listen at.  [127.0.0.1]"),
    cloup.option("--port", type=click.IntRange(0, 65535), default=7860, help="0 for any.  [7860]"),
    cloup.option(
        "--data", metavar="DIR", default="vidocr-data", help="Where jobs are kept.  [vidocr-data]"
    ),
    cloup.option(
        "--root",
        "roots",
        metavar="DIR",
        multiple=True,
        help="A folder whose films may be named by their path; may be repeated.",
    ),
)
@cloup.option_group(
    "Who may",
    cloup.option(
        "--auth",
        metavar="FILE",
        help="Tokens of those who may use it, made by vidocr token new.  [all on this machine]",
    ),
    cloup.option(
        "--proxy",
        metavar="ADDRESS",
        default="",
        help="Proxy before it, which is believed where requests come from.",
    ),
    cloup.option("--tls-cert", metavar="FILE", help="Certificate chain in PEM: serve HTTPS."),
    cloup.option("--tls-key", metavar="FILE", help="Its key."),
    cloup.option(
        "--job-rate",
        metavar="RATE",
        default="60/minute",
        help="Films that one token may send.  [60/minute]",
    ),
    cloup.option(
        "--question-rate",
        metavar="RATE",
        default="240/minute",
        help="Pictures that one may ask about.  [240/minute]",
    ),
    cloup.option(
        "--read-rate",
        metavar="RATE",
        default="3000/minute",
        help="Other requests of one.  [3000/minute]",
    ),
)
@cloup.option_group(
    "How much",
    cloup.option(
        "--at-once", type=click.IntRange(1, 1024), default=1, metavar="N", help="Jobs.  [1]"
    ),
    cloup.option(
        "--queue",
        type=click.IntRange(1, 100_000),
        default=16,
        metavar="N",
        help="Jobs that may wait; more are told to come again.  [16]",
    ),
    cloup.option(
        "--upload-mb",
        type=click.IntRange(1),
        default=20_000,
        metavar="MB",
        help="Largest film that is sent.  [20000]",
    ),
    cloup.option(
        "--film-hours",
        type=click.FloatRange(0, min_open=True),
        default=6,
        metavar="H",
        help="Longest film.  [6]",
    ),
    cloup.option(
        "--film-timeout-s",
        type=click.FloatRange(0),
        default=4 * _HOUR_S,
        metavar="S",
        help="Longest time for a film; 0 for any.  [14400]",
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
    "Webhooks",
    cloup.option(
        "--webhook-secret",
        metavar="TEXT",
        default="",
        envvar="VIDOCR_WEBHOOK_SECRET",
        help="Signs them; safer in VIDOCR_WEBHOOK_SECRET.",
    ),
    cloup.option(
        "--webhook-private", is_flag=True, help="Also call this machine and private networks."
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
def serve(quiet: bool, verbose: bool, config: str | None, **flags: object) -> int:
    """Serve an HTTP API that reads films and pictures."""

    def run() -> int:
        own = {name: flags.pop(name) for name in _Task.__dataclass_fields__ if name in flags}
        task = _Task(**own, quiet=quiet)  # type: ignore[arg-type]  # click's
        with logging_to_stderr(verbose=verbose, quiet=quiet):
            return _serve(task, resolve(given(flags), config=config))

    return explained(run, verbose)


@dataclass(frozen=True, slots=True)
class _Task:
    """What the command line asks for."""

    host: str
    port: int
    data: str
    roots: tuple[str, ...]
    auth: str | None
    proxy: str
    tls_cert: str | None
    tls_key: str | None
    job_rate: str
    question_rate: str
    read_rate: str
    at_once: int
    queue: int
    upload_mb: int
    film_hours: float
    film_timeout_s: float
    stall_timeout_s: float
    film_memory_mb: float
    webhook_secret: str
    webhook_private: bool
    quiet: bool


def _serve(task: _Task, options: Options) -> int:
    try:
        from vidocr.service import listening
    except ImportError as error:
        raise DependencyError(
            f"{error.name or 'a package'}: is not installed; pip install 'vidocr[serve]'"
        ) from error
    settings = _settings(task, options)
    authentication = _authentication(task)
    listening.check(settings, authentication)
    with listening.bound(settings) as at:
        if not task.quiet:
            host, port = at.getsockname()[:2]
            scheme = "https" if settings.tls_cert else "http"
            say(f"serves at {scheme}://{f'[{host}]' if ':' in host else host}:{port}")
        listening.serve(settings, authentication, at)
    return 0


def _settings(task: _Task, options: Options) -> Settings:
    from vidocr.service.settings import Settings

    for root in task.roots:
        if not Path(root).is_dir():
            raise UsageError(f"--root {printable(root)}: is no folder; give one that is there")
    return Settings(
        host=task.host,
        port=task.port,
        data=Path(task.data),
        roots=tuple(map(Path, task.roots)),
        proxy=task.proxy,
        tls_cert=Path(task.tls_cert) if task.tls_cert else None,
        tls_key=Path(task.tls_key) if task.tls_key else None,
        job_rate=task.job_rate,
        question_rate=task.question_rate,
        read_rate=task.read_rate,
        options=options,
        upload_bytes=task.upload_mb * _MB,
        film_s=task.film_hours * _HOUR_S,
        queue=task.queue,
        workers=task.at_once,
        film_timeout_s=task.film_timeout_s,
        stall_timeout_s=task.stall_timeout_s,
        film_memory_mb=task.film_memory_mb,
        webhook_secret=task.webhook_secret,
        webhook_private=task.webhook_private,
    )


def _authentication(task: _Task) -> Authenticator | None:
    """What tells people apart, if anything does."""
    if task.auth is None:
        return None
    from vidocr.service.access import AccessFile

    return AccessFile(Path(task.auth))
