import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidocr.model import Box, Line
from vidocr.ocr.answers import UNKNOWN_CONFIDENCE, Answer, clean, lines_of, repeats, spots_of


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Hello there.", "Hello there."),
        ("# Hello there.", "Hello there."),
        ("  first\n\n second ", "first\nsecond"),
        ("#hashtag", "#hashtag"),
        ("C# is a language", "C# is a language"),
        ("```\nHello\n```", "Hello"),
        ("♪ la la la ♪", "♪ la la la ♪"),
        ("Wait..........", "Wait.........."),
        ("————————————————", "————————————————"),
    ],
)
def test_what_models_add_goes_and_the_rest_stays(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    ["", " ", "没有文字", "无文字。", "图片中没有文字。", "图中没有任何字幕", "No text.", "no text",
     "There is no text in the image.", "No subtitles found", "(no text)"],
)  # fmt: skip
def test_prose_for_nothing_is_nothing(text: str) -> None:
    assert clean(text) == ""


@pytest.mark.parametrize(
    "text", ["没有", "无", "None.", "Empty", "No.", "No text messages, please.", "没有文字能形容"]
)
def test_lines_that_only_begin_like_it_are_kept(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("unit", ["哈", "ab", "Come on! ", "x" * 255 + "y"])
def test_an_answer_that_was_cut_off_in_a_circle_has_it_once(unit: str) -> None:
    (line,) = lines_of(Answer("Well, " + unit * 40, 0.99, cut_off=True))
    assert (line.text, line.confidence) == (("Well, " + unit).strip(), UNKNOWN_CONFIDENCE)


@pytest.mark.parametrize(
    "text",
    ["哈哈哈哈哈哈哈哈!", "Nooooooooooooo", "¥100000000", "La la la la la la la la la", "!" * 9],
)
def test_what_people_do_repeat_is_no_circle(text: str) -> None:
    assert repeats(text) == 0
    assert lines_of(Answer(text, 0.99)) == [Line(text, None, 0.99)]
    assert lines_of(Answer(text * 9, 0.99)) == [Line(text * 9, None, 0.99)]  # it came to an end


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 5), st.integers(32, 40))
def test_repeats_of_tokens_are_seen_behind_anything(
    before: list[int], unit: int, times: int
) -> None:
    repeated = list(range(10, 10 + unit)) * times
    assert repeats(before + repeated) == unit


@given(st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once_or_less(text: str) -> None:
    once = clean(text)
    assert len(clean(once)) <= len(once)
    assert not once.startswith((" ", "\n"))


def test_lines_have_no_boxes_and_an_answer_cut_off_is_unsure() -> None:
    assert lines_of(Answer("one\ntwo", 0.97)) == [Line("one", None, 0.97), Line("two", None, 0.97)]
    assert lines_of(Answer("one", 0.97, cut_off=True)) == [Line("one", None, UNKNOWN_CONFIDENCE)]
    assert lines_of(Answer("没有文字", 0.99)) == []


# Spots


def test_both_forms_of_spots_give_the_same_lines() -> None:
    plain = "Hello (again)(100,200),(300,400)Exit(0,0),(1000,1000)"
    objects = [
        {"box": [100, 200, 300, 400], "text": "Hello (again)"},
        {"box": [0, 0, 1000, 1000], "text": "Exit"},
    ]
    wanted = [
        Line("Hello (again)", Box(64, 72, 192, 144), 0.9),
        Line("Exit", Box(0, 0, 640, 360), 0.9),
    ]
    as_json = json.dumps(objects)
    pretty = json.dumps(objects, indent=2)
    for text in (plain, as_json, pretty, f"```json\n{as_json}\n```"):
        assert spots_of(Answer(text, 0.9), 640, 360) == wanted


CORNERS = st.tuples(
    st.integers(0, 499), st.integers(0, 499), st.integers(500, 1000), st.integers(500, 1000)
)
TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12).filter(
    lambda text: not text[-1].isdigit()
)


@given(st.lists(st.tuples(TEXTS, CORNERS), max_size=6))
def test_spots_written_are_spots_read(spots: list[tuple[str, tuple[int, int, int, int]]]) -> None:
    plain = "".join(f"{text}({a},{b}),({c},{d})" for text, (a, b, c, d) in spots)
    as_json = json.dumps([{"box": corners, "text": text} for text, corners in spots])
    for answer in (plain, as_json):
        found = spots_of(Answer(answer), 1000, 1000)
        assert [(line.text, line.box) for line in found] == [
            (text, Box(*corners)) for text, corners in spots
        ]


@given(st.lists(st.tuples(TEXTS, CORNERS), min_size=2, max_size=4), st.integers(1, 20))
def test_a_list_that_is_cut_off_gives_what_came_before(
    spots: list[tuple[str, tuple[int, int, int, int]]], cut: int
) -> None:
    objects = [{"box": corners, "text": text} for text, corners in spots]
    whole = spots_of(Answer(json.dumps(objects)), 1000, 1000)
    part = spots_of(Answer(json.dumps(objects)[:-cut]), 1000, 1000)
    assert part == whole[: len(part)] and len(part) >= len(whole) - 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[{"box": [0, 0, NaN, 9], "text": "a"}]',
        "Hello",
        "[{",
        '[{"text": "a"}]',
        '[{"box": [1, 2], "text": "a"}]',
        "a(9,9),(1,1)",
    ],
)
def test_what_has_no_box_is_no_spot(text: str) -> None:
    assert spots_of(Answer(text), 100, 100) == []


@given(st.text(max_size=80))
def test_no_answer_breaks_the_parser(text: str) -> None:
    for line in [*spots_of(Answer(text), 640, 360), *spots_of(Answer("[{" + text), 640, 360)]:
        assert line.box is not None and 0 <= line.box.x0 < line.box.x1 <= 640
