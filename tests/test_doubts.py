"""What makes a cue doubtful, told by hand-made cues."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidocr.evidence.characters import Usual, odd
from vidocr.evidence.doubts import DOUBTFUL, Doubt, Gap, doubts_of, total
from vidocr.model import Box, Change, Cue, Proof, Source, VideoInfo

FILM = VideoInfo(Path("film.mp4"), 1280, 720, 600_000_000, Fraction(25), 0)
PLAIN = Cue(10_000_000, 12_000_000, ("We have to go now.",))
ENGLISH = Usual(frozenset({"LATIN"}), frozenset())


def kinds(cue: Cue, *before: Cue, gaps: tuple[Gap, ...] = ()) -> list[str]:
    return [doubt.kind for doubt in doubts_of([*before, cue], FILM, gaps)[-1]]


def proven(cue: Cue, *others: str) -> Cue:
    return replace(cue, proof=Proof(alternatives=others))


def moved(cue: Cue, by_us: int) -> Cue:
    return replace(cue, start_us=cue.start_us + by_us, end_us=cue.end_us + by_us)


def oddities(text: str, language: str | None = None, usual: Usual = ENGLISH) -> list[str]:
    return [what for what, _, _ in odd(text, language, usual)]


def test_a_plain_cue_has_no_doubts() -> None:
    assert kinds(PLAIN) == []
    assert total(()) == 0


def test_doubts_add_up_and_never_pass_one() -> None:
    doubts = (Doubt("short", "", 0.3), Doubt("unsure", "", 0.5))
    assert total(doubts) == pytest.approx(0.65)


@pytest.mark.parametrize("confidence,doubtful", [(0.95, False), (0.89, True), (0.6, True)])
def test_an_unsure_engine_is_a_doubt(confidence: float, doubtful: bool) -> None:
    (doubts,) = doubts_of([replace(PLAIN, confidence=confidence)], FILM)
    assert (total(doubts) >= DOUBTFUL) is doubtful


@pytest.mark.parametrize(
    "other,doubtful",
    [
        ("We have to go new.", True),
        ("We have to go now", False),  # a mark alone
        ("have to go", False),  # as of a line that fades in
    ],
)
def test_another_reading_counts_as_much_as_it_differs(other: str, doubtful: bool) -> None:
    (doubts,) = doubts_of([proven(PLAIN, other)], FILM)
    assert [doubt.kind for doubt in doubts] == ["otherwise"]
    assert (total(doubts) >= DOUBTFUL) is doubtful


def test_what_a_step_changed_is_no_other_reading() -> None:
    read = "We have to go now.,"
    cleaned = replace(proven(PLAIN, read), changes=(Change("marks", read, PLAIN.text),))
    assert kinds(cleaned) == []


def test_a_translation_is_doubted_for_what_was_read() -> None:
    read = Source(("We have to go n0w",), "en", "server")
    assert kinds(replace(PLAIN, lines=("Wir müssen gehen.",), language="de", source=read)) == [
        "characters"
    ]


@pytest.mark.parametrize(
    "lived_ms,text,found",
    [
        (300, "Wait!", ["short"]),
        (700, "Wait!", []),
        (700, "We have to go before the rain comes.", ["fast"]),
        (700, "我们必须在下雨之前离开", []),
        (700, "我们必须在下雨之前离开这里去别的地方", ["fast"]),
        (13_000, "Wait!", ["long"]),
    ],
)
def test_times_that_nobody_would_choose(lived_ms: int, text: str, found: list[str]) -> None:
    assert kinds(Cue(0, lived_ms * 1000, (text,))) == found


def test_text_that_does_not_fit_its_place() -> None:
    wide = replace(PLAIN, proof=Proof(boxes=(Box(0.3, 0.85, 0.7, 0.92),)))
    assert kinds(wide) == []
    assert kinds(replace(wide, lines=("We",))) == ["size"]
    assert kinds(replace(wide, lines=("We",), changes=(Change("a", "b", "c"),))) == []


@pytest.mark.parametrize(
    "text,found", [("我在图书馆看书", []), ("看书", ["size"]), ("We have", ["size"])]
)
def test_a_column_is_measured_along_itself(text: str, found: list[str]) -> None:
    box = Box(0.9, 0.1, 0.93, 0.45)  # some seven times as high as wide
    column = replace(PLAIN, lines=(text,), place=box, proof=Proof(boxes=(box,)))
    assert kinds(column) == found


def test_the_one_cue_that_stands_elsewhere() -> None:
    cues = [moved(replace(PLAIN, lines=(f"Word {n} of them",)), 4_000_000 * n) for n in range(40)]
    cues[20] = replace(cues[20], place=Box(0.1, 0.4, 0.3, 0.45))
    strange = [at for at, doubts in enumerate(doubts_of(cues, FILM)) if doubts]
    assert strange == [20]
    few = [at for at, doubts in enumerate(doubts_of(cues[15:25], FILM)) if doubts]
    assert few == []


def test_a_line_that_is_not_centred_as_others_are() -> None:
    cues = [moved(replace(PLAIN, lines=(f"Word {n} of them",)), 4_000_000 * n) for n in range(40)]
    cues[20] = replace(cues[20], place=Box(0, 0.85, 0.9, 0.95))
    strange = [at for at, doubts in enumerate(doubts_of(cues, FILM)) if doubts]
    assert strange == [20]
    left = [
        replace(each, place=Box(0.1, 0.85, 0.1 + 0.02 * n, 0.95)) for n, each in enumerate(cues)
    ]
    assert not any(doubts_of(left, FILM))


def test_a_cue_that_says_the_same_again_or_stands_over_another() -> None:
    again = moved(replace(PLAIN, lines=("We have to go mow.",)), 2_300_000)
    assert kinds(again, PLAIN) == ["again"]
    assert kinds(moved(again, 2_000_000), PLAIN) == []
    over = moved(replace(PLAIN, lines=("Another one here",)), 1_000_000)
    assert kinds(over, PLAIN) == ["again"]
    assert kinds(replace(over, place=Box(0.1, 0.05, 0.9, 0.12)), PLAIN) == []


def test_missing_frames_beside_a_cue() -> None:
    assert kinds(PLAIN, gaps=(Gap(11_900_000, 12_900_000),)) == ["damage"]
    assert kinds(PLAIN, gaps=(Gap(12_200_000, 12_900_000),)) == []


def test_flags_come_first() -> None:
    flagged = replace(PLAIN, flags=("not translated: no answer",), confidence=0.7)
    assert kinds(flagged) == ["flag", "unsure"]


@pytest.mark.parametrize(
    "text,found",
    [
        ("It costs $5 & more — 100% sure… «yes»", []),
        ("♪ Sing with me ♪", []),
        ("McDonald and MacLeod saw DeVito at 7pm", []),
        ("He | said", ["|"]),
        ("I kn0w what", ["kn0w"]),
        ("I will teLl you", ["teLl"]),
        ("You nowHave it", ["nowHave"]),
        ("You and l are here", ["l"]),
        ("It's Jack's, don't", []),
        ("Sсhool", ["Sсhool"]),  # the second letter is Cyrillic
        ("Anythingthatyoueverwantedtosay", ["Anythingthatyoueverwantedtosay"]),
        ("Где ты", ["Где", "ты"]),
        ("now\x00then", ["\x00"]),
    ],
)
def test_odd_characters(text: str, found: list[str]) -> None:
    assert oddities(text) == found


@pytest.mark.parametrize(
    "text,language,found",
    [
        ("Где ты", "ru", []),
        ("Где DVD", "ru", []),
        ("我们 OK", "ru", ["我们"]),
        ("私はここにいる", "ja", []),
        ("私はここ", "zh", []),  # it shares a script with Chinese
        ("Bonjour", "xx", []),
        ("Где", "xx", ["Где"]),  # of a language that nobody knows: what the film shows counts
    ],
)
def test_scripts_are_those_of_the_language(text: str, language: str, found: list[str]) -> None:
    assert oddities(text, language) == found


def test_a_letter_that_comes_once_in_a_long_film_is_odd() -> None:
    texts = ["Nothing but plain words here"] * 80 + ["A cafė"]
    assert oddities("A cafė", usual=Usual.of(texts)) == ["ė"]
    assert oddities("A cafė", usual=Usual.of(texts[-20:])) == []
    assert oddities("A café", usual=Usual.of([*texts, *["café"] * 3])) == []


def test_two_languages_of_one_film_are_both_usual() -> None:
    usual = Usual.of(["Where are you", "Где ты теперь"])
    assert usual.scripts == {"LATIN", "CYRILLIC"}
    assert oddities("Где ты", usual=usual) == []


@given(st.lists(st.text(min_size=1), min_size=1, max_size=8))
def test_any_text_gets_its_doubts(texts: list[str]) -> None:
    cues = [replace(moved(PLAIN, 3_000_000 * n), lines=(text,)) for n, text in enumerate(texts)]
    for doubts in doubts_of(cues, FILM):
        assert all(0 < doubt.weight < 1 for doubt in doubts)
        assert 0 <= total(doubts) < 1
