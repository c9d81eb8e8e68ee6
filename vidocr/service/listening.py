"""The app behind a server that listens."""

from __future__ import annotations

import logging
import socket
import ssl
import sys
from ipaddress import ip_network

import uvicorn

from vidocr.errors import UsageError
from vidocr.service.app import make_app
from vidocr.service.connections import PatientProtocol
from vidocr.service.identity import Authenticator
from vidocr.service.origins import is_loopback
from vidocr.service.rates import rate_of
from vidocr.service.settings import Settings

_GRACE_S = 3  # for answers that are under way at the end: who follows a job would never leave
_IDLE_S = 15
_BACKLOG = 2048
_CONNECTIONS = 4000  # more are told to come again
_FILES = 2 * _CONNECTIONS
_HEAD_BYTES = 1 << 15
_TOKENS = "and nothing tells people apart; give --auth FILE, made by vidocr token new --auth FILE"

_HEADERS = [
    (
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
"""On every answer, those of the server underneath and of bugs among them."""

_TLS_HEADERS = [("Strict-Transport-Security", "max-age=31536000")]

_log = logging.getLogger(__name__)


def bound(settings: Settings) -> socket.socket:
    """The port, taken.

    Raises:
        UsageError: it is in use, or the host is none of this machine's.
    """
    at = None
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        # With its protocol named, for only then asyncio has it send small pieces at once.
        at = socket.socket(family, kind, protocol)
        at.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        at.bind(address)
        at.listen(_BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        if at:
            at.close()
        raise UsageError(
            f"{settings.host}, port {settings.port}: can't be listened at ({error}); give another "
            "--port or --host"
        ) from error
    return at


def check(settings: Settings, authentication: Authenticator | None) -> None:
    """Whether it is safe to listen so.

    Raises:
        UsageError: others could reach the service, and nobody is told apart; the proxy, the
            certificate or a rate is none.
    """
    if authentication is None and not is_loopback(settings.host):
        raise UsageError(f"--host {settings.host}: others could reach it, {_TOKENS}")
    if authentication is None and settings.proxy:
        raise UsageError(f"--proxy {settings.proxy}: others reach this by it, {_TOKENS}")
    if settings.proxy:
        _check_proxy(settings.proxy)
    _check_certificate(settings)
    for rate in (settings.job_rate, settings.question_rate, settings.read_rate):
        rate_of(rate)
    if not (is_loopback(settings.host) or settings.tls_cert):
        _log.warning("tokens and films travel unencrypted; give --tls-cert, or put a proxy before")


def _check_proxy(address: str) -> None:
    try:
        ip_network(address)
    except ValueError as error:
        raise UsageError(
            f"--proxy {address}: is no address of a machine or a network ({error}); give one "
            "like 127.0.0.1 or 10.1.2.0/24"
        ) from error


def _check_certificate(settings: Settings) -> None:
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise UsageError("--tls-cert, --tls-key: one is no use without the other; give both")
    if not settings.tls_cert:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.tls_cert, settings.tls_key, password=_no_password
        )
    except (OSError, ValueError) as error:  # of SSL, too
        raise UsageError(
            f"--tls-cert {settings.tls_cert}, --tls-key {settings.tls_key}: can't be used "
            f"({error}); give a certificate chain and its key without a password, in PEM"
        ) from error


def _no_password() -> str:
    raise ValueError("it has a password")  # nobody may be there to be asked


def serve(settings: Settings, authentication: Authenticator | None, at: socket.socket) -> None:
    """Listen until a signal ends it.

    Args:
        settings: of the operator; they have been checked.
        authentication: tells who asks; None where whoever reaches the service may do all.
        at: the port.

    Raises:
        OutputError: the data folder can't be used.
        UsageError: another service uses it.
    """
    _raise_most_files()
    config = uvicorn.Config(
        make_app(settings, authentication),
        http=PatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        headers=[*_HEADERS, *(_TLS_HEADERS if settings.tls_cert else ())],
        proxy_headers=bool(settings.proxy),
        forwarded_allow_ips=settings.proxy,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        limit_concurrency=_CONNECTIONS,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    uvicorn.Server(config).run(sockets=[at])


def _raise_most_files() -> None:
    """Let this process have as many files open as connections may need."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
