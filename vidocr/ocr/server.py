"""Models behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama and others.

A request holds one picture. Many are under way at once, for such servers gather them into
batches of their own. What can pass is tried again; what can't is an error that says why.
"""

from __future__ import annotations

import base64
import json
import logging
import math
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any

import cv2
from urllib3 import BaseHTTPResponse

from vidocr.errors import EngineError
from vidocr.model import Image, Line
from vidocr.ocr.answers import (
    LINE_TOKENS,
    PICTURE_TOKENS,
    UNKNOWN_CONFIDENCE,
    Answer,
    lines_of,
)
from vidocr.ocr.calls import Calls
from vidocr.ocr.canvas import Limits, fitted, line_size
from vidocr.ocr.endpoint import Endpoint
from vidocr.ocr.listing import model_at
from vidocr.ocr.profiles import Profile, Task, profile_for, prompt_for

_log = logging.getLogger(__name__)

_OPTIONAL = ("top_k", "repetition_penalty", "skip_special_tokens", "logprobs")
_NO_LIMITS = Limits(32, 1, 2048 * 2048)  # the server keeps to those of its model
_AHEAD = 4  # pictures in a call for each request at once: one joins where another has left


class ServerEngine:
    """Reads lines through a server; asks it any prompt about any picture.

    Args:
        url: of the server, with or without ``/v1``; https certificates are verified.
        model: its name there; empty for the only one that the server has.
        profile: how the model wants to be asked; by its name if not given.
        api_key: sent to this server and no other.
        in_flight: requests at once.
        timeout_s: for the server to answer one request.
        tries: times that a request is sent before the server counts as gone.
        backoff_s: about the wait before the third try; it doubles from there.
        max_new_tokens: after which an answer is cut off; 0 for what lines and pictures need.

    Raises:
        UsageError: the address or the key can't be one, or the model has to be named.
        DependencyError: the server can't be reached, refuses the key or lacks the model.
        EngineError: the server fails at telling its models.
    """

    name = "server"

    def __init__(
        self,
        url: str,
        model: str,
        *,
        profile: Profile | None = None,
        api_key: str | None = None,
        in_flight: int = 16,
        timeout_s: float = 120.0,
        tries: int = 5,
        backoff_s: float = 0.5,
        max_new_tokens: int = 0,
    ) -> None:
        self._endpoint = Endpoint(
            url,
            api_key or "",
            in_flight=in_flight,
            timeout_s=timeout_s,
            tries=tries,
            backoff_s=backoff_s,
        )
        self.url = self._endpoint.url
        self.batch_size = _AHEAD * in_flight
        self._in_flight = in_flight
        self._max_new_tokens = max_new_tokens
        self.counts: Counter[str] = Counter()
        self._refused: set[str] = set()
        self._lock = threading.Lock()
        self._calls = Calls()
        self.model = model_at(self._endpoint, model)
        self.profile = profile or profile_for(self.model)

    def read(self, images: Sequence[Image]) -> list[list[Line]]:
        """Lines of each picture of a line, scaled as the model wants it; they have no boxes.

        Raises:
            DependencyError: the server is gone, or refuses the key or the model.
            EngineError: it fails on a picture, or answers what is no answer.
        """
        prompt = prompt_for(self.profile, Task.SUBTITLE)
        height_px = self.profile.line_height_px
        lines = [fitted(each, line_size(each.shape, height_px, _NO_LIMITS)) for each in images]
        return [lines_of(answer) for answer in self._ask_all(lines, prompt, LINE_TOKENS)]

    def ask(self, images: Sequence[Image], prompt: str) -> list[Answer]:
        """What the model answers to ``prompt`` about each whole picture, in their order.

        The first request that fails for good ends the others.

        Raises:
            DependencyError: as ``read``.
            EngineError: as ``read``.
        """
        return self._ask_all(images, prompt, PICTURE_TOKENS)

    def _ask_all(self, images: Sequence[Image], prompt: str, tokens: int) -> list[Answer]:
        with self._calls.begin() as stop:
            return self._answers(images, prompt, self._max_new_tokens or tokens, stop)

    def _answers(
        self, images: Sequence[Image], prompt: str, tokens: int, stop: threading.Event
    ) -> list[Answer]:
        pool = ThreadPoolExecutor(max(1, min(self._in_flight, len(images))), "request")
        try:
            requests = (self._request(image, prompt, tokens) for image in images)
            asked = [pool.submit(self._ask, request, stop) for request in requests]
            done, _ = wait(asked, return_when=FIRST_EXCEPTION)
            failed = [each for each in asked if each in done and each.exception()]
            return [each.result() for each in failed or asked]
        except BaseException:  # an interrupt too must not wait for a server that hangs
            stop.set()  # before the rest: a thread that is freed takes up the next picture
            self._endpoint.hang_up()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def interrupt(self) -> None:
        """End what is under way, from any thread; a call that waits raises EngineError."""
        self._calls.stop()
        self._endpoint.hang_up()

    def close(self) -> None:
        """End what is under way, and the connections."""
        self.interrupt()
        self._endpoint.close()

    # One request

    def _ask(self, request: dict[str, Any], stop: threading.Event) -> Answer:
        while True:
            sent = {name: value for name, value in request.items() if name not in self._refused}
            response = self._endpoint.send(
                "POST", "/chat/completions", self._endpoint.retries.new(stop=stop), json=sent
            )
            unknown = _unknown_fields(response) & {*sent}
            if not unknown:
                break
            _log.debug("%s takes no %s: left out from here on", self.url, ", ".join(unknown))
            self._refused.update(unknown)
        self._endpoint.check(response, self.model)
        again = len(response.retries.history) if response.retries else 0
        with self._lock:
            self.counts.update(answers=1, retries=again)
        if again:
            _log.debug("%s: a request was sent %d times", self.url, again + 1)
        try:
            return answer_in(json.loads(response.data))
        except (ValueError, LookupError, TypeError) as error:
            raise EngineError(
                f"server {self.url}: what it sent is no answer of a chat: "
                f"{self._endpoint.safe(response.data)}; is it an OpenAI-compatible server?"
            ) from error

    def _request(self, image: Image, prompt: str, tokens: int) -> dict[str, Any]:
        _, png = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        url = "data:image/png;base64," + base64.b64encode(png.tobytes()).decode()
        picture = {"type": "image_url", "image_url": {"url": url}}
        user = {"role": "user", "content": [picture, {"type": "text", "text": prompt}]}
        system = [{"role": "system", "content": ""}] if self.profile.system_turn else []
        return {
            "model": self.model,
            "messages": [*system, user],
            "max_tokens": tokens,
            "temperature": 0,
            "top_p": 1,
            "top_k": -1,
            "repetition_penalty": self.profile.repetition_penalty,
            "skip_special_tokens": True,
            "logprobs": True,
        }


def answer_in(body: Any) -> Answer:
    """The answer in a chat completion.

    Raises:
        LookupError: a part is missing.
        TypeError: a part has the wrong type.
    """
    choice = body["choices"][0]
    text = choice["message"]["content"]
    if not isinstance(text, str | None):
        raise TypeError("the content is no text")
    cut_off = choice.get("finish_reason") == "length"
    return Answer(text or "", _confidence(choice.get("logprobs")), cut_off)


def _confidence(logprobs: Any) -> float:
    """The geometric mean of the tokens' probabilities, where the server tells them."""
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not tokens:
        return UNKNOWN_CONFIDENCE
    mean = math.fsum(float(token["logprob"]) for token in tokens) / len(tokens)
    return math.exp(min(0.0, mean)) if math.isfinite(mean) else UNKNOWN_CONFIDENCE


def _unknown_fields(response: BaseHTTPResponse) -> frozenset[str]:
    """Fields that a server does not take, where it says that this is why it refuses."""
    if response.status not in (400, 422):
        return frozenset()
    said = response.data.decode("utf-8", "replace")
    return frozenset(name for name in _OPTIONAL if name in said)
