"""Codes of languages (BCP 47): which are of one language, and their names."""

from __future__ import annotations

from langcodes import Language
from langcodes.tag_parser import LanguageTagError

from vidocr.errors import UsageError


def checked(code: str, flag: str) -> str:
    """The code in its usual form, as ``zh-Hant`` or ``pt-BR``.

    Args:
        code: as a user gave it.
        flag: the option that gave it.

    Raises:
        UsageError: it is no code of a language.
    """
    language = _parsed(code)
    if language is None or not is_code(code):
        raise UsageError(
            f"{flag}: {code!r} is no code of a language; give one as en, zh, zh-Hant or pt-BR"
        )
    return str(language.to_tag())


def is_code(code: str) -> bool:
    """Whether it is the code of a language that is known."""
    language = _parsed(code)
    return language is not None and bool(language.language) and language.is_valid()


def same(code: str | None, other: str) -> bool:
    """Whether a text in one is a text in the other: in one script, and of no two regions.

    Chinese without a script is that of the mainland, in simplified characters.
    """
    one, two = _parsed(code or ""), _parsed(other)
    if one is None or two is None:
        return False
    regions = {each.territory for each in (one, two) if each.territory}
    one, two = one.maximize(), two.maximize()
    return one.language == two.language and one.script == two.script and len(regions) < 2


def named(code: str, inside: str = "en") -> str:
    """The name of a language, in English or another one: ``Chinese (Simplified)``.

    Chinese is named with its script: without it, a model takes either. What is no code is its own
    name.
    """
    language = _parsed(code)
    if language is None:
        return code
    if language.language == "zh" and not language.script and not language.territory:
        language = Language.make(language="zh", script="Hans")
    return str(language.display_name(inside))


def _parsed(code: str) -> Language | None:
    try:
        return Language.get(code)
    except LanguageTagError:
        return None
