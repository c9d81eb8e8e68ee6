"""Who reads a span, and which of a model's lines are kept."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from vidocr.errors import EngineError
from vidocr.model import Box, Image, Line, Luma, Span
from vidocr.ocr.answers import UNKNOWN_CONFIDENCE
from vidocr.ocr.fake import FakeEngine
from vidocr.report import Report
from vidocr.stages.readers import SURE, Found, reader_for, tight

BOX = Box(100, 600, 420, 640)  # eight times as wide as high: some twenty letters
AROUND = Box(52, 586, 468, 654)
TEXT = "Where is the captain"


def picture(seed: int) -> Luma:
    """What looks like a line: strokes in the middle of a span's picture."""
    luma = np.full((34, 208), 60, np.uint8)
    for at in range(30, 180, 6):
        cv2.line(luma, (at, 10 + (at * seed) % 5), (at + 2, 24), 230, 2)
    return luma


def span(number: int = 0, box: Box = BOX) -> Span:
    start_us = number * 1_000_000
    return Span(
        0, box, start_us, start_us + 900_000, 22, picture(3), AROUND, frame=picture(3) // 2 + 60
    )


def is_blurred(image: Image) -> bool:
    return float(cv2.Laplacian(image, cv2.CV_32F).std()) < 8


def says(text: str, confidence: float = 0.99) -> Callable[[Image], list[Line]]:
    """A model that invents: it says the same of every picture."""
    return lambda image: [Line(text, None, confidence)]


def reads(text: str, confidence: float = 0.99) -> Callable[[Image], list[Line]]:
    """A model that reads: it says nothing where the strokes are blurred away."""
    return lambda image: [] if is_blurred(image) else [Line(text, None, confidence)]


def counting() -> Callable[[Image], list[Line]]:
    """A model that invents something new for each picture."""
    words = np.random.default_rng(1)

    def invent(image: Image) -> list[Line]:
        letters = words.integers(97, 123, 18)
        return [Line("".join(map(chr, letters)), None, 0.99)]

    return invent


def placed(text: str, confidence: float) -> Callable[[Image], list[Line]]:
    """An engine that finds the line."""
    return lambda image: [Line(text, Box(24, 7, 184, 27), confidence)]


def read(
    engine: Callable[[Image], list[Line]] | None,
    model: Callable[[Image], list[Line]] | None,
    spans: Sequence[Span] = (span(),),
    min_confidence: float = 0.55,
) -> tuple[list[Found], Report]:
    report = Report()
    readers = [None if answer is None else FakeEngine(answer) for answer in (engine, model)]
    for reader, name in zip(readers, ("engine", "model"), strict=True):
        if reader:
            reader.name = name
    return reader_for(readers[0], readers[1], min_confidence, report).read(list(spans)), report


class ToldEngine(FakeEngine):
    """An engine that reads a line where it is told that it stands."""

    def read_at(self, images: Sequence[Image], boxes: Sequence[Box]) -> list[Line]:
        return [
            Line(f"{image.shape[1]} {box}", None, 0.9)
            for image, box in zip(images, boxes, strict=True)
        ]


def texts(found: Sequence[Found]) -> list[str]:
    return [" ".join(line.text for line in each.lines) for each in found]


# A model alone


def test_sure_and_likely_lines_are_kept_at_the_first_look_once_the_model_is_trusted() -> None:
    found, report = read(None, reads(TEXT), [span(at) for at in range(30)])
    assert texts(found) == [TEXT] * 30 and found[0].engine == "model"
    assert (report.lines_read, report.model_calls, report.second_looks) == (30, 48, 9)


def test_trust_is_lost_by_an_unsure_line_that_is_not_borne_out() -> None:
    short = span(9, BOX._replace(x1=120))  # no room for the text: it is looked at again
    spans = [*(span(at) for at in range(9)), short, *(span(at) for at in range(10, 22))]
    reader = reader_for(None, FakeEngine(reads(TEXT)), 0.5, Report())
    invents = reader_for(None, FakeEngine(says(TEXT)), 0.5, report := Report())
    assert all(each.lines for each in reader.read(spans))
    assert not any(each.lines for each in invents.read(spans))
    assert report.second_looks == len(spans)


