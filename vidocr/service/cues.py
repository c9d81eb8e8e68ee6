"""Cues as the service keeps and tells them: objects that JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from vidocr.language import keep
from vidocr.model import Box, Change, Cue, Proof, Source
from vidocr.service.refusals import invalid
from vidocr.translation import bilingual

CUES = "cues.json"


class Shown(Enum):
    """What is shown of cues that were translated; both: the translation above or below."""

    TRANSLATION = "translation"
    SOURCE = "source"
    ABOVE = "above"
    BELOW = "below"


def told(cue: Cue) -> dict[str, Any]:
    """A cue as it was read, without its pictures: they are files."""
    return {
        "start_us": cue.start_us,
        "end_us": cue.end_us,
        "lines": cue.lines,
        "place": cue.place,
        "confidence": round(cue.confidence, 4),
        "language": cue.language,
        "engine": cue.proof.engine,
        "alternatives": cue.proof.alternatives,
        "boxes": cue.proof.boxes,
        "frames": cue.proof.frames,
        "pictures": len(cue.proof.pictures),
        "flags": cue.flags,
        "changes": cue.changes,
        "source": cue.source
        and {
            "lines": cue.source.lines,
            "language": cue.source.language,
            "translator": cue.source.translator,
        },
    }


def as_read(folder: Path) -> list[dict[str, Any]]:
    """The cues of a job as they were read, with what an editor may add to them.

    Args:
        folder: with the outputs of the job.
    """
    read: list[dict[str, Any]] = json.loads((folder / CUES).read_bytes())
    return [each | {"origins": [n], "accepted": False} for n, each in enumerate(read)]


def cue_of(kept: dict[str, Any]) -> Cue:
    """The cue that was told."""
    source = kept["source"]
    return Cue(
        start_us=kept["start_us"],
        end_us=kept["end_us"],
        lines=tuple(kept["lines"]),
        place=Box(*kept["place"]),
        confidence=kept["confidence"],
        language=kept["language"],
        proof=Proof(
            engine=kept["engine"],
            boxes=tuple(Box(*box) for box in kept["boxes"]),
            alternatives=tuple(kept["alternatives"]),
            frames=tuple(kept["frames"]) if kept["frames"] else None,
        ),
        source=source and Source(tuple(source["lines"]), source["language"], source["translator"]),
        changes=tuple(Change(*change) for change in kept["changes"]),
        flags=tuple(kept["flags"]),
    )


def chosen(cues: Sequence[Cue], text: Shown, language: str) -> list[Cue]:
    """The cues as somebody wants them.

    Args:
        cues: of a job.
        text: of translated ones the translation, what was said, or both.
        language: of the lines that are wanted; empty for all.
    """
    if text is Shown.SOURCE:
        cues = [
            replace(cue, lines=cue.source.lines, language=cue.source.language)
            if cue.source
            else cue
            for cue in cues
        ]
    elif text is not Shown.TRANSLATION:
        cues = bilingual(cues, "above" if text is Shown.ABOVE else "below")
    return keep(cues, language) if language else list(cues)


def edited(given: Sequence[dict[str, Any]], read: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cues that a person made out of those that were read, by their start.

    Args:
        given: what the person says of each; what is None is left as it was.
        read: as ``as_read``.

    Raises:
        Refusal: 422, an origin is none of those that were read.
    """
    blank = told(Cue(0, 1, ("-",))) | {"accepted": False}
    made = []
    for number, cue in enumerate(given):
        origins = cue["origins"]
        if any(origin >= len(read) for origin in origins):
            raise invalid(f"cues[{number}].origins: there are {len(read)} cues, counted from 0")
        base = read[origins[0]] if origins else blank
        if len(origins) > 1:  # what one line of several says of the whole is wrong
            base = base | {"boxes": [], "alternatives": [], "frames": None}
        made.append(base | {key: value for key, value in cue.items() if value is not None})
    return sorted(made, key=lambda cue: (cue["start_us"], cue["end_us"]))
