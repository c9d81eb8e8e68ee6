"""A chat of an OpenAI-compatible server: what it takes, what it answers, and when it is lost."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from typing import Any

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from vidocr.errors import TranslationError
from vidocr.ocr.calls import Calls
from vidocr.ocr.endpoint import Endpoint, Manner, Retries, is_away, reason_of
from vidocr.ocr.listing import model_at
from vidocr.translation.model import Usage

_log = logging.getLogger(__name__)


class FailedError(TranslationError):
    """A request failed; others may not."""


MANNER = Manner(
    missing=TranslationError,
    failed=FailedError,
    url="--translator-url",
    key="--translator-key",
    key_variable="VIDOCR_TRANSLATOR_KEY",
    model="--translator-model",
    requests="--translator-requests",
)
"""How messages about a server that translates name its options."""

FORMAT = "response_format"
_REFUSALS = (400, 422, 501)
_SIGNS = {  # of the fields that a server may not take, in the words of its refusal
    FORMAT: (FORMAT, "json_schema", "guided", "grammar"),
    "temperature": ("temperature",),
    "max_tokens": ("max_completion_tokens",),
}
_LOST = 8  # requests that fail in a row: it is the server, not what it was asked
_READ_AGAIN = 1  # what hung once may hang each time
_HARDLY = 1  # times that a request is sent again to a server that has never worked
_BUSY = 429  # whoever answers so works


@dataclass(frozen=True, slots=True)
class Completion:
    """What was answered; ``content`` is empty where it can't be used, and ``why`` says why."""

    content: str
    usage: Usage
    why: str = ""


class Chat:
    """Asks a model; may be used from many threads.

    Args:
        endpoint: of the server.
        model: its name there; empty for the only one that the server has.

    Raises:
        UsageError: the model has to be named.
        TranslationError: the server can't be reached, refuses the key or lacks the model.
    """

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        self._endpoint = endpoint
        self.model = model_at(endpoint, model)
        self._calls = Calls()
        self._lock = threading.Lock()
        self._formats = 0  # answers to requests that asked for a format
        self._failed = 0  # requests in a row
        self._has_worked = self._is_broken = False
        self.refused: set[str] = set()

    def ask(self, body: dict[str, Any]) -> Completion:
        """The answer to a request; fields that the server doesn't take are left out.

        Raises:
            TranslationError: the server is gone, fails all the time, or refuses the key or the
                model; or the request was interrupted.
        """
        with self._calls.begin() as stop:
            retries = self._endpoint.retries.new(stop=stop, read=_READ_AGAIN, total=self._again())
            try:
                response = self._response({"model": self.model, **body}, retries)
            except HTTPError as error:
                if stop.is_set() or is_away(error):
                    raise self._endpoint.explained(error, retries, "can't be reached") from error
                return self._failure(f"the server did not answer: {reason_of(error)}")
        try:
            self._endpoint.check(response, self.model)
        except FailedError:
            said = self._endpoint.safe(response.data)
            with self._lock:
                self._is_broken = not self._has_worked and response.status != _BUSY
            return self._failure(f"the server failed with {response.status}: {said}")
        return self._completion(response)

    def _again(self) -> int:
        """How often a request is sent again: patience is for a server that has worked."""
        most = self._endpoint.tries - 1
        return min(_HARDLY, most) if self._is_broken else most

    def interrupt(self) -> None:
        """End what is under way, from any thread."""
        self._calls.stop()
        self._endpoint.hang_up()

    def _response(self, body: dict[str, Any], retries: Retries) -> BaseHTTPResponse:
        while True:
            sent = {name: value for name, value in body.items() if name not in self.refused}
            response = self._send(sent, retries)
            if response.status not in _REFUSALS:
                return response
            said = response.data.decode("utf-8", "replace")
            unknown = {name for name in sent if any(sign in said for sign in _SIGNS.get(name, ()))}
            if not unknown:
                return self._without_format(sent, retries, response)
            self._refuse(unknown)

    def _without_format(
        self, sent: dict[str, Any], retries: Retries, refusal: BaseHTTPResponse
    ) -> BaseHTTPResponse:
        """The answer without a format, if that may be what the server refuses without a word."""
        if FORMAT not in sent or self._formats:
            return refusal
        plain = {name: value for name, value in sent.items() if name != FORMAT}
        response = self._send(plain, retries)
        if response.status != 200:
            return refusal
        self._refuse({FORMAT})
        return response

    def _send(self, body: dict[str, Any], retries: Retries) -> BaseHTTPResponse:
        response = self._endpoint.request("POST", "/chat/completions", retries, json=body)
        if FORMAT in body and response.status == 200:
            with self._lock:
                self._formats += 1
        return response

    def _refuse(self, names: set[str]) -> None:
        with self._lock:
            new = names - self.refused
            self.refused |= names
        if new:
            _log.warning("%s takes no %s: left out", self._endpoint.url, ", ".join(sorted(new)))

    def _completion(self, response: BaseHTTPResponse) -> Completion:
        try:
            body = json.loads(response.data)
            choice = body["choices"][0]
            content, refusal = choice["message"]["content"], choice["message"].get("refusal")
            if not isinstance(content, str | None):
                raise TypeError("the content is no text")
        except (ValueError, LookupError, TypeError, AttributeError):
            said = self._endpoint.safe(response.data)
            return self._failure(f"what the server sent is no answer of a chat: {said}")
        with self._lock:
            self._failed = 0
            self._has_worked, self._is_broken = True, False
        usage = _usage(body.get("usage"))
        if refusal:
            return Completion("", usage, f"it was refused: {self._endpoint.safe(str(refusal))}")
        if choice.get("finish_reason") == "length":
            return Completion("", usage, "the reply was cut off")
        return Completion(content or "", usage, "" if content else "the reply is empty")

    def _failure(self, why: str) -> Completion:
        with self._lock:
            self._failed += 1
            is_lost = self._failed >= _LOST
        if is_lost:
            raise TranslationError(
                f"server {self._endpoint.url}: {_LOST} requests failed, one after the other, at "
                f"last so: {why}; see its log, and lower {MANNER.requests} where it has too much "
                "to do",
                may_pass=True,
            )
        return Completion("", Usage(requests=1), why)


def _usage(told: Any) -> Usage:
    """What the server tells of tokens, where it tells any."""
    told = told if isinstance(told, dict) else {}
    tokens = (told.get(name) for name in ("prompt_tokens", "completion_tokens"))
    return Usage(1, *(each if type(each) is int else 0 for each in tokens))
