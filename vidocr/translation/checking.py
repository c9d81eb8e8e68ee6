"""What models that run here write, made an answer or a reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from vidocr.ocr.answers import repeats
from vidocr.text import letters
from vidocr.translation.generating import Generator, Row, Written
from vidocr.translation.model import Answer, Request, Usage

_DASH = re.compile(r"\s*[-‐‑–—―]\s*")
_NAME, _WIDE = 3, 4  # words, and characters of scripts that part no words
_FIRST_WIDE = 0x2E80  # Chinese, Japanese and Korean begin here
_LABEL = re.compile(
    r"(?:(?:sure|okay|certainly)[,!.]?\s*)?"
    r"(?:here(?: is|'s)\s+)?(?:the\s+)?(?:translat(?:ion|ed (?:text|result))|译文|翻译结果?|译)"
    r"(?:\s+(?:of|in|into|to)\b[^:：\n]{0,40})?(?:\s+is)?\s*[:：]\s*",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』", "«": "»", "„": "“"}


class Piece(NamedTuple):
    """A line to translate: of which request, behind which dash, and the lines before it."""

    request: int
    dash: str
    text: str
    above: tuple[str, ...]


def pieces_of(requests: Sequence[Request]) -> list[Piece]:
    """The lines of the requests: of a dialogue each speaker's, without their dash."""
    pieces = []
    for at, request in enumerate(requests):
        above: list[str] = []
        lines = request.text.splitlines()
        for line in lines:
            dash = _DASH.match(line) if len(lines) > 1 else None
            text = line[dash.end() :] if dash else line
            pieces.append(Piece(at, dash[0] if dash else "", text.strip(), tuple(above)))
            above.append(text.strip())
    return pieces


def needs_no_model(piece: Piece) -> bool:
    """Whether a line is the same in all languages: notes, numbers and marks, without a letter."""
    return not any(each.isalpha() for each in piece.text)


def written_for(
    pieces: Sequence[Piece], asked: Sequence[Row | Answer], generator: Generator
) -> tuple[list[Answer], Usage]:
    """The answers to lines: the model's to each row, and those that were at hand.

    Raises:
        TranslationError: the model failed.
    """
    rows = [each for each in asked if isinstance(each, Row)]
    before = generator.passes
    written = generator.write(rows)
    left = iter(written)
    answers = [
        answer_of(next(left), piece.text) if isinstance(each, Row) else each
        for piece, each in zip(pieces, asked, strict=True)
    ]
    return answers, Usage(
        generator.passes - before,
        sum(len(row.tokens) for row in rows),
        sum(each.tokens for each in written),
    )


def joined(count: int, pieces: Sequence[Piece], answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """An answer to each of ``count`` requests; a line without a translation leaves it none."""
    lines: list[list[str]] = [[] for _ in range(count)]
    whys: list[str] = [""] * count
    for piece, answer in zip(pieces, answers, strict=True):
        lines[piece.request].append(piece.dash + answer.text)
        whys[piece.request] = whys[piece.request] or answer.why
    return tuple(
        Answer(why=why) if why else Answer("\n".join(each))
        for why, each in zip(whys, lines, strict=True)
    )


def answer_of(written: Written, source: str) -> Answer:
    """What was written for ``source``, one line, if it can be its translation."""
    text = tidied(written.text, source)
    if goes_round(text) and not goes_round(source):
        return Answer(why="the model repeated itself without end")
    if not written.ended:
        return Answer(why=f"the model came to no end within {written.tokens} tokens")
    if not any(each.isalnum() for each in text):
        return Answer(why="the model answered nothing")
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        return Answer(why=f"the model answered {len(lines)} lines to one")
    if is_untranslated(source, text):
        return Answer(why="the model gave the text back as it was")
    return Answer(text)


def goes_round(text: str) -> bool:
    """Whether a text ends in one unit that comes again and again."""
    return bool(repeats(text.rstrip(" .…!?。！？")) or repeats(f"{text} "))


def tidied(text: str, source: str) -> str:
    """The text without the label and the quotes that a model put around it."""
    text = text.strip()
    if (label := _LABEL.match(text)) and not _LABEL.match(source):
        text = text[label.end() :].strip()
    closing = _QUOTES.get(text[:1])
    inside = text[1:-1]
    if closing and text.endswith(closing) and len(text) > 1 and source[:1] not in _QUOTES:
        text = inside.strip() if not {text[0], closing} & {*inside} else text
    return text


def is_untranslated(source: str, text: str) -> bool:
    """Whether a text is its source, and longer than names are."""
    return letters(source) == letters(text) and is_longer_than_a_name(source)


def is_longer_than_a_name(text: str) -> bool:
    """Whether a text has more words than names have, which stay as they are."""
    same = letters(text)
    wide = sum(ord(each) > _FIRST_WIDE for each in same)
    return any(each.isalpha() for each in same) and (len(text.split()) > _NAME or wide > _WIDE)
