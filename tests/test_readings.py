import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from vidocr.errors import EngineError
from vidocr.model import Box, Image, Line, Reading, Span
from vidocr.ocr.fake import FakeEngine
from vidocr.report import Report
from vidocr.stages.readings import readings

ROW = Box(100, 600, 500, 640)
AROUND = Box(60, 580, 540, 660)


def span(number: int) -> Span:
    """A span whose picture tells its number; the picture is half the size of the film's."""
    image = np.full((40, 240), number, np.uint8)
    return Span(0, ROW, number * 1_000_000, (number + 1) * 1_000_000, 25, image, AROUND)


def spans(count: int) -> list[Span]:
    return [span(number) for number in range(count)]


def number_of(image: Image) -> list[Line]:
    assert image.dtype == np.uint8 and image.shape == (40, 240, 3)
    return [Line(f"number {image[0, 0, 0]}", Box(20, 10, 220, 30), 0.9)]


def read(
    source: Sequence[Span] | Iterator[Span],
    engine: FakeEngine | None = None,
    min_confidence: float = 0.5,
    report: Report | None = None,
) -> Iterator[Reading]:
    return readings(
        source,
        engine or FakeEngine(number_of),
        min_confidence=min_confidence,
        report=report or Report(),
    )


def read_as(*lines: Line, report: Report | None = None) -> tuple[Line, ...]:
    """The lines kept of what an engine reads in one span."""
    (reading,) = read(spans(1), FakeEngine(lambda image: lines), report=report)
    return reading.lines


def ocr_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("ocr")]


@pytest.mark.parametrize("count,batches", [(0, []), (1, [1]), (4, [4]), (10, [4, 4, 2])])
def test_order_is_kept_and_pictures_come_in_batches(count: int, batches: list[int]) -> None:
    engine, report = FakeEngine(number_of), Report()
    found = list(read(spans(count), engine, report=report))
    assert [r.lines[0].text for r in found] == [f"number {i}" for i in range(count)]
    assert [r.span for r in found] == spans(count)
    assert {r.engine for r in found} <= {"fake"}
    assert engine.batches == batches
    assert report.lines_read == count
    assert ocr_threads() == []


def test_the_rows_of_one_cue_are_read_in_one_call() -> None:
    upper, lower, alone = spans(3)
    rows = [replace(upper, end_us=lower.end_us), lower, alone]
    engine, report = FakeEngine(number_of), Report()
    engine.batch_size = 1
    assert len(list(read(rows, engine, report=report))) == 3
    assert engine.batches == [2, 1]
    assert (report.ocr_calls, report.lines_read) == (2, 3)


def test_order_is_kept_where_the_engine_is_slow() -> None:
    def slowly(image: Image) -> list[Line]:
        time.sleep(0.03 if image[0, 0, 0] % 8 == 0 else 0)
        return number_of(image)

    found = list(read(spans(25), FakeEngine(slowly)))
    assert [r.span.start_us for r in found] == [i * 1_000_000 for i in range(25)]


def test_few_spans_wait_for_a_slow_engine() -> None:
    taken = 0

    def counted() -> Iterator[Span]:
        nonlocal taken
        for each in spans(200):
            taken += 1
            yield each

    go = threading.Event()

    def blocked(image: Image) -> list[Line]:
        go.wait(10)
        return number_of(image)

    found = read(counted(), FakeEngine(blocked))
    threading.Timer(0.2, go.set).start()
    next(found)
    assert taken < 40
    assert len(list(found)) == 199


def test_boxes_are_placed_in_the_picture_of_the_film() -> None:
    (line,) = read_as(Line("Hello", Box(20, 10, 220, 30), 0.9))
    assert line == Line("Hello", Box(100, 600, 500, 640), 0.9)


