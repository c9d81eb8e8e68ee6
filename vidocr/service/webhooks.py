"""Calls to those who want to be told that a job is done, or has failed."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Timeout, Url, parse_url

from vidocr.messages import printable
from vidocr.service.refusals import Refusal, invalid
from vidocr.service.settings import Settings
from vidocr.service.store import DELIVERED, FAILED, Hook, Job, Store

_log = logging.getLogger(__name__)

_POLL_S = 0.5
_AT_ONCE = 4
_LONGEST_URL = 2000
_PORTS = {"http": 80, "https": 443}
_GATEWAYS = ipaddress.IPv6Network("64:ff9b::/96")  # from IPv6 to IPv4, by RFC 6052


class Address(NamedTuple):
    """Where a webhook is: what to connect to, and what the address says."""

    ip: str
    port: int
    url: Url


def address_of(url: str, settings: Settings) -> Address:
    """Where a webhook goes: its name is resolved once, and that address is the one called.

    Raises:
        Refusal: 422, it is no address, leads to no host, or to one that is not allowed.
    """
    try:
        parts = parse_url(url) if len(url) <= _LONGEST_URL else Url()
    except LocationParseError:
        parts = Url()
    if parts.scheme not in _PORTS or not parts.host or parts.auth:
        raise invalid("webhook: is no http or https address without a password in it")
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise invalid(f"webhook: its host can't be found ({error}); check it") from error
    addresses = [str(each[4][0]) for each in found]
    if not settings.webhook_private and not all(map(_is_public, addresses)):
        raise invalid(
            "webhook: leads to this machine or a private network, which the operator has to "
            "allow with --webhook-private"
        )
    return Address(addresses[0], port, parts)


def _is_public(address: str) -> bool:
    """Whether it is one of the world's; of those that hold one of IPv4, that counts."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or _translated(ip) or ip
    if isinstance(ip, ipaddress.IPv6Address) and (ip.is_site_local or ip.is_reserved):
        return False
    return ip.is_global and not ip.is_multicast


def _translated(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of IPv4 that a gateway makes of it."""
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _GATEWAYS else None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What shows that a call comes from here: HMAC-SHA256 of the time and the body."""
    words = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), words, hashlib.sha256).hexdigest()


class Webhooks:
    """Calls what is due, again and again with longer waits, and over restarts.

    Args:
        store: with what is due.
        settings: of the service.
        tell: what to say of a job.
    """

    def __init__(
        self, store: Store, settings: Settings, tell: Callable[[Job], dict[str, Any]]
    ) -> None:
        self._store = store
        self._settings = settings
        self._tell = tell
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to call."""
        self._thread.start()

    def close(self) -> None:
        """Call no more."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        with ThreadPoolExecutor(_AT_ONCE, "webhook") as pool:
            while not self._closing.wait(_POLL_S):
                list(pool.map(self._call, self._store.due_hooks()[:_AT_ONCE]))

    def _call(self, hook: Hook) -> None:
        job = self._store.get(hook.id)
        if job is None:
            return  # it was removed meanwhile
        tries = hook.tries + 1
        try:
            status = self._post(job)
            is_told, last = 200 <= status < 300, f"status {status}"
        except (HTTPError, OSError, Refusal) as error:
            is_told, last = False, printable(error)
        if is_told:
            state = DELIVERED
        else:
            state = FAILED if tries >= self._settings.webhook_tries else hook.state
            _log.warning("webhook of job %s, try %d: %s", job.id, tries, last)
        due = time.time() + 2.0 ** (tries - 1)
        self._store.save_hook(replace(hook, due=due, tries=tries, state=state, last=last))

    def _post(self, job: Job) -> int:
        """Tell of the job; the status of the answer."""
        event = f"job.{job.state}"
        body = json.dumps({"event": event, "job": self._tell(job)}).encode()
        now = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "vidocr",
            "X-Vidocr-Event": event,
            "X-Vidocr-Delivery": job.id,
            "X-Vidocr-Timestamp": now,
        }
        if self._settings.webhook_secret:
            headers["X-Vidocr-Signature"] = signature(self._settings.webhook_secret, now, body)
        address = address_of(job.webhook, self._settings)
        with _pool(address, self._settings.webhook_timeout_s) as pool:
            answer = pool.request(
                "POST",
                address.url.request_uri,
                body=body,
                headers=headers | {"Host": address.url.netloc or ""},
                redirect=False,
                retries=False,
                preload_content=False,  # whatever is said there is not read
            )
            answer.close()
        return answer.status


def _pool(address: Address, timeout_s: float) -> urllib3.HTTPConnectionPool:
    timeout = Timeout(connect=timeout_s, read=timeout_s)
    host = (address.url.host or "").strip("[]")
    if address.url.scheme == "http":
        return urllib3.HTTPConnectionPool(address.ip, address.port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        address.ip, address.port, timeout=timeout, server_hostname=host, assert_hostname=host
    )
