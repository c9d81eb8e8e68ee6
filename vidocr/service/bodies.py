"""What is sent: how much may come, how slowly, and how much is held at once."""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vidocr.service.refusals import Refusal, answer_of, full, too_large
from vidocr.service.settings import Settings

_MORE_BYTES = 1 << 20  # around a film or a picture
_GONE: Message = {"type": "http.disconnect"}


class Bodies:
    """Passes requests on to the app, and what they send.

    Args:
        settings: with the limits.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._room = settings.bodies_bytes

    async def pass_on(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the app answer a request.

        Raises:
            Refusal: 413, it says that it is too large.
        """
        headers = Headers(scope=scope)
        most, is_held = self._limits(scope["path"], headers)
        told = headers.get("content-length", "")
        if told.isdecimal() and int(told) > most:
            raise too_large("the body", most)
        body = _Body(receive, send, most, self._hold if is_held else None, self._settings)
        try:
            await app(scope, body.receive, body.send)
        finally:
            self._room += body.held
        if body.refusal and not body.is_answered:
            await answer_of(body.refusal)(scope, receive, send)

    def _limits(self, path: str, headers: Headers) -> tuple[int, bool]:
        """How many bytes may come, and whether they are held in memory."""
        settings = self._settings
        kind = headers.get("content-type", "").lower()
        if path == "/v1/jobs" and kind.startswith("multipart/"):
            return settings.upload_bytes + _MORE_BYTES, False  # written away as it comes
        if path in ("/v1/ocr", "/generate"):
            return settings.image_bytes * 4 // 3 + _MORE_BYTES, True
        return settings.body_bytes, True

    def _hold(self, size: int) -> bool:
        """Whether there is room to hold so many bytes, which are held then."""
        if size > self._room:
            return False
        self._room -= size
        return True


class _Body:
    """One body on its way. Where it is refused, the app sees that the sender has gone."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        most: int,
        hold: Callable[[int], bool] | None,
        settings: Settings,
    ) -> None:
        self.refusal: Refusal | None = None
        self.is_answered = False
        self.held = 0
        self._hold = hold
        self._receive = receive
        self._send = send
        self._most = most
        self._grace_s = settings.body_grace_s
        self._slowest = settings.slowest_bytes_s
        self._came = 0
        self._waited_s = 0.0
        self._is_whole = False

    async def receive(self) -> Message:
        """The next piece, as ASGI has it."""
        if self.refusal:
            return _GONE
        if self._is_whole:
            return await self._receive()  # when the other side goes
        began = time.monotonic()
        try:
            with anyio.fail_after(self._grace_s + self._came / self._slowest - self._waited_s):
                message = await self._receive()
        except TimeoutError:
            return self._refused(_too_slow(self._slowest))
        self._waited_s += time.monotonic() - began  # not what the app took to write it away
        if message["type"] != "http.request":
            return message
        return self._counted(message)

    def _counted(self, message: Message) -> Message:
        size = len(message.get("body", b""))
        self._came += size
        self._is_whole = not message.get("more_body", False)
        if self._came > self._most:
            return self._refused(too_large("the body", self._most))
        if self._hold:
            if not self._hold(size):
                return self._refused(full("others send too much at once"))
            self.held += size
        return message

    def _refused(self, refusal: Refusal) -> Message:
        self.refusal = refusal
        return _GONE

    async def send(self, message: Message) -> None:
        """What the app answers, unless the body was refused first."""
        if self.refusal and not self.is_answered:
            return
        self.is_answered = True
        await self._send(message)


def _too_slow(slowest: float) -> Refusal:
    message = f"the body: came at less than {slowest / 1000:g} kB/s; send it over a faster line"
    return Refusal(408, "too_slow", message, {"Connection": "close"})