@pytest.mark.parametrize("box", [Box(20, -12, 220, 6), Box(20, 33, 220, 44)])
def test_lines_of_the_rows_above_and_below_in_the_picture_are_dropped(box: Box) -> None:
    own = Line("own", Box(20, 10, 220, 30), 0.9)
    (line,) = read_as(own, Line("neighbour", box, 0.99))
    assert line.text == "own"


def test_parts_of_a_line_are_all_kept() -> None:
    parts = Line("one", Box(20, 10, 80, 30), 0.9), Line("two", Box(120, 9, 215, 31), 0.8)
    assert [line.text for line in read_as(*parts)] == ["one", "two"]


def test_unsure_lines_are_dropped_and_counted() -> None:
    report = Report()
    box = Box(20, 10, 220, 30)
    assert read_as(Line("Hm", box, 0.49), report=report) == ()
    assert read_as(Line("Aha", box, 0.5), report=report) != ()
    assert report.rejected == {"unsure": 1}


def test_a_span_in_which_nothing_is_read_is_a_reading_without_lines() -> None:
    report = Report()
    assert read_as(report=report) == ()
    assert read_as(Line("above", Box(20, -30, 220, -10), 0.9), report=report) == ()
    assert report.rejected == {"nothing read": 2}


# Failing


def test_an_engine_that_fails_ends_the_run_after_what_it_read() -> None:
    def fails_at_9(image: Image) -> list[Line]:
        if image[0, 0, 0] == 9:
            raise EngineError("engine fake failed: on purpose")
        return number_of(image)

    found = []
    with pytest.raises(EngineError, match="on purpose"):
        for reading in read(spans(40), FakeEngine(fails_at_9)):
            found.append(reading.lines[0].text)
    assert found == [f"number {i}" for i in range(8)]
    assert ocr_threads() == []


class Forgetful(FakeEngine):
    """Leaves out the last picture of a batch."""

    def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
        return super().read(images)[:-1]


def test_an_engine_that_leaves_out_a_picture_is_an_error() -> None:
    with pytest.raises(EngineError, match="it read 3 of 4 pictures"):
        list(read(spans(6), Forgetful(number_of)))
    assert ocr_threads() == []


class ForgetfulOfLines(FakeEngine):
    def read_at(self, images: Sequence[Image], boxes: Sequence[Box]) -> list[Line]:
        return [Line("one", None, 1.0)] * (len(images) - 1)


def test_an_engine_that_answers_for_too_few_lines_is_an_error() -> None:
    with pytest.raises(EngineError, match="it read 3 of 4 pictures"):
        list(read(spans(4), ForgetfulOfLines()))


def test_an_error_of_the_source_ends_the_thread() -> None:
    def broken() -> Iterator[Span]:
        yield from spans(6)
        raise OSError("no more frames")

    with pytest.raises(OSError, match="no more frames"):
        list(read(broken()))
    assert ocr_threads() == []


def test_closing_early_ends_the_thread_and_drops_what_waits() -> None:
    def slowly(image: Image) -> list[Line]:
        time.sleep(0.03)
        return number_of(image)

    engine = FakeEngine(slowly)
    found = read(spans(200), engine)
    next(found)
    assert isinstance(found, Generator)
    found.close()
    assert ocr_threads() == []
    assert len(engine.batches) <= 3


def test_nothing_is_done_before_the_first_reading_is_taken() -> None:
    engine = FakeEngine(number_of)
    read(spans(10), engine)
    assert engine.batches == []
    assert ocr_threads() == []


def test_an_engine_that_waits_for_others_is_told_when_nobody_wants_its_answer() -> None:
    class Waiting(FakeEngine):
        gone = threading.Event()

        def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
            assert self.gone.wait(10), "it was never told"
            raise EngineError("given up")

        def interrupt(self) -> None:
            self.gone.set()

    def interrupted() -> Iterator[Span]:
        yield from spans(5)
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(read(interrupted(), Waiting()))
    assert time.monotonic() - began < 5
    assert ocr_threads() == []
