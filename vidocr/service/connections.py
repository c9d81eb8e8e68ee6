"""Connections that do not wait for ever, for a request or for who should read an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

_REQUEST_S = 20.0  # from the last answer until the next request is there, its headers whole
_READ_S = 60.0  # until some of what waits to be read has been


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to waiting.

    The server underneath waits without end where a request has begun, where a body goes on
    after it was answered, and where nobody reads the answer.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._for_request: asyncio.TimerHandle | None = None
        self._for_reader: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it, too
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, error: Exception | None) -> None:
        """Wait for nothing any more."""
        super().connection_lost(error)
        for timer in (self._for_request, self._for_reader):
            if timer:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Take in what came."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Begin to wait for who reads."""
        super().pause_writing()
        self._for_reader = self._later(_READ_S)

    def resume_writing(self) -> None:
        """Somebody reads."""
        super().resume_writing()
        if self._for_reader:
            self._for_reader.cancel()

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            if self._for_request:
                self._for_request.cancel()
            self._for_request = None
        elif self._for_request is None:
            self._for_request = self._later(_REQUEST_S)

    def _later(self, wait_s: float) -> asyncio.TimerHandle:
        # Not close: that would wait for who does not read.
        abort: Callable[[], None] = self.transport.abort
        return self.loop.call_later(wait_s, abort)
