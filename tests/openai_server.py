"""An OpenAI-compatible server on the loopback that reads no text, and fails on purpose.

It checks what it is sent as strictly as real ones do, and writes down what it saw.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

from vidocr.model import Image

STANDARD = {"model", "messages", "max_tokens", "temperature", "top_p", "logprobs"}
ALL = STANDARD | {"top_k", "repetition_penalty", "skip_special_tokens", "response_format"}


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of an answer, or before it.

    ``delay_s`` passes first. ``drop`` closes the connection without a word. A ``status``
    of 0 stands for the right answer, of which a share is sent where ``cut`` is set.
    """

    status: int = 0
    body: bytes = b'{"error": {"message": "on purpose"}}'
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop: bool = False
    cut: bool = False


@dataclass
class Seen:
    """What the server was sent and how many requests it had at once."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0


class OpenAIServer:
    """The server; runs inside of its ``with`` block.

    Args:
        answer: the text for a picture (RGB) and a prompt.
        chat: the message for a request without pictures, or its content alone; instead of answer.
        fault: what happens to a chat by its number, from 0; None for nothing.
        models: their names; None for a server without a list.
        key: the one that is let in; None lets in all.
        fields: those that requests may have; others are refused by name, as ``refusal`` says.
        logprobs: of the tokens of each answer; None for a server that tells none.
        finish: the reason for the end of each answer.
        listing: an answer to the question for models instead of the list.
    """

    def __init__(
        self,
        answer: Callable[[Image, str], str | None] = lambda image, prompt: "Hello",
        *,
        chat: Callable[[dict[str, Any]], dict[str, Any] | str | None] | None = None,
        fault: Callable[[int], Fault | None] = lambda number: None,
        models: Sequence[str] | None = ("ocr",),
        key: str | None = None,
        fields: set[str] = ALL,
        refusal: tuple[int, str] = (400, "Unrecognized request argument supplied: {}"),
        logprobs: Sequence[float] | None = (-0.1, -0.3),
        finish: str = "stop",
        listing: Fault | None = None,
    ) -> None:
        self.answer, self.fault, self.models, self.key = answer, fault, models, key
        self.chat = chat
        self.fields, self.refusal = fields, refusal
        self.logprobs, self.finish, self.listing = logprobs, finish, listing
        self.seen = Seen()
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.errors: list[BaseException] = []
        self._http = _HTTP(self)
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.01,), name="fake server", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        assert not self.errors, self.errors

    def stop(self) -> None:
        """Close the port and cut all connections."""
        if self.closing.is_set():
            return
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self._http.cut_all()


class _HTTP(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, owner: OpenAIServer) -> None:
        self.owner = owner
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def cut_all(self) -> None:
        for each in list(self.open):
            _cut(each)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):  # a client that went away
            self.owner.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece: else the client's delayed ACK costs 40 ms
    server: _HTTP

    def setup(self) -> None:
        super().setup()
        self.owner = self.server.owner
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:  # noqa: N802  # named so by http.server
        self.owner.seen.paths.append(self.path)
        if self.path != "/v1/models" or self.owner.models is None:
            self._say(404, {"detail": "Not Found"})
        elif self._let_in():
            if self.owner.listing:
                self._fail(self.owner.listing)
            else:
                data = [{"id": name, "object": "model"} for name in self.owner.models]
                self._say(200, {"object": "list", "data": data})

    def do_POST(self) -> None:  # noqa: N802  # named so by http.server
        owner, seen = self.owner, self.owner.seen
        length = int(self.headers["Content-Length"])
        sent = self.rfile.read(length)
        if len(sent) < length:
            return  # the client hung up
        body = json.loads(sent)
        with owner.lock:
            number = len(seen.bodies)
            seen.bodies.append(body)
            seen.paths.append(self.path)
            seen.at_once += 1
            seen.most_at_once = max(seen.most_at_once, seen.at_once)
        try:
            self._chat(number, body)
        finally:
            with owner.lock:
                seen.at_once -= 1

    def _chat(self, number: int, body: dict[str, Any]) -> None:
        fault = self.owner.fault(number) or Fault()
        if self.owner.closing.wait(fault.delay_s) or fault.drop:
            self._drop()
        elif fault.status:
            self._fail(fault)
        elif self._let_in() and self._is_right(body):
            sent = json.dumps(self._completion(body)).encode()
            self._write(200, sent, len(sent) + 10 if fault.cut else len(sent))
            if fault.cut:
                self._drop()

    def _let_in(self) -> bool:
        sent = self.headers.get("Authorization")
        self.owner.seen.keys.append(sent)
        if self.owner.key is None or sent == f"Bearer {self.owner.key}":
            return True
        self._say(401, {"error": {"message": f"Incorrect API key: {sent}"}})
        return False

    def _is_right(self, body: dict[str, Any]) -> bool:
        unknown = sorted(set(body) - self.owner.fields)
        if self.path != "/v1/chat/completions":
            self._say(404, {"detail": "Not Found"})
        elif body["model"] not in (self.owner.models or ("ocr",)):
            message = f"The model `{body['model']}` does not exist."
            self._say(404, {"error": {"message": message, "param": "model"}})
        elif unknown:
            status, text = self.owner.refusal
            self._say(status, {"error": {"message": text.format(unknown[0])}})
        else:
            return True
        return False

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.owner.chat:
            said = self.owner.chat(body)
            message = said if isinstance(said, dict) else {"content": said}
        else:
            image, text = body["messages"][-1]["content"]
            message = {"content": self.owner.answer(picture_in(image), text["text"])}
        logprobs = None
        if self.owner.logprobs is not None and body.get("logprobs"):
            tokens = [{"token": "x", "logprob": each} for each in self.owner.logprobs]
            logprobs = {"content": tokens}
        choice = {
            "index": 0,
            "message": {"role": "assistant", **message},
            "finish_reason": self.owner.finish,
            "logprobs": logprobs,
        }
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        whole = {"id": "1", "object": "chat.completion", "model": "ocr", "choices": [choice]}
        return whole | {"usage": usage}

    def _fail(self, fault: Fault) -> None:
        self._write(fault.status, fault.body, len(fault.body), fault.headers)

    def _say(self, status: int, body: dict[str, Any]) -> None:
        sent = json.dumps(body).encode()
        self._write(status, sent, len(sent))

    def _write(
        self, status: int, body: bytes, length: int, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _drop(self) -> None:
        self.close_connection = True
        _cut(self.connection)


def picture_in(part: dict[str, Any]) -> Image:
    """The picture (RGB) of a part of a message; it has to be a PNG as a data URL."""
    assert part["type"] == "image_url", part
    head, _, data = part["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64", head
    bgr = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_UNCHANGED)
    assert bgr is not None and bgr.ndim == 3, "not a picture in colours"
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def free_port() -> int:
    """A port of the loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # the client was faster
        connection.shutdown(socket.SHUT_RDWR)
