import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.translators import Fake, cue, cues, in_german, sentence
from vidocr.errors import TranslationError, UsageError
from vidocr.model import Box, Cue, Proof
from vidocr.translation import (
    Answer,
    Glossary,
    Neighbour,
    Pace,
    Reply,
    Request,
    StoppedError,
    Term,
    Wishes,
    translated,
)
from vidocr.translation.languages import named, same
from vidocr.translation.scenes import scenes
from vidocr.translation.speech import fitted, says_something, text_of

NEVER = Answer(why="it has no words for that")


def texts(given: Sequence[Cue]) -> list[str]:
    return [each.text for each in given]


# What comes out


def test_all_but_the_text_stays() -> None:
    before = replace(
        cue(3, "Two\nlines"),
        place=Box(0.2, 0.1, 0.8, 0.2),
        confidence=0.7,
        proof=Proof("rapid", (Box(0, 0, 1, 1),), ("Two lanes",), (3, 9), (b"jpeg",)),
        flags=("unsure",),
    )
    fake = Fake()
    (after,) = translated([before], fake, "de").cues
    assert after.lines == ("üTwo ülines",)
    assert after.source is not None and after.source.lines == ("Two", "lines")
    kept = replace(after, lines=before.lines, language="en", source=None)
    assert kept == before and kept.proof.pictures == (b"jpeg",)
    assert fake.calls[0][0].pictures == (b"jpeg",)


def test_what_needs_no_translation_is_left_alone() -> None:
    given = [
        cue(0, "Schon gut.", language="de"),
        cue(1, "Grüezi.", language="de-CH"),
        cue(2, "♪ ♪"),
        cue(3, "- 1945 -"),
        cue(4, "Said."),
    ]
    fake = Fake()
    done, report = translated(given, fake, "de")
    assert done[:4] == given[:4] and fake.texts == ["Said."]
    assert (report.cues, report.translated, report.left) == (5, 1, 4)


def test_the_language_may_be_told_for_cues_that_do_not_tell_theirs() -> None:
    fake = Fake()
    given = [cue(0, "One.", language=None), cue(9, "Two.", language="fr")]
    translated(given, fake, "de", Wishes(source="EN"))
    assert [request.source for call in fake.calls for request in call] == ["en", "fr"]
    assert translated(given[:1], fake, "de", Wishes(source="de")).report.left == 1


@pytest.mark.parametrize("code", ["German", "", "xx", "d", "de;"])
def test_a_target_that_is_no_language_is_refused(code: str) -> None:
    with pytest.raises(UsageError, match="target: .* is no code of a language"):
        translated(cues(1), Fake(), code)


def test_no_cues_are_no_work() -> None:
    fake = Fake()
    done, report = translated([], fake, "de")
    assert done == [] and fake.calls == [] and report.cues == 0


def test_a_cue_that_is_not_translated_keeps_its_text_and_says_why() -> None:
    given = cues(6)
    fake = Fake(lambda request: NEVER if request.text == sentence(4) else Answer("Ja."))
    done, report = translated(given, fake, "de")
    why = "it has no words for that"
    assert done[4] == replace(given[4], flags=(f"not translated: {why}",))
    assert report.untranslated == ((4, given[4].start_us, why),)
    assert fake.texts.count(sentence(4)) == 1  # it would say the same


def test_what_may_pass_is_asked_twice_and_the_second_time_more_firmly() -> None:
    fake = Fake(lambda request: Answer(why="it was in a mood", again=True))
    done, report = translated(cues(1), fake, "de")
    assert [call[0].demands for call in fake.calls] == [
        (),
        ("An earlier answer can't be used: it was in a mood.",),
    ]
    assert done[0].flags == ("not translated: it was in a mood",)
    assert (report.requests, report.tokens_in, report.tokens_out) == (2, 10, 4)


def test_speakers_who_lost_their_line_are_asked_again() -> None:
    talk = cue(0, "- Who?\n- Me.")
    fake = Fake(lambda request: Answer("Wer? Ich." if not request.demands else "- Wer?\n- Ich."))
    done = translated([talk], fake, "de").cues
    assert done[0].lines == ("- Wer?", "- Ich.")
    fake = Fake(lambda request: Answer("Wer? Ich."))
    done = translated([talk], fake, "de").cues
    assert done[0].flags == ("not translated: it did not come in 2 lines, one for each speaker",)


def test_halves_of_characters_harm_nobody() -> None:
    given = [cue(0, "Broken \ud83d here"), cue(1, "Whole")]
    fake = Fake(lambda r: Answer("kaputt \ud83d") if r.text == "Whole" else Answer("gut"))
    done = translated(given, fake, "de").cues
    assert fake.texts[0] == "Broken ? here" and done[0].text == "gut"
    assert done[1].flags == ("not translated: it holds halves of characters",)


