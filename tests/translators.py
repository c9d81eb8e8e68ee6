"""Cues that each say something else; a model that translates them, or does what it should not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from vidocr.model import Cue
from vidocr.translation import Answer, Pace, Reply, Request, Usage

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
Chat = Callable[[dict[str, Any]], dict[str, Any] | str | None]


def sentence(number: int) -> str:
    """Three words that no other number has."""
    chance = random.Random(number)
    return " ".join("".join(chance.choices(_SYLLABLES, k=3)) for _ in range(3)).capitalize() + "."


def in_german(text: str) -> str:
    """What the honest model makes of a text."""
    return "\n".join(" ".join("ü" + word for word in line.split(" ")) for line in text.split("\n"))


def cue(
    number: int, text: str | None = None, gap_s: float = 1.0, language: str | None = "en"
) -> Cue:
    start_us = round(number * (2 + gap_s) * 1_000_000)
    lines = tuple((sentence(number) if text is None else text).split("\n"))
    return Cue(start_us, start_us + 2_000_000, lines, language=language)


def cues(count: int, scene: int = 8) -> list[Cue]:
    """So many cues, in scenes of so many."""
    found = []
    for number in range(count):
        start_us = number * 3_000_000 + number // scene * 60_000_000
        found.append(Cue(start_us, start_us + 2_000_000, (sentence(number),), language="en"))
    return found


class Fake:
    """A translator in this process: translates by a function, and writes down what it was asked."""

    name = "fake"
    identity = "fake:1"

    def __init__(
        self,
        answer: Callable[[Request], Answer] = lambda request: Answer(in_german(request.text)),
        pace: Pace = Pace(4, 1, 2),  # noqa: B008  # it is frozen
        takes_demands: bool = True,
    ) -> None:
        self.answer, self.pace, self.takes_demands = answer, pace, takes_demands
        self.calls: list[list[Request]] = []

    def translate(self, requests: Sequence[Request]) -> Reply:
        self.calls.append(list(requests))
        return Reply(tuple(map(self.answer, requests)), Usage(1, 5, 2))

    @property
    def texts(self) -> list[str]:
        return [request.text for call in self.calls for request in call]


def asked(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines that a request asks for."""
    script = json.loads(body["messages"][-1]["content"])["script"]
    return [entry for entry in script if "id" in entry]


def glossary_in(body: dict[str, Any]) -> list[dict[str, str]]:
    return list(json.loads(body["messages"][-1]["content"]).get("glossary", []))


def entries(
    body: dict[str, Any], translate: Callable[[str], str] = in_german
) -> list[dict[str, Any]]:
    """What an honest model answers to each line."""
    return [
        {
            "id": line["id"],
            "begins": " ".join(line["text"].split()[:3]),
            "text": translate(line["text"]),
        }
        for line in asked(body)
    ]


def reply(entries: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"translations": list(entries)}, ensure_ascii=False)


def honest(body: dict[str, Any]) -> str:
    return reply(entries(body))


# What models do that they should not


def _dropped(body: dict[str, Any]) -> str:
    return reply(entries(body)[:-1])


def _renumbered(body: dict[str, Any]) -> str:
    found = entries(body)[1:]
    return reply([entry | {"id": number} for number, entry in enumerate(found, 1)])


def _merged(body: dict[str, Any]) -> str:
    """Two lines in one entry, and one less."""
    first, *rest = entries(body)
    if rest:
        first["text"] += " " + rest.pop(0)["text"]
    return reply([entry | {"id": number} for number, entry in enumerate([first, *rest], 1)])


def _merged_and_repeated(body: dict[str, Any]) -> str:
    """Two lines in one entry, and the second once more."""
    found = entries(body)
    if len(found) > 1:
        found[0]["text"] += " " + found[1]["text"]
        return reply(found)
    return reply([])


def _merged_and_blank(body: dict[str, Any]) -> str:
    first, *rest = entries(body)
    if rest:
        first["text"] += " " + rest[0]["text"]
        rest[0]["text"] = "..."
        return reply([first, *rest])
    return reply([first | {"text": " "}])


def _moved(body: dict[str, Any]) -> str:
    """Each entry holds the line after, the last one something else."""
    found = entries(body)
    texts = [entry["text"] for entry in found[1:]] + ["Und so weiter"]
    begins = [entry["begins"] for entry in found[1:]] + [found[-1]["begins"]]
    if len(found) == 1:
        return reply([])
    return reply(
        [e | {"text": t, "begins": b} for e, t, b in zip(found, texts, begins, strict=True)]
    )


def _copied(body: dict[str, Any]) -> str:
    """Each entry holds the line before."""
    found = entries(body)
    texts = [found[0]["text"]] + [entry["text"] for entry in found[:-1]]
    if len(found) == 1:
        return reply([])
    return reply([e | {"text": text} for e, text in zip(found, texts, strict=True)])


def _prose(body: dict[str, Any]) -> str:
    return "Sure! Here are the translations:\n" + "\n".join(e["text"] for e in entries(body))


def _cut_off(body: dict[str, Any]) -> str:
    whole = honest(body)
    return whole[: len(whole) * 2 // 3]


def _refused(body: dict[str, Any]) -> dict[str, Any]:
    return {"content": None, "refusal": "I can't help with that."}


def _two_replies(body: dict[str, Any]) -> str:
    return _renumbered(body) + "\n\nOr rather:\n" + honest(body)


BAD: dict[str, Chat] = {
    "dropped": _dropped,
    "renumbered": _renumbered,
    "merged": _merged,
    "merged and repeated": _merged_and_repeated,
    "merged and blank": _merged_and_blank,
    "moved": _moved,
    "copied": _copied,
    "prose": _prose,
    "cut off": _cut_off,
    "refused": _refused,
    "two replies": _two_replies,
    "untranslated": lambda body: reply(entries(body, lambda text: text)),
    "no content": lambda body: None,
    "more lines": lambda body: reply([*entries(body), {"id": 99, "begins": "", "text": "Ende"}]),
    "twice": lambda body: reply(entries(body) * 2),
    "other JSON": lambda body: '{"answer": 42}',
    "texts that are none": lambda body: reply([e | {"text": 5} for e in entries(body)]),
}
"""Ways to answer that must never be taken for a translation; each does so at one line, too."""

FINE: dict[str, Chat] = {
    "fenced": lambda body: f"```json\n{honest(body)}\n```",
    "with a word before and after": lambda body: f"Here [you] are:\n{honest(body)}\nAll done.",
    "thought over": lambda body: f"<think>{_renumbered(body)} no</think>\n{honest(body)}",
    "a bare list": lambda body: json.dumps(entries(body)),
    "numbers as texts": lambda body: reply([e | {"id": str(e["id"])} for e in entries(body)]),
    "in another order": lambda body: reply(entries(body)[::-1]),
}
"""Ways to answer that leave no doubt."""