def test_a_model_that_takes_to_inventing_is_found_out() -> None:
    calls = iter(range(10_000))

    def turns(image: Image) -> list[Line]:
        return says(TEXT)(image) if next(calls) > 40 else reads(TEXT)(image)

    found, report = read(None, turns, [span(at) for at in range(300)])
    assert sum(not each.lines for each in found) > 200
    assert report.second_looks > 200


@pytest.mark.parametrize("batch", [1, 3, 30])
def test_how_trust_is_earned_does_not_depend_on_the_batch(batch: int) -> None:
    report = Report()
    slips = iter([False] * 5 + [True] + [False] * 90)

    def mostly(image: Image) -> list[Line]:
        if is_blurred(image):
            return [Line(TEXT, None, 0.99)] if next(slips) else []
        return [Line(TEXT, None, 0.99)]

    reader = reader_for(None, FakeEngine(mostly), 0.5, report)
    spans = [span(at) for at in range(30)]
    found = [
        each for first in range(0, 30, batch) for each in reader.read(spans[first : first + batch])
    ]
    assert [not each.lines for each in found] == [at == 5 for at in range(30)]
    assert report.second_looks == 15  # six, eight once it had begun anew, and one of the rest


@pytest.mark.parametrize("invents", [says(TEXT), counting()])
def test_a_model_that_always_invents_gets_no_line_through(
    invents: Callable[[Image], list[Line]],
) -> None:
    found, report = read(None, invents, [span(at) for at in range(8)])
    assert {each.rejected for each in found} == {"not confirmed"}
    assert report.second_looks == 8


@pytest.mark.parametrize("confidence", [0.7, UNKNOWN_CONFIDENCE])
def test_an_unsure_line_is_kept_where_a_second_picture_agrees(confidence: float) -> None:
    found, report = read(None, reads(TEXT, confidence))
    assert texts(found) == [TEXT]
    assert found[0].lines[0].confidence == SURE
    assert (report.model_calls, report.second_looks) == (3, 1)


def test_what_is_also_read_where_the_strokes_are_blurred_away_is_invented() -> None:
    found, report = read(None, says(TEXT, 0.7))
    assert texts(found) == [""] and found[0].rejected == "not confirmed"
    assert report.second_looks == 1


def test_what_changes_from_look_to_look_is_invented() -> None:
    unsure = counting()
    found, _ = read(None, lambda image: [Line(unsure(image)[0].text, None, 0.6)])
    assert found[0].rejected == "not confirmed"


@pytest.mark.parametrize(
    "text", ["A", "字", "this goes on and on for far longer than any line " * 2]
)
def test_a_line_that_cannot_be_as_wide_is_looked_at_again(text: str) -> None:
    found, report = read(None, says(text))
    assert report.second_looks == 1
    assert found[0].rejected == "not confirmed"


def test_nothing_read_is_nothing_kept() -> None:
    found, report = read(None, lambda image: [])
    assert found == [Found((), "model", "nothing read")]
    assert report.model_calls == 1


def test_lines_of_one_span_are_one_row() -> None:
    parts = [Line("Where is", None, 0.99), Line("the captain", None, 0.95)]
    found, _ = read(None, lambda image: [] if is_blurred(image) else parts)
    assert found[0].lines == (Line(TEXT, None, 0.95),)


def test_then_only_the_doubtful_are_looked_at_again_and_order_is_kept() -> None:
    boxes = [BOX, BOX._replace(x1=140), BOX, BOX._replace(x1=150)]
    trusted = [span() for _ in range(8)]
    spans = [*trusted, *(span(at, box) for at, box in enumerate(boxes))]
    found, report = read(None, reads(TEXT), spans)
    assert texts(found) == [TEXT] * 12
    assert [each.lines[0].confidence for each in found] == [0.99] * 12
    assert (report.model_calls, report.second_looks) == (12 + 2 * 10, 10)


# Both


def test_the_model_is_not_asked_where_the_engine_is_sure() -> None:
    found, report = read(placed(TEXT, 0.99), says("Something else"))
    assert texts(found) == [TEXT] and found[0].engine == "engine"
    assert (report.lines_read, report.model_calls, report.disagreements) == (1, 0, 0)