def test_a_translator_that_loses_count_is_an_error() -> None:
    class Loser(Fake):
        def translate(self, requests: Sequence[Request]) -> Reply:
            return Reply(super().translate(requests).answers[1:])

    with pytest.raises(TranslationError, match="fake failed: it answered 3 of 4 cues"):
        translated(cues(4), Loser(), "de")


def test_an_error_leaves_what_was_there_and_marks_the_rest() -> None:
    def answer(request: Request) -> Answer:
        if request.text == sentence(6):
            raise TranslationError("the model is gone", may_pass=True)
        return Answer(in_german(request.text))

    given = cues(10, scene=10)
    with pytest.raises(StoppedError, match="the model is gone") as error:
        translated(given, Fake(answer, Pace(2, 1, 1)), "de")
    assert error.value.may_pass and error.value.exit_code == 7
    done, report = error.value.outcome
    assert texts(done[:6]) == [in_german(sentence(n)) for n in range(6)]
    assert done[6:] == [
        replace(each, flags=("not translated: the model is gone",)) for each in given[6:]
    ]
    assert report.translated == 6 and len(report.untranslated) == 4


def test_a_bug_is_not_hidden() -> None:
    def answer(request: Request) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        translated(cues(10), Fake(answer), "de")


# Scenes, context and pace


def test_context_rolls_inside_of_a_scene_alone() -> None:
    fake = Fake(pace=Pace(2, 1, 1))
    translated(cues(8, scene=4), fake, "de", Wishes(before=3, after=1))

    def known(number: int) -> Neighbour:
        return Neighbour(sentence(number), in_german(sentence(number)))

    calls = {call[0].text: call for call in fake.calls}
    one, two = calls[sentence(4)]
    assert (one.before, one.after) == ((), ())
    assert (two.before, two.after) == ((), (Neighbour(sentence(6)),))
    one, two = calls[sentence(6)]
    assert one.before == (known(4), known(5)) and two.after == ()


def test_what_lies_between_is_context_too() -> None:
    given = cues(3, scene=3)
    given[1] = replace(given[1], language="de")
    fake = Fake()
    translated(given, fake, "de")
    one, three = fake.calls[0]
    assert three.before == one.after == (Neighbour(sentence(1)),)


def test_a_call_holds_cues_of_as_many_scenes_as_the_pace_says() -> None:
    fake = Fake(pace=Pace(1, 3, 1))
    given = cues(12, scene=3)
    done = translated(given, fake, "de").cues
    assert texts(done) == [in_german(each.text) for each in given]
    assert [len(call) for call in fake.calls] == [3, 3, 3, 3]
    for call in fake.calls:
        for request in call:
            number = next(n for n in range(12) if sentence(n) == request.text)
            assert [each.text for each in request.before] == [
                sentence(n) for n in range(number // 3 * 3, number)
            ]
            assert all(each.translation for each in request.before)


def test_no_more_calls_are_under_way_than_the_pace_says() -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def answer(request: Request) -> Answer:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1
        return Answer("Ja.")

    translated(cues(40, scene=2), Fake(answer, Pace(1, 1, 5)), "de")
    assert 2 < most[0] <= 5


def test_the_order_of_cues_is_not_that_of_their_starts() -> None:
    given = cues(20, scene=5)[::-1]
    assert texts(translated(given, Fake(), "de").cues) == [in_german(each.text) for each in given]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 50)), max_size=80),
    st.integers(0, 60),
    st.integers(1, 12),
)
def test_scenes_part_all_cues_by_their_silences(
    times: list[tuple[int, int]], gap_us: int, most: int
) -> None:
    given = [Cue(start, start + length, ("x",)) for start, length in times]
    found = scenes(given, gap_us, most)
    flat = [number for scene in found for number in scene]
    assert flat == sorted(range(len(given)), key=lambda number: (times[number][0], number))
    assert all(1 <= len(scene) <= most for scene in found)
    runs = [0]  # cues that no longer silence parts
    for number, before in zip(flat[1:], range(1, len(flat)), strict=True):
        end_us = max(given[each].end_us for each in flat[:before])
        if given[number].start_us - end_us > gap_us:
            runs.append(before)
    starts = list(accumulate(map(len, found), initial=0))[:-1]
    assert not given or set(runs) <= set(starts)
    for low, high in pairwise([*runs, len(given)]):
        assert high - low > most or sum(low <= start < high for start in starts) == bool(given)


_WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_CUES = st.lists(
    st.tuples(
        st.integers(0, 10**9),
        st.integers(1, 10**8),
        st.lists(_WORDS, min_size=1, max_size=3),
        st.sampled_from(["en", "de", "zh", None, "nonsense!"]),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(_CUES)
def test_cue_in_is_cue_out(made: list[tuple[int, int, list[str], str | None]]) -> None:
    given = [
        Cue(start, start + long, tuple(lines), language=lang) for start, long, lines, lang in made
    ]

    def answer(request: Request) -> Answer:
        kind = (len(request.text) + len(request.demands)) % 4
        if kind == 0:
            return Answer(why="no", again=True)
        return Answer(why="never") if kind == 1 else Answer(in_german(request.text) or "x")

    done, report = translated(given, Fake(answer), "de", Wishes(max_cps=15))
    assert len(done) == len(given)
    for before, after in zip(given, done, strict=True):
        assert (after.start_us, after.end_us, after.place) == (
            before.start_us,
            before.end_us,
            before.place,
        )
        assert after.lines and all(after.lines)
        if after.source is None:
            assert after.lines == before.lines
        else:
            assert after.source.lines == before.lines and after.language == "de"
    counts = (report.translated, report.from_memory, report.left, len(report.untranslated))
    assert sum(counts) == len(given)


# Lines and languages


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("I went", "home."), "I went home."),
        (("我回", "家了"), "我回家了"),
        (("私は", "Tokyoへ"), "私は Tokyoへ"),
        (("나는", "집에"), "나는 집에"),
        (("- Who?", "- Me."), "- Who?\n- Me."),
        (("Who?", "– Me", "and you."), "Who?\n– Me and you."),
        (("- Only one", "speaks."), "- Only one speaks."),
        (("", "  two  ", ""), "two"),
        (("",), ""),
    ],
)
def test_wrapped_lines_are_one_and_speakers_keep_theirs(lines: tuple[str, ...], text: str) -> None:
    assert text_of(lines) == text


def test_a_translation_has_the_lines_of_its_text() -> None:
    assert fitted("Ein\nSatz.", "A sentence.") == "Ein Satz."
    assert fitted("Wer?\nIch.", "- Who?\n-Me.") == "- Wer?\n-Ich."
    assert fitted("– Wer?\n\n– Ich.", "- Who?\n- Me.") == "– Wer?\n– Ich."
    assert fitted("Wer? Ich.", "- Who?\n- Me.") is None
    assert fitted("\n", "A sentence.") is None


def test_notes_and_figures_say_nothing() -> None:
    assert [says_something(each) for each in ("♪", "12:30", "...", "a", "我", "हाँ", "")] == [
        *[False] * 3, *[True] * 3, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("en", "en", True),
        ("en-GB", "en", True),
        ("pt-PT", "pt-BR", False),
        ("zh", "zh-Hans", True),
        ("zh", "zh-Hant", False),
        ("zh-TW", "zh-Hant", True),
        ("sr-Latn", "sr", False),
        ("yue", "zh", False),
        (None, "en", False),
        ("no such!", "en", False),
    ],
)
def test_languages_are_alike_in_one_script_and_no_two_regions(
    one: str | None, other: str, alike: bool
) -> None:
    assert same(one, other) is alike


def test_languages_have_names() -> None:
    assert named("zh") == "Chinese (Simplified)"
    assert named("zh-Hant", "zh") == "中文（繁体）"
    assert (named("pt-BR"), named("no such!")) == ("Portuguese (Brazil)", "no such!")


# Terms and lengths


def test_a_translator_that_heeds_no_demands_is_asked_once() -> None:
    glossary = Glossary((Term("ship", "Schiff"),))
    fake = Fake(lambda request: Answer("Das Boot ist da."), takes_demands=False)
    given = [cue(0, "The ship is here.")]
    done, report = translated(given, fake, "de", Wishes(max_cps=3), glossary=glossary)
    assert done[0].flags == (
        "glossary: ship should be Schiff",
        "too long: 16 characters, of which 6 can be read",
    )
    assert len(fake.calls) == 1 and report.flagged == 1
    assert fake.calls[0][0].terms == glossary.terms


def test_of_two_versions_the_one_that_lacks_less_is_taken() -> None:
    glossary = Glossary((Term("ship", "Schiff"), Term("red", "rot")))

    def answer(request: Request) -> Answer:
        return Answer("Nichts davon." if request.demands else "Das rote Schiff ist rot.")

    given = [cue(0, "The red ship.")]
    done = translated(given, Fake(answer), "de", Wishes(max_cps=7), glossary=glossary).cues
    assert done[0].text == "Das rote Schiff ist rot."
    assert done[0].flags == ("too long: 24 characters, of which 14 can be read",)


def test_a_better_version_that_never_comes_costs_no_translation() -> None:
    glossary = Glossary((Term("ship", "Schiff"),))
    fake = Fake(lambda r: Answer(why="no", again=True) if r.demands else Answer("Das Boot."))
    done, report = translated([cue(0, "The ship.")], fake, "de", glossary=glossary)
    assert (done[0].text, done[0].flags) == ("Das Boot.", ("glossary: ship should be Schiff",))
    assert report.translated == 1 and len(fake.calls) == 3
