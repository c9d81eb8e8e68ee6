"""How spans are read: by an engine that finds text and reads it, by a model, or by both.

A vision-language model answers a picture without text as fluently as one with. So it is shown
only lines that were followed, and what it reads is kept only where it reads the same in a
second picture of the line, a single frame cut otherwise, and does not in a third, in which the
strokes are blurred away. Where it has been borne out often enough, that is asked of unsure and
unlikely lines, and of a sample of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from vidocr.engines import LineEngine, OcrEngine, answers_of, lines_at
from vidocr.model import Box, Image, Line, Luma, Span
from vidocr.report import Report
from vidocr.text import agree, fits, tidy

SURE = 0.9
_CASCADE_SPANS = 16  # read at once, so that the model gets the unsure of them together
_MARGINS = (0.4, 0.12)  # around a line, in its heights: a model needs no more to read it
_OTHER_MARGINS = (0.6, 0.18)  # so that a second look differs also where nothing moves
_PROBATION = 8  # lines of a film that have to be borne out before a model is trusted
_SAMPLE = 16  # of which one is looked at again from then on
_NOT_BORNE_OUT = Line("", None, 0.0)
_BLUR = 0.3  # deviation in line heights: no stroke outlives it


class Found(NamedTuple):
    """What was read in a span; ``rejected`` says why nothing of it was kept.

    ``unsure`` is then what the engine thinks that it may be.
    """

    lines: tuple[Line, ...]
    engine: str
    rejected: str = ""
    unsure: str = ""


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
    """Gives an engine the span's picture with its margins; keeps the lines of its row.

    An engine that can read a line where it stands is told where.
    """

    def __init__(self, engine: OcrEngine, min_confidence: float, report: Report) -> None:
        self.name = engine.name
        self.batch_size = engine.batch_size
        self._engine = engine
        self._min_confidence = min_confidence
        self._report = report

    def read(self, spans: Sequence[Span]) -> list[Found]:
        """As ``SpanReader``."""
        answers = self._answers(spans)
        self._report.ocr_calls += 1
        self._report.lines_read += len(spans)
        return [self._found(span, lines) for span, lines in zip(spans, answers, strict=True)]

    def _answers(self, spans: Sequence[Span]) -> Sequence[Sequence[Line]]:
        pictures = [_rgb(span.image) for span in spans]
        if not isinstance(self._engine, LineEngine):
            return answers_of(self._engine, pictures)
        boxes = [_box_in(span, span.image) for span in spans]
        lines = lines_at(self._engine, pictures, boxes)
        return [[line] if line.text else [] for line in lines]

    def _found(self, span: Span, lines: Sequence[Line]) -> Found:
        own = [line for line in map(_placer(span), lines) if _is_of(span, line)]
        return _kept(own, self.name, self._min_confidence)


class ModelReader:
    """Gives a model the line alone, and doubts what it reads.

    A model has to earn trust: the first lines of a film are looked at again however sure it is,
    later one in sixteen. After a line that is not borne out it begins anew. So one that invents
    gets no line through.
    """

    def __init__(self, model: OcrEngine, min_confidence: float, report: Report) -> None:
        self.name = model.name
        self.batch_size = model.batch_size
        self._model = model
        self._min_confidence = min_confidence
        self._report = report
        self._borne_out = 0  # in a row
        self._passed = 0  # since the last that was looked at again

    def read(self, spans: Sequence[Span]) -> list[Found]:
        """As ``SpanReader``."""
        self._report.ocr_calls += 1
        self._report.lines_read += len(spans)
        lines = [_joined(lines) for lines in self._read(spans)]
        read = [at for at, line in enumerate(lines) if line]
        likely = {at for at in read if _is_likely(spans[at], lines[at])}
        doubtful = [at for at in read if at not in likely]
        sure: Sequence[int] = sorted(likely)
        if not all(self._look_again(spans, lines, doubtful)):
            self._borne_out = 0
        while sure:
            sure = self._trusted(spans, lines, sure)
        return self._kept(lines)

    def _trusted(
        self, spans: Sequence[Span], lines: list[Line | None], sure: Sequence[int]
    ) -> Sequence[int]:
        """Look again at as many as trust asks for; what is left where it was lost on the way."""
        if self._borne_out < _PROBATION:
            checked = sure[: _PROBATION - self._borne_out]
            left = sure[len(checked) :]
        else:
            checked, left = sure[_SAMPLE - 1 - self._passed :: _SAMPLE], ()
            self._passed = (self._passed + len(sure)) % _SAMPLE
        for at, borne_out in zip(checked, self._look_again(spans, lines, checked), strict=True):
            self._borne_out = self._borne_out + 1 if borne_out else 0
            if not borne_out and not left:
                left = [other for other in sure if other > at and other not in checked]
        return left

    def checked(self, spans: Sequence[Span], others: Sequence[str]) -> list[Found]:
        """What the model reads where an engine read ``others``, and what holds of it."""
        lines = [_joined(lines) for lines in self._read(spans)]
        doubtful = []
        for at, (line, other) in enumerate(zip(lines, others, strict=True)):
            if line and agree(line.text, other):
                lines[at] = _surer(line)
            elif line or other:
                self._report.disagreements += 1
                doubtful += [at] if line else []
        self._look_again(spans, lines, doubtful)
        return self._kept(lines)

    def _read(self, spans: Sequence[Span]) -> Sequence[Sequence[Line]]:
        return self._answers([tight(span, span.image) for span in spans])

    def _answers(self, pictures: Sequence[Image]) -> Sequence[Sequence[Line]]:
        self._report.model_calls += len(pictures)
        return answers_of(self._model, pictures)

    def _look_again(
        self, spans: Sequence[Span], lines: list[Line | None], doubtful: Sequence[int]
    ) -> list[bool]:
        """Take out of ``lines`` what a second look does not bear out; what it does, in order."""
        if not doubtful:
            return []
        self._report.second_looks += len(doubtful)
        pictures = [look(spans[at]) for at in doubtful for look in (_second, _blurred)]
        texts = [" ".join(line.text for line in each) for each in self._answers(pictures)]
        held = []
        for at, again, without in zip(doubtful, texts[::2], texts[1::2], strict=True):
            line = lines[at]
            assert line is not None, "only lines are doubted"
            held.append(agree(line.text, again) and not agree(line.text, without))
            lines[at] = _surer(line) if held[-1] else _NOT_BORNE_OUT
        return held

    def _kept(self, lines: Sequence[Line | None]) -> list[Found]:
        return [
            Found((), self.name, "not confirmed")
            if line is _NOT_BORNE_OUT
            else _kept([line] if line else [], self.name, self._min_confidence)
            for line in lines
        ]


class CascadeReader:
    """Reads with an engine, and asks a model where the engine is unsure.

    Where what the model reads does not hold, the engine's reading stands.
    """

    def __init__(
        self, engine: EngineReader, model: ModelReader, min_confidence: float, report: Report
    ) -> None:
        self.batch_size = max(_CASCADE_SPANS, engine.batch_size, model.batch_size)
        self._engine = engine
        self._model = model
        self._min_confidence = min_confidence

    def read(self, spans: Sequence[Span]) -> list[Found]:
        """As ``SpanReader``."""
        found = self._engine.read(spans)
        unsure = [at for at, each in enumerate(found) if not _is_sure(each.lines)]
        others = [line.text if (line := _joined(found[at].lines)) else "" for at in unsure]
        judged = self._model.checked([spans[at] for at in unsure], others) if unsure else []
        found = [_kept(each.lines, each.engine, self._min_confidence) for each in found]
        for at, of_model in zip(unsure, judged, strict=True):
            if of_model.lines or not found[at].lines:
                found[at] = of_model
        return found


def tight(span: Span, luma: Luma, margins: tuple[float, float] = _MARGINS) -> Image:
    """The part of a span's picture that shows its line, with narrow margins, as RGB."""
    box = _box_in(span, luma)
    across, up = (margin * box.height for margin in margins)
    x0, y0 = max(0, round(box.x0 - across)), max(0, round(box.y0 - up))
    x1, y1 = max(x0 + 1, round(box.x1 + across)), max(y0 + 1, round(box.y1 + up))
    return _rgb(luma[y0:y1, x0:x1])


def _box_in(span: Span, luma: Luma) -> Box:
    """Where the span's line stands in its picture ``luma``."""
    zoom = luma.shape[1] / span.image_box.width
    return span.box.moved(-span.image_box.x0, -span.image_box.y0).scaled(zoom)


def _second(span: Span) -> Image:
    return tight(span, span.image if span.frame is None else span.frame, _OTHER_MARGINS)


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


def _is_likely(span: Span, line: Line | None) -> bool:
    """Whether a model is sure of a line, and the line may be as wide as it stands there."""
    if line is None or line.confidence < SURE:
        return False
    return fits(line.text, span.box.width / span.box.height)


def _surer(line: Line) -> Line:
    """The line as two readings bear it out."""
    return replace(line, confidence=max(line.confidence, SURE))


def _is_sure(lines: Sequence[Line]) -> bool:
    return bool(lines) and min(line.confidence for line in lines) >= SURE


def _kept(lines: Sequence[Line], engine: str, min_confidence: float) -> Found:
    sure = tuple(line for line in lines if line.confidence >= min_confidence)
    if not sure:
        text = " ".join(line.text for line in lines)
        return Found((), engine, "unsure" if lines else "nothing read", text)
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
