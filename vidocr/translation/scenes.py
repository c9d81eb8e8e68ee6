"""Cues parted into scenes: each is translated by itself, its earlier lines the context of later."""

from __future__ import annotations

from collections.abc import Sequence

from vidocr.model import Cue


def scenes(cues: Sequence[Cue], gap_us: int, most: int) -> list[list[int]]:
    """Numbers of the cues of each scene, by their starts.

    Args:
        cues: in any order.
        gap_us: silence that parts two scenes.
        most: cues of a scene; where there are more, it is parted at its longest silences.
    """
    order = sorted(range(len(cues)), key=lambda number: (cues[number].start_us, number))
    silences: list[int] = []  # before each cue but the first
    end_us = 0
    for place, number in enumerate(order):
        if place:
            silences.append(cues[number].start_us - end_us)
        end_us = max(end_us, cues[number].end_us)
    cuts = [place + 1 for place, silence in enumerate(silences) if silence > gap_us]
    found: list[list[int]] = []
    for first, last in zip([0, *cuts], [*cuts, len(order)], strict=True):
        for low, high in _parts(silences, first, last, most):
            found.append(order[low:high])
    return [scene for scene in found if scene]


def _parts(silences: Sequence[int], first: int, last: int, most: int) -> list[tuple[int, int]]:
    """The range, or parts of it that hold ``most`` cues or fewer, each a quarter at the least."""
    done: list[tuple[int, int]] = []
    todo = [(first, last)]
    while todo:
        low, high = todo.pop()
        if high - low <= most:
            done.append((low, high))
            continue
        quarter = max(1, (high - low) // 4)
        places = range(low + quarter, high - quarter + 1)
        cut = max(places, key=lambda place: (silences[place - 1], -abs(2 * place - low - high)))
        todo += [(cut, high), (low, cut)]
    return done