def test_the_model_mends_an_unsure_reading_that_it_shares() -> None:
    found, report = read(placed("Where is the captaln", 0.7), reads(TEXT, UNKNOWN_CONFIDENCE))
    assert texts(found) == [TEXT] and found[0].engine == "model"
    assert found[0].lines[0].confidence == SURE
    assert (report.model_calls, report.disagreements, report.second_looks) == (1, 0, 0)


def test_where_they_differ_the_model_has_to_see_it_twice() -> None:
    found, report = read(placed("Wnere 1s tne ca", 0.6), reads("Где теперь капитан?"))
    assert texts(found) == ["Где теперь капитан?"]
    assert (report.disagreements, report.second_looks, report.model_calls) == (1, 1, 3)


@pytest.mark.parametrize("invents", [says("Subtitles by nobody"), counting()])
def test_an_invention_gives_way_to_the_engine(invents: Callable[[Image], list[Line]]) -> None:
    found, report = read(placed(TEXT, 0.7), invents)
    assert texts(found) == [TEXT] and found[0].engine == "engine"
    assert report.disagreements == 1


@pytest.mark.parametrize("invents", [says("Subtitles by nobody"), counting()])
def test_no_line_comes_of_an_invention_alone(invents: Callable[[Image], list[Line]]) -> None:
    found, report = read(lambda image: [], invents)
    assert found == [Found((), "model", "not confirmed")]
    assert report.second_looks == 1


def test_a_line_that_the_engine_cannot_read_is_left_to_the_model() -> None:
    found, _ = read(lambda image: [], reads("Где теперь капитан?"))
    assert texts(found) == ["Где теперь капитан?"]


def test_an_unsure_engine_stands_where_the_model_reads_nothing() -> None:
    found, _ = read(placed(TEXT, 0.7), lambda image: [])
    assert texts(found) == [TEXT] and found[0].engine == "engine"
    found, _ = read(placed(TEXT, 0.4), lambda image: [])
    assert texts(found) == [""]


def test_many_spans_keep_their_order() -> None:
    sure = iter([0.99, 0.6, 0.99, 0.6, 0.6])
    engine = placed(TEXT, 0.0)

    def by_turns(image: Image) -> list[Line]:
        (line,) = engine(image)
        return [Line(line.text, line.box, next(sure))]

    found, report = read(by_turns, reads(TEXT), [span(at) for at in range(5)])
    assert [each.engine for each in found] == ["engine", "model", "engine", "model", "model"]
    assert report.model_calls == 3


def test_a_cascade_drops_what_is_less_sure_than_was_asked() -> None:
    found, report = read(placed(TEXT, 0.95), reads(TEXT), min_confidence=0.97)
    assert found == [Found((), "engine", "unsure", TEXT)] and report.model_calls == 0


# Pictures


def test_the_model_sees_the_line_with_narrow_margins() -> None:
    image = tight(span(), picture(1))
    assert image.shape == (24, 176, 3)  # of a line of 20 x 160 px
    assert (image == picture(1)[5:29, 16:192, None]).all()


def test_a_line_at_the_edge_of_its_picture_is_cut_there() -> None:
    box = Box(52, 586, 200, 640)
    assert tight(span(box=box), picture(1)).shape[:2] == (30, 85)


def test_too_few_answers_of_the_model_are_an_error() -> None:
    class Short(FakeEngine):
        def read(self, images: Sequence[Image]) -> Sequence[Sequence[Line]]:
            return []

    with pytest.raises(EngineError, match="engine fake failed: it read 0 of 1 pictures"):
        reader_for(None, Short(), 0.5, Report()).read([span()])


def test_an_engine_that_need_not_look_is_told_where_the_line_stands() -> None:
    engine, report = ToldEngine(), Report()
    (found,) = reader_for(engine, None, 0.55, report).read([span()])
    assert found.lines == (Line(f"208 {Box(24.0, 7.0, 184.0, 27.0)}", None, 0.9),)
    assert (engine.batches, report.lines_read) == ([], 1)


def test_a_line_without_text_is_none() -> None:
    engine = ToldEngine()
    engine.read_at = lambda images, boxes: [Line("", None, 0.0)]  # type: ignore[method-assign]  # it answers otherwise
    (found,) = reader_for(engine, None, 0.55, Report()).read([span()])
    assert found == Found((), "fake", "nothing read")
