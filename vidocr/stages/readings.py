"""Spans to readings: small batches are read beside the decoder, order kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from vidocr.engines import Interruptible, OcrEngine
from vidocr.model import Reading, Span
from vidocr.report import Reject, Report
from vidocr.stages.pictures import jpeg
from vidocr.stages.readers import Found, reader_for

_BATCHES_AHEAD = 4


def readings(
    spans: Iterable[Span],
    engine: OcrEngine | None,
    *,
    min_confidence: float,
    report: Report,
    model: OcrEngine | None = None,
    pictures: bool = False,
) -> Iterator[Reading]:
    """Read each span's picture; keep the lines that stand where the span does.

    Args:
        spans: what was followed, in any order, which is kept.
        engine: finds and reads text, in batches of its ``batch_size``.
        min_confidence: lines below it are dropped.
        report: counts OCR calls and rejected readings.
        model: a vision-language model; reads where ``engine`` is unsure, and all without one.
        pictures: keep a small picture of what was rejected.

    Raises:
        EngineError: the engine failed, or answered with more or fewer readings than pictures.
    """
    reader = reader_for(engine, model, min_confidence, report)
    waiting: deque[tuple[Sequence[Span], Future[list[Found]]]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="ocr") as pool:
        try:
            for batch in _batches(spans, reader.batch_size):
                waiting.append((batch, pool.submit(reader.read, batch)))
                while waiting and (len(waiting) > _BATCHES_AHEAD or waiting[0][1].done()):
                    yield from _collect(*waiting.popleft(), report, pictures)
            while waiting:
                yield from _collect(*waiting.popleft(), report, pictures)
        except BaseException:  # an interrupt, too, must not wait for what is under way
            for _, future in waiting:
                future.cancel()
            for each in (engine, model):
                if isinstance(each, Interruptible):
                    each.interrupt()  # or the pool would wait for a server that hangs
            raise


def _batches(spans: Iterable[Span], size: int) -> Iterator[Sequence[Span]]:
    """At least ``size`` spans each; rows that leave together, as those of one cue, are together."""
    batch: list[Span] = []
    for span in spans:
        if len(batch) >= size and span.end_us != batch[-1].end_us:
            yield batch
            batch = []
        batch.append(span)
    if batch:
        yield batch


def _collect(
    spans: Sequence[Span], answer: Future[list[Found]], report: Report, pictures: bool
) -> Iterator[Reading]:
    for span, found in zip(spans, answer.result(), strict=True):
        if found.rejected:
            report.reject(found.rejected)
            picture = jpeg(span.image) if pictures else b""
            report.rejects.append(
                Reject(found.rejected, span.start_us, span.end_us, found.unsure, span.box, picture)
            )
        yield Reading(span, found.lines, found.engine)
