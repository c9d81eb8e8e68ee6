"""How spans are read: by an engine that finds text and reads it, by a model, or by both.

A vision-language model answers a picture without text as fluently as one with. So it is shown
only lines that were followed, and what it reads is kept only where it is sure and the text
fits the line, or where it reads the same in a second picture of the line, a single frame, and
does not in a third, in which the strokes are blurred away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from vidocr.model import Box, Image, Line, Luma, OcrEngine, Report, Span, answers_of
from vidocr.text import agree, fits, tidy

SURE = 0.9
_CASCADE_SPANS = 16  # read at once, so that the model gets the unsure of them together
_MARGINS = (0.4, 0.12)  # around a line, in its heights: a model needs no more to read it
_BLUR = 0.3  # deviation in line heights: no stroke outlives it


class Found(NamedTuple):
    """What was read in a span; ``rejected`` says why nothing of it was kept."""

    lines: tuple[Line, ...]
    engine: str
    rejected: str = ""


class SpanReader(Protocol):
    """Reads spans, best in batches of ``batch_size``."""

    batch_size: int

    def read(self, spans: Sequence[Span]) -> list[Found]:
        """What is read in each span, in order; boxes in px of the whole picture."""
        ...


def reader_for(
    engine: OcrEngine | None, model: OcrEngine | None, min_confidence: float, report: Report
) -> SpanReader:
    """The way of reading that two engines make, of which one may be missing.

    Args:
        engine: finds and reads text; nothing that it reads is not there.
        model: a vision-language model; asked where the engine is unsure, always if alone.
        min_confidence: lines below it are dropped.
        report: counts calls, disagreements and second looks.
    """
    if model is None:
        assert engine is not None, "one of the two is given"
        return EngineReader(engine, min_confidence, report)
    witness = ModelReader(model, min_confidence, report)
    if engine is None:
        return witness
    return CascadeReader(EngineReader(engine, 0.0, report), witness, min_confidence, report)


class EngineReader:
    """Gives an engine the span's picture with its margins; keeps the lines of its row."""

    def __init__(self, engine: OcrEngine, min_confidence: float, report: Report) -> None:
        self.name = engine.name
        self.batch_size = engine.batch_size
        self._engine = engine
        self._min_confidence = min_confidence
        self._report = report

    def read(self, spans: Sequence[Span]) -> list[Found]:
        """As ``SpanReader``."""
        answers = answers_of(self._engine, [_rgb(span.image) for span in spans])
        self._report.ocr_calls += len(spans)
        return [self._found(span, lines) for span, lines in zip(spans, answers, strict=True)]

    def _found(self, span: Span, lines: Sequence[Line]) -> Found:
        own = [line for line in map(_placer(span), lines) if _is_of(span, line)]
        return _kept(own, self.name, self._min_confidence)


class ModelReader:
    """Gives a model the line alone, and doubts what it reads."""

    def __init__(self, model: OcrEngine, min_confidence: float, report: Report) -> None:
        self.name = model.name
        self.batch_size = model.batch_size
        self._model = model
        self._min_confidence = min_confidence
        self._report = report

    def read(self, spans: Sequence[Span]) -> list[Found]:
        """As ``SpanReader``."""
        self._report.ocr_calls += len(spans)
        return self.judged(spans, [None] * len(spans))

    def judged(self, spans: Sequence[Span], others: Sequence[str | None]) -> list[Found]:
        """What the model reads and what holds of it; ``others`` are what an engine read."""
        lines = [_joined(lines) for lines in self._read(spans)]
        for at, (line, other) in enumerate(zip(lines, others, strict=True)):
            if other is not None and line and agree(line.text, other):
                lines[at] = replace(line, confidence=max(line.confidence, SURE))
            elif other is not None and (line or other):
                self._report.disagreements += 1
        doubtful = [
            at
            for at, (span, line) in enumerate(zip(spans, lines, strict=True))
            if line and not _holds(span, line, others[at])
        ]
        confirmed = self._confirmed([(spans[at], lines[at]) for at in doubtful])
        found = []
        for at, line in enumerate(lines):
            if at in doubtful and (line := confirmed[doubtful.index(at)]) is None:
                found.append(Found((), self.name, "not confirmed"))
            else:
                found.append(_kept([line] if line else [], self.name, self._min_confidence))
        return found

    def _read(self, spans: Sequence[Span]) -> Sequence[Sequence[Line]]:
        return self._answers([tight(span, span.image) for span in spans])

    def _answers(self, pictures: Sequence[Image]) -> Sequence[Sequence[Line]]:
        self._report.model_calls += len(pictures)
        return answers_of(self._model, pictures)

    def _confirmed(self, doubtful: Sequence[tuple[Span, Line | None]]) -> list[Line | None]:
        """Each line with more confidence, or None where a second look does not bear it out."""
        self._report.second_looks += len(doubtful)
        pictures = [picture for span, _ in doubtful for picture in (_second(span), _blurred(span))]
        answers = self._answers(pictures) if pictures else ()
        texts = [" ".join(line.text for line in lines) for lines in answers]
        confirmed = []
        for (_, line), again, without in zip(doubtful, texts[::2], texts[1::2], strict=True):
            borne_out = line and agree(line.text, again) and not agree(line.text, without)
            sure = replace(line, confidence=max(line.confidence, SURE)) if line else None
            confirmed.append(sure if borne_out else None)
        return confirmed


