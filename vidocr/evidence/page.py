"""The page: its parts, which lie beside this module, put together with what it tells."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from vidocr.evidence.facts import facts, film_name
from vidocr.model import Cue, VideoInfo
from vidocr.report import Report

_SCRIPTS = ("dom.js", "cards.js", "timeline.js", "map.js", "coverage.js", "page.js")
# What could end a script, and what UTF-8 can't hold.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def page(cues: Sequence[Cue], report: Report, film: VideoInfo) -> str:
    """One HTML page that needs nothing else: each cue with what bears it out, and what was left.

    It runs nothing but its own script and fetches nothing, whatever texts and names hold.

    Args:
        cues: of the whole film, in any order. They have pictures if ``extract`` kept them.
        report: of the run that found them, complete.
        film: whose they are; its name is shown.
    """
    by_time = sorted(cues, key=lambda cue: (cue.start_us, cue.end_us))
    style = _part("page.css")
    script = "\n".join(map(_part, _SCRIPTS))
    return Template(_part("page.html")).substitute(
        title=escape(f"Evidence of {film_name(film)}"),
        policy=(
            "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
            f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
        ),
        style=style,
        script=script,
        facts=_json(facts(by_time, report, film)),
    )


def _part(name: str) -> str:
    return (files("vidocr.evidence") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a Content-Security-Policy names an inline text."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
