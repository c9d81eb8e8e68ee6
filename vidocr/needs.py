"""Options that do nothing without another one: whoever gives such a one alone has made a slip."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from vidocr.options import TRANSLATION, Options, Setting, settings


@dataclass(frozen=True, slots=True)
class _Need:
    """Options by their names, what they need, and in words what they are for and the fix."""

    names: Collection[str]
    is_met: Callable[[Options], bool]
    why: str


_OF_SERVER = ("api_key", "server_requests", "server_timeout_s")
_OF_TRANSLATOR = (
    "translator_url", "translator_key", "translator_requests", "translator_timeout_s", "tone",
)  # fmt: skip
_NEEDS = (
    _Need(
        ("bilingual", *(each.name for each in settings() if each.group == TRANSLATION)),
        lambda options: options.translate != "",
        "is for a translation; give --translate, too",
    ),
    _Need(
        _OF_TRANSLATOR,
        lambda options: options.translates_by == "openai",
        "is for a server that translates; give --translator-url and --translator openai",
    ),
    _Need(
        ("max_lines",),
        lambda options: options.line_chars > 0,
        "is for lines that are broken; give --line-chars, too",
    ),
    _Need(
        _OF_SERVER,
        lambda options: options.server_url != "",
        "is for a server that reads; give --server-url, too",
    ),
    _Need(
        ("server_url",),
        lambda options: options.engine not in ("rapid", "tesseract", "hunyuan"),
        "is for a server that reads; give --engine server or --engine cascade",
    ),
)


def unused(options: Options, given: Collection[str]) -> tuple[Setting, str] | None:
    """The first of the options that were given and do nothing, with what it is for and the fix.

    Args:
        options: all that hold.
        given: names of those that were given for this run; others may stand unused, as in a file
            that many runs share.
    """
    for setting in settings():
        for need in _NEEDS:
            if setting.name in given and setting.name in need.names and not need.is_met(options):
                return setting, need.why
    return None
