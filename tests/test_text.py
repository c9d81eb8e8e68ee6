import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidocr.text import differing_extents, letters, similarity, tidy


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


@given(st.text(), st.text())
def test_differing_extents_lie_within_the_line(a: str, b: str) -> None:
    extents = differing_extents(a, b)
    assert all(0 <= start <= end <= 1 + 1e-9 for start, end in extents)
    assert bool(extents) == (a.replace(" ", "") != b.replace(" ", ""))
