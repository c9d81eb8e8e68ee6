"""What those who send films may choose of the options; the rest is the operator's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vidocr.errors import UsageError
from vidocr.needs import unused
from vidocr.ocr.languages import language
from vidocr.ocr.tesseract import why_not_tesseract
from vidocr.options import WHAT, WHEN, WHERE, Options, settings
from vidocr.service.refusals import invalid
from vidocr.translation.languages import checked

_GROUPS = (WHERE, WHEN, WHAT)
_OTHERS = (
    "engine", "lang", "keep", "translate",
    "line_chars", "max_lines", "min_display_ms", "min_gap_ms", "max_cps",
)  # fmt: skip
"""Beside what names files of the operator's, or makes more than one track of a film."""


def keys() -> list[str]:
    """Of the options that jobs may give."""
    return [each.key for each in settings() if each.group in _GROUPS or each.key in _OTHERS]


def engines(options: Options) -> list[str]:
    """What a job may name as its engine, the operator's choice first.

    A model is the operator's alone: it is large, and jobs share the one that is loaded.
    """
    own = options.engine
    more = ["cascade"] if own in ("hunyuan", "server") else []
    tesseract = [] if why_not_tesseract() else ["tesseract"]
    return list(dict.fromkeys([own, *more, "rapid", *tesseract]))


def translates(options: Options) -> bool:
    """Whether the operator said what translates."""
    named = options.translator_url or options.translator_model
    return bool(named) or options.translator == "hunyuan-image"


def options_of(base: Options, given: Mapping[str, Any]) -> Options:
    """The options of a job.

    Args:
        base: the operator's.
        given: the job's own, by their keys in TOML.

    Raises:
        Refusal: 422, one is unknown, not the job's to choose, or has a wrong value.
    """
    known = {setting.key: setting for setting in settings() if setting.key in keys()}
    values: dict[str, Any] = {}
    for key, raw in given.items():
        if key not in known:
            raise invalid(f"options.{key}: is unknown; the options are {', '.join(known)}")
        try:
            values[known[key].name] = known[key].kind.parse(raw)
        except (ValueError, TypeError, OverflowError) as error:
            raise invalid(f"options.{key}: {error}") from error
    allowed = engines(base)
    if values.get("engine", base.engine) not in allowed:
        raise invalid(f"options.engine: takes {' or '.join(allowed)} here")
    if values.get("translate") and not translates(base):
        raise invalid("options.translate: nothing translates here")
    try:
        if values.get("lang"):
            language(values["lang"])
        if values.get("translate"):
            checked(values["translate"], "options.translate")
        made = replace(base, **values)
    except UsageError as error:
        raise invalid(f"options: {error}") from error
    if found := unused(made, values):
        setting, why = found
        raise invalid(f"options.{setting.key}: {_in_keys(why)}")
    return made


def _in_keys(words: str) -> str:
    """Words that name flags, with the keys of those options instead."""
    for setting in settings():
        words = re.sub(rf"{setting.flag}(?![\w-])", setting.key, words)
    return words
