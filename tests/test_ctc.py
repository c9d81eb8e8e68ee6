"""From a recogniser's probabilities to text, on tables made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidocr.ocr.ctc import Alphabet, confidence, decoded, words

ALPHABET = Alphabet(("blank", *"abceilnrstuJLW-–—\"“”'‘’áßčęíłňřšťů♪∫，我", " "))


def table(*columns: dict[str, float]) -> NDArray[np.float32]:
    """Each column's chances; what is left is the blank's."""
    rows = np.zeros((len(columns), len(ALPHABET.characters)), np.float32)
    for row, column in zip(rows, columns, strict=True):
        for character, chance in column.items():
            row[ALPHABET.characters.index(character)] = chance
        row[0] += 1 - row.sum()
    return rows


def spelt(text: str) -> list[dict[str, float]]:
    """Columns that say a text for sure, each character followed by a blank."""
    return [column for character in text for column in ({character: 0.99}, {})]


def text_of(*columns: dict[str, float]) -> str:
    return "".join(glyph.character for glyph in decoded(table(*columns), ALPHABET))


@given(st.text(st.sampled_from(ALPHABET.characters[1:-1])))
def test_what_is_sure_is_read_as_it_is(text: str) -> None:
    assert text_of(*spelt(text)) == text


def test_columns_of_one_character_are_one_unless_a_blank_parts_them() -> None:
    assert text_of({"t": 0.9}, {"t": 0.8}, {"e": 0.9}, {}, {"e": 0.9}) == "tee"


def test_a_line_is_as_sure_as_its_characters() -> None:
    glyphs = decoded(table({"t": 0.9}, {}, {"e": 0.7}), ALPHABET)
    assert confidence(glyphs) == pytest.approx(0.8)
    assert confidence(()) == 0
    assert [glyph.column for glyph in glyphs] == [0, 2]


@pytest.mark.parametrize(
    "plain,rare",
    [("-", "–"), ("-", "—"), ("t", "ť"), ("l", "ł"), ("i", "í"), ("∫", "♪"), ("J", "♪")],
)
def test_a_rarer_character_needs_less_to_be_taken(plain: str, rare: str) -> None:
    assert text_of(*spelt("a"), {plain: 0.9, rare: 0.03}, {}, *spelt("n")) == f"a{rare}n"
    assert text_of(*spelt("a"), {plain: 0.9}, {rare: 0.03}, *spelt("n")) == f"a{rare}n"
    assert text_of(*spelt("a"), {plain: 0.9, rare: 0.01}, {}, *spelt("n")) == f"a{plain}n"


def test_marks_that_were_read_are_not_exchanged_for_others() -> None:
    assert text_of({"č": 0.5, "c": 0.4}) == "č"


def test_the_quotes_of_a_line_are_all_straight_or_all_curly() -> None:
    opening, closing = {'"': 0.9, "“": 0.01}, {'"': 0.9, "”": 0.007}
    said = spelt("nein")
    assert text_of(opening, {}, *said, closing) == "“nein”"
    assert text_of(opening, {}, *said) == '"nein'  # one alone is too little
    straight = {'"': 0.9, "”": 0.0001}
    assert text_of(opening, {}, *said, straight) == '"nein"'
    assert text_of({"'": 0.9, "’": 0.02}, {}, *said) == "’nein"


def test_a_space_is_read_that_no_column_holds() -> None:
    assert text_of(*spelt("ein"), {" ": 0.15}, {" ": 0.15}, *spelt("ei")) == "ein ei"
    assert text_of(*spelt("ein"), {" ": 0.15}, *spelt("ei")) == "einei"
    assert text_of({"a": 0.99}, {"-": 0.6, " ": 0.35}, {"b": 0.99}) == "a -b"


def test_what_is_left_of_a_space_is_no_other() -> None:
    assert text_of({"a": 0.99}, {" ": 0.99}, {"b": 0.6, " ": 0.35}, {}, {"c": 0.99}) == "a bc"
    assert text_of({"a": 0.99}, {}, {"b": 0.6, " ": 0.35}, {" ": 0.99}, {"c": 0.99}) == "ab c"


def test_notes_at_the_ends_are_read_where_they_were_passed_over() -> None:
    note = {"J": 0.2, "♪": 0.03}
    assert text_of({}, note, {}, {}, *spelt("la la"), {}, note) == "♪ la la ♪"
    assert text_of({}, {"♪": 0.01}, {}, {}, *spelt("la")) == "la"


def test_a_gap_before_a_word_tells_how_likely_it_is_empty() -> None:
    columns = [{}, {"i": 0.2}, {}, *spelt("an"), {" ": 0.9}, {}, {"c": 0.1}, {}, *spelt("es")]
    glyphs = decoded(table(*columns), ALPHABET)
    assert [(at, after) for at, after in words(glyphs)] == [(0, 0), (3, 6)]
    assert [round(glyph.passed, 2) for glyph in glyphs] == [0.2, 0, 0, 0.1, 0]


@given(st.lists(st.lists(st.floats(0, 1), min_size=8, max_size=8), max_size=12))
def test_any_table_is_decoded_in_order(values: list[list[float]]) -> None:
    rows = np.zeros((len(values), len(ALPHABET.characters)), np.float32)
    if values:
        rows[:, [0, 1, 2, 5, 17, 20, 23, -1]] = np.array(values, np.float32) + 1e-3
        rows /= rows.sum(axis=1, keepdims=True)
    glyphs = decoded(rows, ALPHABET)
    at = [glyph.column for glyph in glyphs]
    assert at == sorted(at)
    assert all(0 <= glyph.probability <= 1.001 for glyph in glyphs)
