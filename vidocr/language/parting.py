"""Cues to their languages, and to one track for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce

from vidocr.language.film import Line, lines_of
from vidocr.language.scripts import HAN, fits_charset, letters_of
from vidocr.language.stacks import agreed
from vidocr.model import US_PER_S, Box, Change, Cue, Position

UNDETERMINED = "und"
"""The code of BCP 47 for a language that is not known."""

_TRADITIONAL_NEEDED = 3  # characters that simplified Chinese lacks ...
_TIMES_SIMPLIFIED = 9  # ... and so many times more than those that traditional Chinese lacks


def identified(cues: Sequence[Cue]) -> list[Cue]:
    """The cues, each with its language where one is told.

    Args:
        cues: Those of a whole film, in order: a short one is told by the others. A language that
            a cue has already stays.

    Returns:
        As many, in the same order. Those whose lines are of two languages, and those whose
        language nothing tells, have none.
    """
    told = []
    for cue, languages in zip(cues, _languages(cues), strict=True):
        one = languages[0] if len(set(languages)) == 1 else None
        told.append(replace(cue, language=cue.language or one))
    return told


def parted(cues: Sequence[Cue]) -> dict[str, list[Cue]]:
    """A track for each language, with what was read in the lines of that language.

    The parts of a cue keep its times. Where one language's line stood on while another's changed,
    the pieces of its track are joined again.

    Args:
        cues: Those of a whole film, in order.

    Returns:
        Language, as a code of BCP 47 -> its cues; the language of the most lines first. What
        nothing tells is under ``und``, without a language.
    """
    tracks: dict[str, list[tuple[Cue, bool]]] = {}
    for cue, languages in zip(cues, _languages(cues), strict=True):
        for language in dict.fromkeys(languages):
            rows = [row for row, other in enumerate(languages) if other == language]
            part = replace(_part(cue, rows), language=language)
            track = tracks.setdefault(language or UNDETERMINED, [])
            track.append((part, len(rows) < len(cue.lines)))
    by_size = sorted(tracks, key=lambda code: -sum(len(cue.lines) for cue, _ in tracks[code]))
    return {code: _joined(tracks[code]) for code in by_size}


def keep(cues: Sequence[Cue], language: str) -> list[Cue]:
    """The track of one language; no cues where none are in it.

    Args:
        cues: Those of a whole film, in order.
        language: A code of BCP 47, in any case. Without a script, as ``zh``, it takes any:
            ``zh-Hant`` where there is no plain ``zh``.
    """
    wanted = language.casefold()
    tracks = {code.casefold(): track for code, track in parted(cues).items()}
    matching = (track for code, track in tracks.items() if code.startswith(f"{wanted}-"))
    return tracks[wanted] if wanted in tracks else next(matching, [])


def _languages(cues: Sequence[Cue]) -> list[list[str | None]]:
    """The language of each line of each cue."""
    languages: list[list[str | None]] = [[] for _ in cues]
    lines = agreed(lines_of(cues))
    chinese = _chinese(lines)
    for line in lines:
        told = chinese if line.language == "zh" else line.language
        languages[line.cue].append(cues[line.cue].language or told)
    return languages


def _chinese(lines: Iterable[Line]) -> str:
    """The code of a film's Chinese: in traditional characters where they clearly are."""
    texts = (letters_of(line.text, HAN) for line in lines if line.language == "zh")
    traditional = simplified = 0
    for character in "".join(texts):
        in_simplified, in_traditional = (fits_charset(character, c) for c in ("gb2312", "big5"))
        traditional += in_traditional and not in_simplified
        simplified += in_simplified and not in_traditional
    clear = traditional >= max(_TRADITIONAL_NEEDED, _TIMES_SIMPLIFIED * simplified)
    return "zh-Hant" if clear else "zh"


def _part(cue: Cue, rows: Sequence[int]) -> Cue:
    """The cue with some of its lines alone, and what bears those out."""
    if len(rows) == len(cue.lines):
        return cue
    lines = tuple(cue.lines[row] for row in rows)
    count = len(cue.lines)
    boxes, pictures = cue.proof.boxes, cue.proof.pictures
    proof = replace(
        cue.proof,
        boxes=tuple(boxes[row] for row in rows) if len(boxes) == count else boxes,
        pictures=tuple(pictures[row] for row in rows) if len(pictures) == count else pictures,
        alternatives=_alternatives(cue, rows, "\n".join(lines)),
    )
    place = reduce(Box.union, proof.boxes) if len(boxes) == count else cue.place
    change = Change("parted", cue.text, "\n".join(lines))
    return replace(cue, lines=lines, place=place, proof=proof, changes=(*cue.changes, change))


def _alternatives(cue: Cue, rows: Sequence[int], text: str) -> tuple[str, ...]:
    """Other readings of some lines, without those that differ in the other lines alone."""
    readings = (each.split("\n") for each in cue.proof.alternatives)
    parts = [
        "\n".join(each[row] for row in rows) for each in readings if len(each) == len(cue.lines)
    ]
    return tuple(dict.fromkeys(part for part in parts if part != text))


def _joined(track: Iterable[tuple[Cue, bool]]) -> list[Cue]:
    """The cues of a track, those that were cut by a change in another language made one."""
    joined: list[Cue] = []
    cut: list[bool] = []
    last: dict[tuple[tuple[str, ...], Position], int] = {}
    for cue, was_cut in track:
        at = last.get((cue.lines, cue.position))
        if at is not None and joined[at].end_us == cue.start_us and (was_cut or cut[at]):
            joined[at] = _one(joined[at], cue)
            cut[at] |= was_cut
        else:
            last[cue.lines, cue.position] = len(joined)
            joined.append(cue)
            cut.append(was_cut)
    return joined


def _one(first: Cue, second: Cue) -> Cue:
    """Two cues of the same lines as one, from the start of the first to the end of the second."""
    frames, others = first.proof.frames, second.proof.frames
    found = [*first.proof.alternatives, *second.proof.alternatives]
    proof = replace(
        first.proof,
        frames=(frames[0], others[1]) if frames and others else None,
        alternatives=tuple(dict.fromkeys(found)),
    )
    change = Change("joined", _until(first), _until(second))
    return replace(
        first,
        end_us=second.end_us,
        confidence=min(first.confidence, second.confidence),
        proof=proof,
        changes=(*first.changes, *second.changes, change),
        flags=tuple(dict.fromkeys([*first.flags, *second.flags])),
    )


def _until(cue: Cue) -> str:
    return f"until {cue.end_us / US_PER_S:.6f} s"
