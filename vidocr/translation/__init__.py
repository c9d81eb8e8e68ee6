"""Translation: the same cues in another language, one translator a module."""

from vidocr.translation.glossary import Glossary, read_glossary
from vidocr.translation.memory import Memory
from vidocr.translation.model import (
    Answer,
    Neighbour,
    Pace,
    Reply,
    Request,
    Term,
    Translator,
    Usage,
)
from vidocr.translation.pairs import bilingual
from vidocr.translation.reuse import BURNED_IN, reused
from vidocr.translation.script import Wishes
from vidocr.translation.translating import (
    NOT_TRANSLATED,
    Outcome,
    StoppedError,
    TranslationReport,
    Untranslated,
    translated,
)

__all__ = [
    "BURNED_IN",
    "NOT_TRANSLATED",
    "Answer",
    "Glossary",
    "Memory",
    "Neighbour",
    "Outcome",
    "Pace",
    "Reply",
    "Request",
    "StoppedError",
    "Term",
    "TranslationReport",
    "Translator",
    "Untranslated",
    "Usage",
    "Wishes",
    "bilingual",
    "read_glossary",
    "reused",
    "translated",
]
