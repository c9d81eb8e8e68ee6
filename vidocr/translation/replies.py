"""What a chat model answers about numbered lines, taken only where it is sure which is which.

A reply is taken whole or not at all: where a line is missing or doubled, its neighbours may be
merged or moved. What is wrong with one line alone, as a refusal, is that line's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from rapidfuzz.distance import Indel

from vidocr.text import letters, similarity, tidy
from vidocr.translation.model import Answer, Request
from vidocr.translation.speech import says_something

LIST, ID, BEGINS, TEXT = "translations", "id", "begins", "text"
_ITEM = {
    "type": "object",
    "properties": {
        ID: {"type": "integer"},
        BEGINS: {"type": "string"},
        TEXT: {"type": "string"},
    },
    "required": [ID, BEGINS, TEXT],
    "additionalProperties": False,
}
RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {
        "name": "subtitles",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {LIST: {"type": "array", "items": _ITEM}},
            "required": [LIST],
            "additionalProperties": False,
        },
    },
}
"""How a reply is asked for, as JSON Schema in the strict form that servers want."""

_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_OPENING = re.compile(r"[{\[]")
_NUMBER = re.compile(r"\d+")
_NO_TRANSLATION = re.compile(
    r"```|^\s*[{\[]\s*\"|\bas an ai\b|\b(can't|can’t|cannot|won't|won’t|unable to) translate\b",
    re.IGNORECASE,
)
_LIKE, _UNSURE = 0.85, 0.2  # what a line is said to begin with, against those that it might be
_UNLIKE = 0.6  # lines, whose translations are not the same
_TELLING = 8  # letters: shorter answers may well be alike
_A_SENTENCE = 12  # letters: a name or a cry may be the same in both languages


class BadReplyError(ValueError):
    """A reply that can't be used; its message says why."""


class _Said(NamedTuple):
    source: str
    begins: str
    text: str


def answers_in(content: str, requests: Sequence[Request]) -> tuple[Answer, ...]:
    """The answers to requests that were numbered from 1.

    Raises:
        BadReplyError: it is not sure which line is which, or some are missing.
    """
    found = _by_number(_items(_json_in(content)))
    if set(found) != set(range(1, len(requests) + 1)):
        raise BadReplyError(
            f"the reply has other lines than the {len(requests)} that were asked for"
        )
    said = [_Said(request.text, *found[number]) for number, request in enumerate(requests, 1)]
    if any(not says_something(each.text) for each in said):
        raise BadReplyError("the reply has no words for a line")
    if any(_is_another(each, said) for each in said):
        raise BadReplyError("the reply has moved lines")
    for one, other in pairwise(said):
        if _holds(one, other) or _holds(other, one):
            raise BadReplyError("the reply has one text for two lines")
        if _has_numbers_of(one, other) or _has_numbers_of(other, one):
            raise BadReplyError("the reply has the numbers of a line in another one")
    return tuple(map(_answer, said))


def _json_in(content: str) -> Any:
    """The one JSON value of the reply's form, with whatever stands around it."""
    content = _THOUGHT.sub("", content)
    values = [value for value in _values(content) if _has_form(value)]
    if len(values) != 1:
        what = "several lists" if values else "no complete list in JSON"
        raise BadReplyError(f"the reply has {what}")
    return values[0]


def _values(content: str) -> Iterator[Any]:
    """The objects and lists that stand side by side in a text."""
    decoder = json.JSONDecoder(object_pairs_hook=_once_each)
    place = 0
    while start := _OPENING.search(content, place):
        try:
            value, place = decoder.raw_decode(content, start.start())
            yield value
        except (ValueError, RecursionError):  # a bracket of prose, or one that isn't closed
            place = start.end()


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _has_form(value: Any) -> bool:
    items = _items(value)
    return isinstance(items, list) and all(isinstance(each, dict) and ID in each for each in items)


def _items(value: Any) -> Any:
    return value.get(LIST) if isinstance(value, dict) else value


def _by_number(items: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for item in items:
        number, text, begins = item[ID], item.get(TEXT), item.get(BEGINS, "")
        if isinstance(number, str) and number.isdecimal() and len(number) < 9:
            number = int(number)
        if type(number) is not int or not isinstance(text, str) or not isinstance(begins, str):
            raise BadReplyError("the reply has no number or no text for a line")
        if number in found:
            raise BadReplyError("the reply has a line twice")
        found[number] = begins, text
    return found


def _is_another(said: _Said, all_said: Sequence[_Said]) -> bool:
    """Whether the line is said to begin as another one does, and not as it does itself."""
    begins = letters(said.begins)
    if len(begins) < 3:
        return False
    likest = max(_begins_like(begins, other.source) for other in all_said)
    return likest >= _LIKE and _begins_like(begins, said.source) < likest - _UNSURE


def _begins_like(begins: str, source: str) -> float:
    return float(Indel.normalized_similarity(begins, letters(source)[: len(begins)]))


def _holds(one: _Said, other: _Said) -> bool:
    """Whether one translation holds the other, though what was said does not."""
    whole, part = letters(one.text), letters(other.text)
    if len(part) < _TELLING or part not in whole:
        return False
    alike = similarity(one.source, other.source) >= _UNLIKE
    return not alike and letters(other.source) not in letters(one.source)


def _has_numbers_of(one: _Said, other: _Said) -> bool:
    """Whether the numbers that one alone says stand in the translation of the other alone."""
    numbers = set(_NUMBER.findall(one.source)) - set(_NUMBER.findall(other.source))
    mine, others = (set(_NUMBER.findall(each.text)) for each in (one, other))
    return bool(numbers) and numbers <= others and not numbers & mine


def _answer(said: _Said) -> Answer:
    if _NO_TRANSLATION.search(said.text) and not _NO_TRANSLATION.search(said.source):
        return Answer(why=f"it was refused: {tidy(said.text)[:80]}", again=True)
    if len(said.text) > 60 + 5 * len(said.source):
        return Answer(why="the answer is far longer than what was said", again=True)
    if len(letters(said.source)) >= _A_SENTENCE and letters(said.source) == letters(said.text):
        return Answer(why="it came back as it was", again=True)
    return Answer(said.text)
