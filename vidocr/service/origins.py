"""Pages of other sites, kept from using the browser of somebody who may use the service."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from vidocr.service.refusals import Refusal

SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing, and send nothing."""

_OURS = ("same-origin", "none")  # none: it was typed, or is a bookmark


def check_host(headers: Headers) -> None:
    """Whether the browser meant this machine.

    Else another site's name may lead here, and its pages would pass for ours.

    Raises:
        Refusal: 403, the request is addressed to another name.
    """
    host = headers.get("host", "")
    if not _is_loopback(host):
        raise _forbidden(
            "Host: names no address of this machine; go to http://127.0.0.1 or localhost, or set "
            "up --auth to be reached under other names"
        )


def check_origin(method: str, headers: Headers) -> None:
    """Whether a request comes from a page of ours, or of no page.

    Raises:
        Refusal: 403, a page of another site sent it.
    """
    site = headers.get("sec-fetch-site")
    changes = method not in SAFE
    if site is not None:
        is_link = not changes and headers.get("sec-fetch-mode") == "navigate"
        is_ours = site in _OURS or is_link
    else:  # an older browser, or none
        origin = headers.get("origin")
        is_ours = origin is None or not changes or _place(origin) == headers.get("host", "").lower()
    if not is_ours:
        raise _forbidden("Origin: a page of another site asks; use the page of this service")


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name: what it leads to may change
        return host == "localhost"


def _is_loopback(host: str) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def _place(origin: str) -> str:
    """Host and port of an origin; browsers leave a scheme's own port out, of both headers."""
    return origin.lower().partition("://")[2]


def _forbidden(message: str) -> Refusal:
    return Refusal(403, "forbidden", message)
