"""An HTTP server that is asked many things at once: retries, limits, and errors that explain."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from urllib3 import BaseHTTPResponse, Retry, Timeout, connection_from_url
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    LocationParseError,
    MaxRetryError,
    NewConnectionError,
    SSLError,
)
from urllib3.util import parse_url

from vidocr.errors import DependencyError, EngineError, UsageError, VidocrError

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Status codes after which a request is sent again."""

_CONNECT_S = 10.0
_LONGEST_WAIT_S = 30.0  # between two tries, whatever the server asks for
_SHOWN = 200  # characters of an answer in a message


@dataclass(frozen=True, slots=True)
class Manner:
    """Which errors an endpoint raises, and what the options are called that its messages name.

    ``missing`` is raised where the server, its model or the right key is missing, ``failed``
    where a request failed.
    """

    missing: type[VidocrError] = DependencyError
    failed: type[VidocrError] = EngineError
    url: str = "--server-url"
    key: str = "--api-key"
    key_variable: str = "VIDOCR_API_KEY"
    model: str = "--model"
    requests: str = "--server-requests"


class Endpoint:
    """Where requests go, with their key; they may be sent from many threads.

    Args:
        url: of the server, with or without ``/v1``; https certificates are verified.
        api_key: sent to this server and no other, and shown in no message; may be empty.
        in_flight: requests at once.
        timeout_s: for the server to answer one request.
        tries: times that a request is sent before the server counts as gone.
        backoff_s: about the wait before the third try; it doubles from there.
        manner: of its errors.

    Raises:
        UsageError: the address or the key can't be one.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        in_flight: int,
        timeout_s: float,
        tries: int,
        backoff_s: float,
        manner: Manner = Manner(),  # noqa: B008  # it is frozen
    ) -> None:
        if api_key and not (api_key.isascii() and api_key.isprintable()):
            raise UsageError(  # the libraries below would show the key
                f"{manner.key.lstrip('-')}: holds what no key can, such as a line's end; check "
                f"{manner.key_variable}"
            )
        self.url = base_url(url, manner.url)
        self.manner = manner
        self.tries = tries
        self._key = api_key
        self._timeout = Timeout(connect=min(_CONNECT_S, timeout_s), read=timeout_s)
        self.retries = Retries(
            total=tries - 1,
            allowed_methods=None,  # a POST too: asking twice changes nothing
            status_forcelist=PASSING,
            raise_on_status=False,
            backoff_factor=backoff_s / 2,
            backoff_jitter=backoff_s / 2,
            backoff_max=_LONGEST_WAIT_S,
        )
        self._lock = threading.Lock()
        self._connect(in_flight)

    def _connect(self, in_flight: int) -> None:
        """A pool for the one host, whose connections can be hung up while they are in use."""
        self._pool = connection_from_url(self.url, maxsize=in_flight, block=True)
        self._connections: WeakSet[Any] = WeakSet()
        made, lock, connections = self._pool.ConnectionCls, self._lock, self._connections

        def remembered(**how: Any) -> Any:
            connection = made(**how)
            with lock:
                connections.add(connection)
            return connection

        self._pool.ConnectionCls = remembered  # type: ignore[assignment]  # it is only called

    def close(self) -> None:
        """Cut the connections and make no more."""
        self.hang_up()
        self._pool.close()

    def hang_up(self) -> None:
        """Cut the connections: who waits at one sees an error. Other calls try again."""
        with self._lock:
            live = [connection.sock for connection in self._connections if connection.sock]
        for each in live:
            with suppress(OSError):  # it came to its end by itself
                each.shutdown(socket.SHUT_RDWR)

    def send(self, method: str, path: str, retries: Retries, **body: Any) -> BaseHTTPResponse:
        """The server's answer, whatever its status.

        Raises:
            VidocrError: ``manner.missing``: it can't be reached, or stopped answering;
                ``manner.failed``: ``retries`` were stopped.
        """
        try:
            return self.request(method, path, retries, **body)
        except HTTPError as error:
            what = "stopped answering" if body else "can't be reached"
            raise self.explained(error, retries, what) from error

    def request(self, method: str, path: str, retries: Retries, **body: Any) -> BaseHTTPResponse:
        """As :meth:`send`, with urllib3's errors.

        Raises:
            HTTPError: there is no answer.
        """
        retries.pause(0)
        return self._pool.request(
            method,
            (parse_url(self.url).path or "") + path,
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            retries=retries,
            redirect=False,  # a redirect could take the key to another host
            timeout=self._timeout,
            **body,
        )

    def explained(self, error: HTTPError, retries: Retries, what: str) -> VidocrError:
        """The error to raise for one of :meth:`request`; ``what`` is wrong with the server."""
        if retries.stop.is_set():
            return self.manner.failed(f"server {self.url}: the request was given up")
        return self.manner.missing(
            f"server {self.url}: {what}: {reason_of(error)}; start it (configs/vllm.sh of vidocr's "
            f"sources shows how), or give the address of another with {self.manner.url}",
            may_pass=True,
        )

    def check(self, response: BaseHTTPResponse, model: str) -> None:
        """Raise what an answer other than 200 means, to a request about ``model``."""
        manner = self.manner
        status, said = response.status, self.safe(response.data)
        if status in (401, 403):
            raise manner.missing(
                f"server {self.url}: the key was refused ({status}: {said}); give {manner.key} or "
                f"{manner.key_variable}"
            )
        if 300 <= status < 400:
            raise manner.missing(
                f"server {self.url}: it sends on to {self.safe(response.headers.get('Location'))}"
                f", where vidocr doesn't follow; give the server's own address with {manner.url}"
            )
        of_model = status in (400, 422) and any(f"{q}{model}{q}" in said for q in "'`\"")
        if status == 404 or of_model:
            raise manner.missing(
                f"server {self.url}: it has no model {model!r}, or no chat at this address "
                f"({status}: {said}); check {manner.model} and {manner.url}"
            )
        if status != 200:
            raise manner.failed(
                f"server {self.url}: it failed with {status}: {said}; see its log (and lower "
                f"{manner.requests} where it has too much to do)",
                may_pass=status in PASSING,
            )

    def safe(self, sent: bytes | str | None) -> str:
        """What a server sent, fit to be shown: short, printable and without the key."""
        text = sent.decode("utf-8", "replace") if isinstance(sent, bytes) else str(sent)
        if self._key:
            text = text.replace(self._key, "***")
        return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:_SHOWN]


class Retries(Retry):
    """Retries that can be stopped, and whose waits are no longer than is sensible."""

    def __init__(self, stop: threading.Event | None = None, **how: Any) -> None:
        super().__init__(**how)
        self.stop = stop or threading.Event()

    def new(self, **changed: Any) -> Retries:
        """The same with changes; urllib3 makes one after each try."""
        return super().new(**{"stop": self.stop, **changed})

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait before the next try, as long as the server asks for or the backoff says."""
        wait_s = self.get_backoff_time()
        with suppress(InvalidHeader):  # then the backoff says how long
            wait_s = (response and self.get_retry_after(response)) or wait_s
        self.pause(min(wait_s, _LONGEST_WAIT_S))

    def pause(self, wait_s: float) -> None:
        """Wait, or raise an HTTPError as soon as the retries are stopped."""
        if self.stop.wait(wait_s):
            raise HTTPError("given up")


def reason_of(error: HTTPError) -> BaseException:
    """Why there is no answer, without the number of tries."""
    return (isinstance(error, MaxRetryError) and error.reason) or error


def is_away(error: HTTPError) -> bool:
    """Whether nobody could be reached, rather than somebody who did not answer."""
    return isinstance(reason_of(error), NewConnectionError | ConnectTimeoutError | SSLError)


def base_url(url: str, flag: str = "--server-url") -> str:
    """The address that requests start with: without a path, that of the API's version 1.

    Args:
        url: as it was given.
        flag: the option that gave it.

    Raises:
        UsageError: it is no http or https address, or holds more than an address.
    """
    try:
        parsed = parse_url(url.strip())
    except LocationParseError:
        parsed = parse_url("")
    more = parsed.auth or parsed.query or parsed.fragment
    if parsed.scheme not in ("http", "https") or not parsed.host or more:
        raise UsageError(  # the address is not shown: it may hold a password
            f"{flag.lstrip('-')}: takes an address that starts with http:// or https:// and holds "
            "no password and no ? or #, as in http://localhost:8000/v1"
        )
    path = (parsed.path or "").rstrip("/") or "/v1"
    return parsed._replace(path=path).url