class CascadeReader:
    """Reads with an engine, and asks a model where the engine is unsure.

    Where what the model reads does not hold, the engine's reading stands.
    """

    def __init__(
        self, engine: EngineReader, model: ModelReader, min_confidence: float, report: Report
    ) -> None:
        self.batch_size = max(_CASCADE_SPANS, engine.batch_size)
        self._engine = engine
        self._model = model
        self._min_confidence = min_confidence

    def read(self, spans: Sequence[Span]) -> list[Found]:
        """As ``SpanReader``."""
        found = self._engine.read(spans)
        unsure = [at for at, each in enumerate(found) if not _is_sure(each.lines)]
        others = [line.text if (line := _joined(found[at].lines)) else "" for at in unsure]
        judged = self._model.judged([spans[at] for at in unsure], others) if unsure else []
        for at, of_model in zip(unsure, judged, strict=True):
            own = _kept(found[at].lines, found[at].engine, self._min_confidence)
            found[at] = of_model if of_model.lines or not own.lines else own
        return found


def tight(span: Span, luma: Luma) -> Image:
    """The part of a span's picture that shows its line, with narrow margins, as RGB."""
    zoom = luma.shape[1] / span.image_box.width
    box = span.box.moved(-span.image_box.x0, -span.image_box.y0).scaled(zoom)
    across, up = (margin * box.height for margin in _MARGINS)
    x0, y0 = max(0, round(box.x0 - across)), max(0, round(box.y0 - up))
    x1, y1 = max(x0 + 1, round(box.x1 + across)), max(y0 + 1, round(box.y1 + up))
    return _rgb(luma[y0:y1, x0:x1])


def _second(span: Span) -> Image:
    return tight(span, span.image if span.frame is None else span.frame)


def _blurred(span: Span) -> Image:
    picture = tight(span, span.image)
    deviation = max(1.0, _BLUR * picture.shape[0])
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), deviation), np.uint8)


def _rgb(luma: Luma) -> Image:
    return np.asarray(cv2.cvtColor(luma, cv2.COLOR_GRAY2RGB), np.uint8)


def _joined(lines: Sequence[Line]) -> Line | None:
    """The lines of one span as one: a model may break what stands in one row."""
    text = tidy(" ".join(line.text for line in lines))
    if not text:
        return None
    return Line(text, None, min(line.confidence for line in lines))


def _holds(span: Span, line: Line, other: str | None) -> bool:
    """Whether a model's line needs no second look."""
    if other is not None:
        return agree(line.text, other)
    return line.confidence >= SURE and fits(line.text, span.box.width / span.box.height)


def _is_sure(lines: Sequence[Line]) -> bool:
    return bool(lines) and min(line.confidence for line in lines) >= SURE


def _kept(lines: Sequence[Line], engine: str, min_confidence: float) -> Found:
    sure = tuple(line for line in lines if line.confidence >= min_confidence)
    if not sure:
        return Found((), engine, "unsure" if lines else "nothing read")
    return Found(sure, engine)


class _placer:
    """Moves a line's box from px of the span's picture to px of the film's."""

    def __init__(self, span: Span) -> None:
        self._origin = span.image_box
        self._zoom = span.image_box.width / span.image.shape[1]

    def __call__(self, line: Line) -> Line:
        if line.box is None:
            return line
        box = line.box.scaled(self._zoom).moved(self._origin.x0, self._origin.y0)
        return replace(line, box=box)


def _is_of(span: Span, line: Line) -> bool:
    """Whether the line is the span's, and not a neighbour that the picture also shows."""
    if line.box is None:
        return True
    box: Box = span.box
    in_row = box.y0 < line.box.y_centre < box.y1
    return in_row and box.overlap(line.box)[1] > 0.5 * min(box.height, line.box.height)
