"""JSON (.json): every cue with all that is known of it but its pictures.

``schema.json`` beside this module says what there is; times are microseconds. Lines of text stand
as they are in the cues.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from vidocr.model import Box, Change, Cue, Proof, Source
from vidocr.tracks.about import About
from vidocr.tracks.rounding import rounded

_VERSION = 1
_CLOCK_US = 1
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def render(cues: Iterable[Cue], about: About | None = None) -> str:
    """The cues as a JSON file, a line for each."""
    head = f'"version": {_VERSION},\n"about": {_dumped(_about(about or About()))},\n'
    body = ",\n".join(_dumped(_from_cue(cue)) for cue in rounded(cues, _CLOCK_US))
    return f'{{\n{head}"cues": [\n{body}\n]\n}}\n'


def parse(text: str) -> list[Cue]:
    """The cues of a JSON file that vidocr wrote, or that keeps to its schema.

    Raises:
        ValueError: The text is no JSON, or does not keep to the schema.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a track in JSON: {error}") from error
    _check(content)
    return [_to_cue(cue) for cue in content["cues"]]


def _check(content: Any) -> None:
    # Imported here: whoever writes needs them not, and they take a while.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    from vidocr.tracks import schema

    error = best_match(Draft202012Validator(schema()).iter_errors(content))
    if error is not None:
        raise ValueError(f"not a track in JSON: {error.json_path}: {error.message}")


def _dumped(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    # Names of files may hold bytes that are no text, which UTF-8 can't say otherwise.
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _about(about: About) -> dict[str, Any]:
    return {
        "film": about.film,
        "width": about.width,
        "height": about.height,
        "duration_us": about.duration_us,
        "frame_rate": None if about.frame_rate is None else str(about.frame_rate),
        "language": about.language,
        "engine": about.engine,
    }


def _from_cue(cue: Cue) -> dict[str, Any]:
    proof, source = cue.proof, cue.source
    return {
        "start_us": cue.start_us,
        "end_us": cue.end_us,
        "lines": cue.lines,
        "language": cue.language,
        "place": cue.place,
        "confidence": cue.confidence,
        "engine": proof.engine,
        "frames": proof.frames,
        "boxes": proof.boxes,
        "alternatives": proof.alternatives,
        "source": source
        and {
            "lines": source.lines,
            "language": source.language,
            "translator": source.translator,
        },
        "changes": [change._asdict() for change in cue.changes],
        "flags": cue.flags,
    }


def _to_cue(said: dict[str, Any]) -> Cue:
    source, frames = said["source"], said["frames"]
    proof = Proof(
        engine=said["engine"],
        boxes=tuple(Box(*box) for box in said["boxes"]),
        alternatives=tuple(said["alternatives"]),
        frames=None if frames is None else (frames[0], frames[1]),
    )
    return Cue(
        said["start_us"],
        said["end_us"],
        tuple(said["lines"]),
        Box(*said["place"]),
        said["confidence"],
        said["language"],
        proof,
        source and Source(tuple(source["lines"]), source["language"], source["translator"]),
        tuple(Change(**change) for change in said["changes"]),
        tuple(said["flags"]),
    )
