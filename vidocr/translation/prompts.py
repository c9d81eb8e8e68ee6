"""How a chat model is asked to translate lines of a scene."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from vidocr.translation.languages import named
from vidocr.translation.model import Neighbour, Request
from vidocr.translation.replies import BEGINS, ID, LIST, TEXT

VERSION = 1
"""Of the prompt: another one may get other translations, which the memory has to know."""

_RULES = f"""You translate subtitles {{source}}into {{target}}.
You get a piece of a film's dialogue as JSON. Entries of "script" with an "{ID}" are the lines to \
translate; those without are what is said around them, some with the translation that the viewers \
see. They only tell you the sense, the tone and the words to stay with.
- Give one entry for each "{ID}", in the order of the script: {{{{"{LIST}": [{{{{"{ID}": 1, \
"{BEGINS}": "...", "{TEXT}": "..."}}}}, ...]}}}}. "{BEGINS}" holds the first three words of the \
line as they stand there, untranslated; "{TEXT}" its translation into {{target}}.
- A sentence may run over several lines. Translate what each line says in its own entry: never \
join two lines, split one, move words of one into another's entry, or leave one empty.
- Where a line holds several, parted by a line break, these are several speakers: keep one line \
for each, with its dash.
- Translate as people speak, short enough to be read. Where a line has "characters", that is how \
many can be read in its time: stay below it without losing the sense.
- Words of "glossary" are translated as it says, wherever they stand.
- Where a line has "demands", they tell what is wrong with the "rejected" translation of it.
- Answer with the JSON alone: no comments, no notes."""


def messages(requests: Sequence[Request], tone: str) -> list[dict[str, str]]:
    """The turns of a chat about requests of one scene, which share their languages.

    Args:
        requests: in the order of the film; they are numbered from 1.
        tone: of the translation in words, as ``formal``; empty for what the script has.
    """
    first = requests[0]
    source = f"from {named(first.source)} " if first.source else ""
    rules = _RULES.format(source=source, target=named(first.target))
    if tone:
        rules += f"\n- The tone is to be: {tone}"
    asked: dict[str, Any] = {"script": _script(requests)}
    terms = dict.fromkeys(term for request in requests for term in request.terms)
    if terms:
        asked["glossary"] = [
            {"source": term.source, "target": term.target}
            | ({"note": term.note} if term.note else {})
            for term in terms
        ]
    return [
        {"role": "system", "content": rules},
        {"role": "user", "content": json.dumps(asked, ensure_ascii=False)},
    ]


def _script(requests: Sequence[Request]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for number, request in enumerate(requests, 1):
        entries += map(_context, request.before)
        entry: dict[str, Any] = {ID: number, TEXT: request.text}
        if request.max_characters:
            entry["characters"] = request.max_characters
        if request.rejected:
            entry["rejected"] = request.rejected
        if request.demands:
            entry["demands"] = list(request.demands)
        entries.append(entry)
    return entries + list(map(_context, requests[-1].after))


def _context(line: Neighbour) -> dict[str, str]:
    known = {"translation": line.translation} if line.translation else {}
    return {TEXT: line.text, **known}
