"""Codes of languages as containers of films hold them: ISO 639-2."""

from __future__ import annotations

import re

from vidocr.errors import UsageError
from vidocr.ocr.languages import language

_BIBLIOGRAPHIC: dict[str, str] = dict(
    re.findall(
        r"(\w+):(\w+)",
        "sqi:alb hye:arm eus:baq bod:tib mya:bur zho:chi ces:cze nld:dut fra:fre kat:geo deu:ger "
        "ell:gre isl:ice mkd:mac mri:mao msa:may fas:per ron:rum slk:slo cym:wel",
    )
)
"""Languages with two codes: that which goes with their own name, and with the English one."""
_TERMINOLOGICAL = {short: long for long, short in _BIBLIOGRAPHIC.items()}


def three_letters(code: str) -> str | None:
    """The code of ISO 639-2 that goes with a language's own name, or None if it isn't known here.

    Args:
        code: of BCP 47, as in ``de``, ``zh-Hant`` or ``haw``.
    """
    primary = code.partition("-")[0].lower()
    if len(primary) == 3 and primary.isascii() and primary.isalpha():
        return _TERMINOLOGICAL.get(primary, primary)
    try:
        return language(code).long_code[:3]
    except UsageError:
        return None


def bibliographic(code: str) -> str:
    """The code of ISO 639-2 that goes with the English name of a language, from its other one."""
    return _BIBLIOGRAPHIC.get(code, code)
