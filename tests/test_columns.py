"""Upright columns: found where they stand, and read as rows with their glyphs turned back."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backdrops import footage
from tests.clips import Clip, Overlay, Place, Style, Text, render
from tests.scenes import InkDetector, box_of, scene
from vidocr import Options, extract
from vidocr.engines import TextDetector
from vidocr.errors import EngineError
from vidocr.model import Box, Cue, Image, Line, Luma, Proof, Region, Span
from vidocr.ocr.fake import FakeEngine
from vidocr.ocr.rapid import RapidEngine
from vidocr.pipeline import places_of
from vidocr.report import Reject, Report
from vidocr.stages.columns import (
    add_lying,
    lying,
    of_columns,
    standing,
    stood_up,
    to_be_read,
)
from vidocr.stages.rows import Row
from vidocr.stages.sightings import Pair, Sighting, sightings
from vidocr.stages.strokes import Rect
from vidocr.values import RegionSpec

SIZE = (640, 360)
STYLE = Style(0.08, upright=True)
RIGHT = Place(0.85, 0.08, hangs=True)
TEXTS = ("你昨天晚上去\n哪里了", "我在图书馆看书", "为什么没有\n给我打电话", "我忘记了")
FRAME_US = 40_000


def upright(words: str, start: int = 0, end: int = 1, place: Place = RIGHT) -> Text:
    return Text(start, end, words, STYLE, place)


# Turning

boxes = st.builds(Box, *[st.integers(0, 640)] * 4)


@given(boxes)
def test_a_box_that_was_turned_stands_where_it_stood(box: Box) -> None:
    assert box.lying(640).standing(640) == box
    assert (box.lying(640).width, box.lying(640).height) == (box.height, box.width)


def test_a_box_lies_where_the_turned_picture_shows_it() -> None:
    picture = np.zeros((360, 640), np.uint8)
    picture[40:100, 500:530] = 255
    x, y, width, height = cv2.boundingRect(np.ascontiguousarray(np.rot90(picture)))
    assert Box(500, 40, 530, 100).lying(640) == Box(x, y, x + width, y + height)


def test_a_region_stands_where_it_lay() -> None:
    region = Region(500, 0, 100, 360, 32.0)
    assert lying(region, 640) == Region(0, 40, 360, 100, 32.0)
    assert standing(lying(region, 640), 640) == region


def test_a_cue_of_a_turned_film_is_told_where_it_stands() -> None:
    box = Box(0.1, 0.2, 0.5, 0.25)
    cue = stood_up(Cue(0, 1, ("一",), box, proof=Proof(boxes=(box,))))
    assert cue.place == cue.proof.boxes[0] == Box(0.75, 0.1, 0.8, 0.5)


def test_what_was_rejected_in_a_turned_film_is_told_where_it_stands() -> None:
    report, other = Report(spans=2), Report(spans=3)
    other.reject("moving")
    other.rejects.append(Reject("moving", 0, 1, "", Box(10, 20, 110, 50)))
    add_lying(report, other, [Region(0, 40, 360, 100, 32.0)], 640)
    assert report.rejects == [Reject("moving", 0, 1, "", Box(590, 10, 620, 110))]
    assert (report.rejected, report.spans) == ({"moving": 1}, 5)
    assert report.regions == (Region(500, 0, 100, 360, 32.0),)


# Seeing


class ColumnDetector:
    """Finds columns of bright ink."""

    def detect(self, luma: Luma) -> list[Box]:
        turned = np.ascontiguousarray(np.rot90(luma))
        return [box.standing(luma.shape[1]) for box in InkDetector().detect(turned)]


def columns_seen(
    *texts: Text, later: Sequence[Text] | None = None, detector: TextDetector | None = None
) -> list[Sighting]:
    """Columns in a pair of stills; without another detector, glyphs are found one by one."""
    first, second = (
        scene(1, *shown, size=SIZE)[0] for shown in (texts, texts if later is None else later)
    )
    found = sightings(Pair(first, second, 2.0), detector or InkDetector())
    return [each for each in found if each.is_column]


def test_a_column_is_seen_whole() -> None:
    text = upright("我在图书馆看书")
    (column,) = columns_seen(text)
    assert np.allclose(column.box, box_of(text, SIZE).scaled(2), atol=20)
    turned = column.lying(2 * SIZE[0])
    assert not turned.is_column
    assert turned.picture.shape == column.picture.shape[::-1]


def test_columns_side_by_side_are_several() -> None:
    assert len(columns_seen(upright(TEXTS[2]), detector=ColumnDetector())) == 2


def test_a_column_that_left_is_not_seen() -> None:
    assert columns_seen(upright("我在图书馆看书"), later=()) == []


@pytest.mark.parametrize("words", ["我", "我在"])
def test_what_is_hardly_taller_than_wide_is_no_column(words: str) -> None:
    assert columns_seen(upright(words)) == []


# Glyphs turned back


def span_of(words: str, font: str = "") -> Span:
    """A column as it is followed in a turned film."""
    style = replace(STYLE, font=font)
    text = Text(0, 1, words, style, RIGHT)
    (luma,) = scene(1, text, size=SIZE)
    box = box_of(text, SIZE).lying(SIZE[0])
    turned = np.ascontiguousarray(np.rot90(luma))
    around = Rect.around(box, turned.shape, 30, 12)
    picture = around.of(turned)
    found = Box(box.x0 - 3, box.y0 - 3, box.x1 + 3, box.y1 + 3)
    return Span(0, found, 0, 1_000_000, 25, picture, Box(*around), frame=picture)


def read(span: Span) -> str:
    (turned,) = to_be_read([span])
    assert turned.frame is not None and (turned.frame == turned.image).all()
    box = turned.box.moved(-turned.image_box.x0, -turned.image_box.y0)
    rgb = np.asarray(cv2.cvtColor(turned.image, cv2.COLOR_GRAY2RGB), np.uint8)
    return RapidEngine().read_at([rgb], [box])[0].text


@pytest.mark.parametrize(
    "words",
    ["我在图书馆看书", "二十三个人", "三月二日星期二", "没有人知道", "明天早上八点"],
)
def test_glyphs_are_read_whatever_gaps_they_have(words: str) -> None:
    assert read(span_of(words)) == words


@pytest.mark.parametrize("words", ["本を読んでいました", "どこにいたの", "ごめんなさい"])
def test_kana_are_read(words: str) -> None:
    assert read(span_of(words, "NotoSansCJKjp-subset.otf")) == words


def test_a_stroke_along_the_column_is_left_as_it_lies() -> None:
    """The long vowel mark is upright in a column, and a row has it level."""
    span = span_of("日日日")
    image = span.image.copy()
    pitch = round(1.08 * STYLE.size * SIZE[1])
    left = round(span.box.x0 - span.image_box.x0) + 1 + pitch  # of the second glyph
    middle = image.shape[0] // 2
    image[:, left : left + pitch] = 60
    for edge, luma in ((2, 0), (4, 255)):
        corner = left + pitch - edge - 1, middle + 6 - edge
        cv2.rectangle(image, (left + edge, middle - 6 + edge), corner, luma, -1)
    (turned,) = to_be_read([replace(span, image=image)])
    assert turned.image[middle - 2 : middle + 3, left + 4 : left + pitch - 4].min() == 255
    assert not (turned.image == image).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(8, 60), st.integers(8, 300), st.integers(0, 2**32 - 1), st.booleans())
def test_any_picture_keeps_its_shape(height: int, width: int, seed: int, flat: bool) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    image = np.full_like(noise, 90) if flat else noise
    box = Box(2, 2, width - 2, height - 2)
    span = Span(0, box, 0, 1, 1, image, Box(0, 0, width, height))
    (turned,) = to_be_read([span])
    assert turned.image.shape == image.shape
    assert turned.box.x0 <= box.x0 and box.x1 <= turned.box.x1
    assert not flat or turned is span


# What is kept


def row(text: str) -> Row:
    return Row(0, 1_000_000, FRAME_US, text, 0.99, Box(0, 0, 100, 20), 0)


@pytest.mark.parametrize("text", ["我在图书馆", "コーヒーを。", "第3章 ABC你好吗朋友"])
def test_chinese_and_japanese_are_kept(text: str) -> None:
    report = Report()
    assert list(of_columns([row(text)], report)) == [row(text)]
    assert report.rejects == []


@pytest.mark.parametrize("text", ["BAKERY", "12:30", "Il 1", "Où est-il?", "人 HOTEL"])
def test_other_text_lies_on_its_side(text: str) -> None:
    report = Report()
    assert list(of_columns([row(text)], report)) == []
    assert report.rejected == {"lying": 1}
    assert report.rejects[0].text == text


# A film


def spoken(
    words: Sequence[str], place: Place = RIGHT, more: Sequence[Text] = (), style: Style = STYLE
) -> Clip:
    """A second for each of the texts, of which it stands for 20 frames."""
    texts = [Text(25 * at + 5, 25 * at + 25, each, style, place) for at, each in enumerate(words)]
    return Clip(SIZE, (25 * len(words) + 10) / 25, footage(23), (*texts, *more))


def times(cues: Sequence[Cue]) -> list[tuple[int, int]]:
    return [(cue.start_us // FRAME_US, cue.end_us // FRAME_US) for cue in cues]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Cue]]:
    path = tmp_path_factory.mktemp("columns") / "film.mp4"
    low = Text(30, 75, "The lake was calm.", Style(0.068))
    high = Text(80, 105, "Nobody said a word.", Style(0.068))
    return path, render(spoken(TEXTS, more=(low, high)), path)


def test_columns_and_rows_are_read_to_the_frame(film: tuple[Path, list[Cue]]) -> None:
    path, truth = film
    cues, report = extract(path)
    found = list(cues)
    key = lambda cue: (cue.start_us, cue.lines)  # noqa: E731 - of both lists
    assert [(c.start_us, c.end_us, c.lines) for c in sorted(found, key=key)] == [
        (c.start_us, c.end_us, c.lines) for c in sorted(truth, key=key)
    ]
    assert found == sorted(found, key=lambda cue: cue.start_us)
    for cue in found:
        (true,) = [each for each in truth if each.lines == cue.lines]
        assert np.allclose(cue.place, true.place, atol=0.03)
        assert len(cue.proof.boxes) == len(cue.lines)
        assert cue.proof.frames == times([cue])[0]
    assert len(report.regions) == 2
    assert report.regions[1].height == SIZE[1] and report.regions[1].x > 400
    assert report.cues == len(truth)
    assert report.frames == 110


def test_places_tell_those_of_columns(film: tuple[Path, list[Cue]]) -> None:
    row_place, column = places_of(film[0])
    assert row_place.width == SIZE[0] and column.height == SIZE[1]


@pytest.mark.parametrize("region,count", [("60%,0,40%,80%", 4), ("0,0,40%,80%", 0)])
def test_columns_are_read_in_the_named_region_alone(
    film: tuple[Path, list[Cue]], region: str, count: int
) -> None:
    cues, _ = extract(film[0], Options(regions=(RegionSpec.parse(region),)))
    assert len(list(cues)) == count


def test_what_was_read_before_an_engine_failed_on_a_column_is_kept(
    film: tuple[Path, list[Cue]],
) -> None:
    rows, columns = ["The lake was calm."] * 2, ["你昨天晚上去", "哪里了", "我在图书馆看书"]
    answers = iter([*rows, *columns])

    def some(image: Image) -> list[Line]:
        text = next(answers, None)
        if text is None:
            raise EngineError("it broke")
        return [Line(text, None, 0.99)]

    engine = FakeEngine(some)
    engine.batch_size = 1
    cues, report = extract(film[0], engine=engine)
    with pytest.raises(EngineError):
        list(cues)
    assert {cue.text for cue in report.partial} >= {rows[0], columns[-1]}
    starts = [cue.start_us for cue in report.partial]
    assert starts == sorted(starts)


def bar(x: int, start_s: float, end_s: float) -> Overlay:
    """A lamp post: a bright bar with lamps at one pitch."""

    def draw(picture: Image, seconds: float) -> None:
        if start_s <= seconds < end_s:
            picture[30:300, x : x + 6] = 230
            for y in range(30, 300, 24):
                picture[y : y + 8, x - 9 : x + 15] = 240

    return draw


@pytest.mark.parametrize(
    "clip",
    [
        replace(spoken(()), duration_s=4.0, overlays=(bar(500, 0.2, 1.8), bar(500, 2.2, 3.8))),
        replace(spoken(()), duration_s=4.0, texts=(upright("我在图书馆看书", 5, 95),)),
        spoken(("BAKERYSHOP", "OPENALLDAY", "COFFEEBAR", "PARKING")),
    ],
    ids=["lamp posts", "one sign", "stacked letters"],
)
def test_what_merely_stands_upright_is_no_cue(clip: Clip, tmp_path: Path) -> None:
    render(clip, tmp_path / "a.mp4")
    cues, _ = extract(tmp_path / "a.mp4")
    assert list(cues) == []
