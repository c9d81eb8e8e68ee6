import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sentences import SENTENCES
from vidocr.delivery import Rules, cleaned
from vidocr.delivery.unspaced import width
from vidocr.model import Change, Cue


def broken(text: str, most: int, language: str | None = None, max_lines: int = 2) -> Cue:
    """A cue of lines parted by bars, with broken lines."""
    cue = Cue(0, 1_000_000, tuple(text.split("|")), language=language)
    (again,) = cleaned([cue], Rules(line_chars=most, max_lines=max_lines))
    return again


@pytest.mark.parametrize(
    ("text", "most", "language", "lines"),
    [
        (  # after a comma
            "I think we took a wrong turn, but nobody will ever admit it.",
            42,
            None,
            ["I think we took a wrong turn,", "but nobody will ever admit it."],
        ),
        (  # after a sentence, though the lines are less even
            "Wait here for me. I will go and ask the old man over there.",
            42,
            "en",
            ["Wait here for me.", "I will go and ask the old man over there."],
        ),
        (  # before a preposition, not after an article
            "He told me that the bridge was built by his grandfather in 1908.",
            42,
            "en",
            ["He told me that the bridge was built", "by his grandfather in 1908."],
        ),
        (
            "El hombre que vino a mi casa ayer por la noche era mi hermano.",
            42,
            "es",
            ["El hombre que vino a mi casa ayer", "por la noche era mi hermano."],
        ),
        (  # a title stays with the name
            "I was told so by our dear old Dr. Smith, who never lies.",
            38,
            "en",
            ["I was told so by our dear old", "Dr. Smith, who never lies."],
        ),
        ("one two three four", 10, None, ["one two", "three four"]),  # the lower line longer
        ("It's raining|again and|again", 42, "en", ["It's raining again and again"]),
        ("Tu ne viens donc jamais ici ?", 27, "fr", ["Tu ne viens", "donc jamais ici ?"]),
        ("Il dit : « Bonjour »", 12, "fr", ["Il dit :", "« Bonjour »"]),
        ("10\u00a0000 francs", 10, "fr", ["10\u00a0000", "francs"]),
        ("那只狗认识回家的路", 12, "zh", ["那只狗认识", "回家的路"]),
        (
            "散歩に行きましょう。ちょっと待ってください",
            24,
            "ja",
            ["散歩に行きましょう。", "ちょっと待ってください"],
        ),
        ("วันนี้อากาศดีมากเราไปเดินเล่น", 15, "th", ["วันนี้อากาศดีมาก", "เราไปเดินเล่น"]),
        ("오늘은 날씨가 좋아서 산책하러", 20, "ko", ["오늘은 날씨가", "좋아서 산책하러"]),
        ("لا أعرف أين هو، هل تعرف أنت؟", 20, "ar", ["لا أعرف أين هو،", "هل تعرف أنت؟"]),
    ],
)
def test_good_places(text: str, most: int, language: str | None, lines: list[str]) -> None:
    cue = broken(text, most, language)

    assert cue.flags == ()
    assert list(cue.lines) == lines
    assert cue.changes == (Change("line breaks", text.replace("|", "\n"), cue.text),)


@pytest.mark.parametrize(
    "text",
    [
        "Short line.|Another one.",  # as the film has it
        "今晚的星星特别亮",
        "e\u0301" * 20,  # marks take no room
    ],
)
def test_what_fits_stays(text: str) -> None:
    cue = broken(text, 20)

    assert cue.lines == tuple(text.split("|"))
    assert cue.changes == ()
    assert cue.flags == ()


def test_speakers_keep_their_lines() -> None:
    cue = broken("- Where have you been all this time?|- At home.|- I see.", 24, "en", 4)

    assert cue.lines == ("- Where have you", "been all this time?", "- At home.", "- I see.")


def test_languages_do_not_run_into_each_other() -> None:
    cue = broken("今晚的星星特别亮|The stars are very bright tonight, are they not?", 34, None, 3)

    assert cue.lines[0] == "今晚的星星特别亮"
    assert cue.lines[1:] == ("The stars are very bright tonight,", "are they not?")


def test_lines_without_spaces_are_joined_without() -> None:
    assert broken("今晚的|星星|特别亮", 20).lines == ("今晚的星星特别亮",)
    assert broken("one|two|three", 20).lines == ("one two three",)


def test_what_can_not_fit_stays_whole_and_is_flagged() -> None:
    text = "The quick brown fox jumps over the lazy dog|and again"

    cue = broken(text, 20)

    assert cue.text == text.replace("|", "\n")
    assert cue.flags == ("line length: 52 columns do not fit 2 lines of 20",)
    assert cue.changes == ()


def test_a_word_is_cut_only_where_it_is_longer_than_a_line() -> None:
    assert broken("Donaudampfschifffahrt", 12).lines == ("Donaudampfsc", "hifffahrt")
    assert broken("see Donaudampfschiff", 16).lines == ("see", "Donaudampfschiff")


CLOSING = "，。！？」』）》”…ー々っゃュ"
OPENING = "「『（《“"


@given(
    st.text("今晚的星星特别亮にはかな，。「」（）？…ーっ", min_size=4, max_size=40),
    st.integers(10, 30),
)
def test_no_line_begins_with_closing_marks_or_ends_with_opening_ones(text: str, most: int) -> None:
    lines = broken(text, most, max_lines=8).lines

    # A run of marks longer than a line has to be cut somewhere.
    for before, after in zip(lines, lines[1:], strict=False):
        if after[0] in CLOSING or before[-1] in OPENING:
            marks = before + after
            assert sum(width(char) for char in marks if char in CLOSING + OPENING) + 2 > most / 2


TEXTS = st.lists(
    st.text("abcdeé \u00a0-–.,?!«»今晚「」。かっ한กำ♪👍\u0301", min_size=1, max_size=50).filter(
        str.strip
    )
    | st.sampled_from([line for lines in SENTENCES.values() for line in lines]),
    min_size=1,
    max_size=4,
)


@given(
    TEXTS,
    st.integers(2, 45),
    st.integers(1, 5),
    st.sampled_from(["en", "fr", "zh", "ja", "th", "zh-Hant", None]),
)
def test_no_character_is_lost_and_again_changes_nothing(
    lines: list[str], most: int, max_lines: int, language: str | None
) -> None:
    rules = Rules(line_chars=most, max_lines=max_lines)
    cue = Cue(0, 1, tuple(lines), language=language)

    (once,) = cleaned([cue], rules)

    assert "".join("".join(once.lines).split()) == "".join("".join(lines).split())
    assert all(line.strip() for line in once.lines)
    fits = len(once.lines) <= max_lines and max(map(width, once.lines)) <= most
    assert fits != bool(once.flags)
    assert (once.lines == cue.lines) == (once.changes == ())
    assert cleaned([once], rules) == [once]


@given(st.lists(st.text("abcdefg'.,!?-", min_size=1, max_size=12), min_size=1, max_size=30))
def test_words_are_not_cut(words: list[str]) -> None:
    cue = broken(" ".join(words), 12, max_lines=40)

    assert " ".join(cue.lines).split() == words
