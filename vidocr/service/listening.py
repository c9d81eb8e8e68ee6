"""The app behind a server that listens."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import uvicorn

from vidocr.errors import UsageError
from vidocr.service.app import make_app
from vidocr.service.identity import Authenticator
from vidocr.service.settings import Settings

_GRACE_S = 3  # for answers that are under way at the end: who follows a job would never leave
_IDLE_S = 15
_BACKLOG = 2048


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


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name: what it leads to may change
        return host == "localhost"


def serve(settings: Settings, authentication: Authenticator | None, at: socket.socket) -> None:
    """Listen until a signal ends it.

    Args:
        settings: of the operator.
        authentication: tells who asks; None where whoever reaches the service may do all.
        at: the port.

    Raises:
        OutputError: the data folder can't be used.
        UsageError: another service uses it, or the host is open to others and nobody is told
            apart.
    """
    if authentication is None and not is_loopback(settings.host):
        raise UsageError(
            f"--host {settings.host}: others could reach it, and nothing tells people apart; "
            "set up tokens, or leave it at 127.0.0.1 behind a proxy that does"
        )
    config = uvicorn.Config(
        make_app(settings, authentication),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    uvicorn.Server(config).run(sockets=[at])
