import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidocr.text import (
    agree,
    differing_extents,
    fits,
    is_ideographic,
    letters,
    runs_leftward,
    similarity,
    tidy,
)


@pytest.mark.parametrize(
    "text,expected",
    [
        ("  two \t words\n", "two words"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("全角　空白", "全角 空白"),
        ("\u00a0", ""),
        ("", ""),
    ],
)
def test_text_is_tidied(text: str, expected: str) -> None:
    assert tidy(text) == expected


@given(st.text())
def test_tidy_text_stays_as_it_is(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert once == once.strip() and "\n" not in once


@pytest.mark.parametrize(
    "text,expected",
    [
        ("- Don't go!", "dontgo"),
        ("Größe: 12", "größe12"),
        ("你好，世界。", "你好世界"),
        ("snake_case", "snakecase"),
        ("…?! —", ""),
        ("Куда Ты, пошёл?", "кудатыпошёл"),
        ("무슨 말을!", "무슨말을"),
        ("أين ذهبت، يا صديقي؟", "أينذهبتياصديقي"),
        ("कि, की।", "किकी"),  # vowels are marks
        ("ที่นี่", "ที่นี่"),
        ("\u2764\ufe0f!", ""),  # a mark, but of no letter
    ],
)
def test_letters_are_letters_and_digits_in_lower_case(text: str, expected: str) -> None:
    assert letters(text) == expected


def test_similarity_is_the_share_of_letters_in_common() -> None:
    assert similarity("Hello, there!", "hello there") == 1
    assert similarity("abcd", "wxyz") == 0
    assert similarity("room 214", "room 215") == pytest.approx(6 / 7)
    assert similarity("", "") == 1


@given(st.text(), st.text())
def test_similarity_is_symmetric_and_a_share(a: str, b: str) -> None:
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, b) == pytest.approx(similarity(b, a))


def test_differing_extents_say_where_along_the_line() -> None:
    ((start, end),) = differing_extents("Room 214", "Room 215")
    assert 0.8 < start < end == pytest.approx(1)
    ((start, end),) = differing_extents("他在家", "你在家")
    assert (start, end) == pytest.approx((0, 1 / 3))
    ((start, end),) = differing_extents("abc", "abcd")
    assert (start, end) == pytest.approx((1, 1))
    assert differing_extents("two words", "twowords") == []
    assert differing_extents("", "") == []


def test_differing_extents_run_from_the_left_also_where_text_does_not() -> None:
    ((start, end),) = differing_extents("غرفة 214", "غرفة 215")
    assert start == pytest.approx(0) and end < 0.25
    ((start, end),) = differing_extents("غرفة", "عرفة")
    assert (start, end) == pytest.approx((0.75, 1))
    first, second = differing_extents("ابجد", "ثبجذ")
    assert first[1] <= second[0]


@pytest.mark.parametrize(
    "text,expected",
    [("我在看书", True), ("コーヒー。", True), ("第3章 OK", False), ("3人の OK", False),
     ("第三章: NASA的人", True), ("Hello", False), ("12:30", False), ("", False)],
)  # fmt: skip
def test_most_letters_say_whether_a_text_is_ideographic(text: str, expected: bool) -> None:
    assert is_ideographic(text) is expected


def test_marks_above_letters_take_no_width() -> None:
    ((start, end),) = differing_extents("ที่นะ", "ที่นา")
    assert (start, end) == pytest.approx((2 / 3, 1))


@pytest.mark.parametrize(
    "text,expected",
    [("مرحبا OK", True), ("- «שלום»", True), ("Привет", False), ("12:30", False), ("", False)],
)
def test_the_first_letter_says_which_way_a_line_runs(text: str, expected: bool) -> None:
    assert runs_leftward(text) is expected


@given(st.text(), st.text())
def test_differing_extents_lie_within_the_line(a: str, b: str) -> None:
    extents = differing_extents(a, b)
    assert all(0 <= start <= end <= 1 + 1e-9 for start, end in extents)
    assert bool(extents) == (a.replace(" ", "") != b.replace(" ", ""))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Where is the captain?", "where is the captaln"),
        ("我爱你们", "我爱你门"),
        ("今天天气好", "今天夫气好"),
        ("Yes.", "Yea."),
        ("No.", "NO"),
        ("♪ ♪", "♪ ♪"),
        ("嗯", "嗯。"),
    ],
)
def test_readings_of_one_text_agree(a: str, b: str) -> None:
    assert agree(a, b) and agree(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Where is the captain?", "Nobody said a word."),
        ("No.", "Na."),
        ("嗯", "好"),
        ("45", "46"),
        ("", ""),
        ("♪", "..."),
        ("Yes.", "Not."),
        ("It is here", ""),
    ],
)
def test_readings_of_different_texts_do_not(a: str, b: str) -> None:
    assert not agree(a, b) and not agree(b, a)


@pytest.mark.parametrize(
    ("text", "aspect", "can_be"),
    [
        ("Where is the captain?", 8.0, True),
        ("Where is the captain?", 2.0, False),
        ("No.", 8.0, False),
        ("你昨天晚上去哪里了", 7.0, True),
        ("字", 1.0, True),
        ("...", 1.0, True),
    ],
)
def test_a_text_has_to_fit_where_it_stands(text: str, aspect: float, can_be: bool) -> None:
    assert fits(text, aspect) == can_be
