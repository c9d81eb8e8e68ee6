"""Spans to readings: small batches through an engine beside the decoder, order kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import cv2
import numpy as np

from vidocr.errors import EngineError
from vidocr.model import Box, Image, Line, OcrEngine, Reading, Report, Span

_BATCHES_AHEAD = 4


def readings(
    spans: Iterable[Span], engine: OcrEngine, *, min_confidence: float, report: Report
) -> Iterator[Reading]:
    """Read each span's picture; keep the lines that stand where the span does.

    Args:
        spans: what was followed, in any order, which is kept.
        engine: reads pictures, in batches of its ``batch_size``.
        min_confidence: lines below it are dropped.
        report: counts OCR calls and rejected readings.

    Raises:
        EngineError: the engine failed, or answered with more or fewer readings than pictures.
    """
    waiting: deque[tuple[Sequence[Span], Future[Sequence[Sequence[Line]]]]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="ocr") as pool:
        try:
            for batch in _batches(spans, engine.batch_size):
                report.ocr_calls += len(batch)
                images = [_rgb(span) for span in batch]
                waiting.append((batch, pool.submit(engine.read, images)))
                while waiting and (len(waiting) > _BATCHES_AHEAD or waiting[0][1].done()):
                    yield from _collect(*waiting.popleft(), engine.name, min_confidence, report)
            while waiting:
                yield from _collect(*waiting.popleft(), engine.name, min_confidence, report)
        finally:
            for _, future in waiting:
                future.cancel()


def _batches(spans: Iterable[Span], size: int) -> Iterator[Sequence[Span]]:
    source = iter(spans)
    while batch := tuple(islice(source, size)):
        yield batch


def _rgb(span: Span) -> Image:
    return np.asarray(cv2.cvtColor(span.image, cv2.COLOR_GRAY2RGB), np.uint8)


def _collect(
    spans: Sequence[Span],
    answer: Future[Sequence[Sequence[Line]]],
    engine: str,
    min_confidence: float,
    report: Report,
) -> Iterator[Reading]:
    answers = answer.result()
    if len(answers) != len(spans):
        raise EngineError(
            f"engine {engine} failed: it read {len(answers)} of {len(spans)} pictures; "
            "report this with the film"
        )
    for span, lines in zip(spans, answers, strict=True):
        placed = [line for line in map(_placer(span), lines) if _is_of(span, line)]
        sure = tuple(line for line in placed if line.confidence >= min_confidence)
        if placed and not sure:
            report.reject("unsure")
        elif not placed:
            report.reject("nothing read")
        yield Reading(span, sure, engine)


class _placer:
    """Moves a line's box from px of the span's picture to px of the film's."""

    def __init__(self, span: Span) -> None:
        self._origin = span.image_box
        self._zoom = span.image_box.width / span.image.shape[1]

    def __call__(self, line: Line) -> Line:
        box = line.box.scaled(self._zoom).moved(self._origin.x0, self._origin.y0)
        return Line(line.text, box, line.confidence)


def _is_of(span: Span, line: Line) -> bool:
    """Whether the line is the span's, and not a neighbour that the picture also shows."""
    box: Box = span.box
    in_row = box.y0 < line.box.y_centre < box.y1
    return in_row and box.overlap(line.box)[1] > 0.5 * min(box.height, line.box.height)
