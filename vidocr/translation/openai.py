"""Chat models behind an OpenAI-compatible server translate: vLLM, Ollama, hosted ones.

Lines of a scene go together, with what was said and translated before them. The reply is asked
for in a JSON schema; a server that can't do that is asked in words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from vidocr.ocr.endpoint import Endpoint
from vidocr.translation.chat import FORMAT, MANNER, Chat
from vidocr.translation.model import Answer, Pace, Reply, Request
from vidocr.translation.prompts import VERSION, messages
from vidocr.translation.replies import RESPONSE_FORMAT, BadReplyError, answers_in

_FORMAT_NOTE = f"the server takes no {FORMAT}: it was asked for JSON in words alone"
_TOKENS, _TOKENS_A_LETTER = 2048, 8  # models that think before they answer need many


class OpenAITranslator:
    """Translates through a chat; may be used from many threads.

    Args:
        url: of the server, with or without ``/v1``; https certificates are verified.
        model: its name there; empty for the only one that the server has.
        api_key: sent to this server and no other.
        tone: of the translation in words, as ``formal``; empty for what the film has.
        in_flight: requests at once; 16 by default, 1 or more.
        batch: cues in a request; 15 by default, 1 to 50.
        timeout_s: for the server to answer one request; 120 by default, above 0.
        tries: times that a request is sent before it counts as failed; 8 by default, which is for
            half a minute. To a server that failed so and has never worked, it is sent twice.
        backoff_s: about the wait before the third try; it doubles from there.

    Raises:
        UsageError: the address or the key can't be one, or the model has to be named.
        TranslationError: the server can't be reached, refuses the key or lacks the model.
    """

    takes_demands = True

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str | None = None,
        tone: str = "",
        in_flight: int = 16,
        batch: int = 15,
        timeout_s: float = 120.0,
        tries: int = 8,
        backoff_s: float = 0.5,
    ) -> None:
        self._endpoint = Endpoint(
            url,
            api_key or "",
            in_flight=in_flight,
            timeout_s=timeout_s,
            tries=tries,
            backoff_s=backoff_s,
            manner=MANNER,
        )
        self._chat = Chat(self._endpoint, model)
        self._tone = tone
        self.name = f"openai:{self._chat.model}"
        self.identity = json.dumps(["openai", self._chat.model, tone, VERSION])
        self.pace = Pace(cues=batch, scenes=1, calls=in_flight)

    def translate(self, requests: Sequence[Request]) -> Reply:
        """An answer to each request, all of one scene; where the reply is bad, why.

        Raises:
            TranslationError: the server is gone, fails all the time, or refuses the key or the
                model.
        """
        completion = self._chat.ask(
            {
                "messages": messages(requests, self._tone),
                "temperature": 0,
                "max_tokens": _TOKENS + _TOKENS_A_LETTER * sum(len(each.text) for each in requests),
                FORMAT: RESPONSE_FORMAT,
            }
        )
        notes = (_FORMAT_NOTE,) if FORMAT in self._chat.refused else ()
        why = completion.why
        if not why:
            try:
                return Reply(answers_in(completion.content, requests), completion.usage, notes)
            except BadReplyError as error:
                why = str(error)
        return Reply(tuple(Answer(why=why, again=True) for _ in requests), completion.usage, notes)

    def interrupt(self) -> None:
        """End what is under way, from any thread; a call that waits raises TranslationError."""
        self._chat.interrupt()

    def close(self) -> None:
        """End what is under way, and the connections."""
        self.interrupt()
        self._endpoint.close()
