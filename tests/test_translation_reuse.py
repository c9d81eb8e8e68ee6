from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.translators import Fake, cue, cues
from vidocr.model import Cue, Source
from vidocr.translation import BURNED_IN, bilingual, reused, translated


def german(start_us: int, end_us: int, text: str = "Deutsch", language: str = "de") -> Cue:
    return Cue(start_us, end_us, (text,), language=language, confidence=0.5)


def test_lines_at_the_same_times_are_taken() -> None:
    given = cues(3)
    second = [german(each.start_us, each.end_us, f"Satz {n}") for n, each in enumerate(given)]
    done = reused(given, second[1:], "de")
    assert done[0] == given[0]
    for number in (1, 2):
        before = given[number]
        assert done[number] == replace(
            before,
            lines=(f"Satz {number}",),
            language="de",
            confidence=0.5,
            source=Source(before.lines, "en", BURNED_IN),
        )


def test_lines_of_another_language_are_not() -> None:
    given = cues(1)
    other = german(given[0].start_us, given[0].end_us, language="fr")
    assert reused(given, [other], "de") == given


def test_a_line_is_not_taken_twice() -> None:
    one, two = Cue(0, 100, ("One",), language="en"), Cue(100, 120, ("Two",), language="en")
    done = reused([one, two], [german(0, 120)], "de")
    assert [each.source is not None for each in done] == [True, False]


def test_a_line_that_shares_too_little_is_not_taken() -> None:
    assert reused([Cue(0, 100, ("One",), language="en")], [german(50, 150)], "de")[0].source is None


def test_what_is_in_the_language_already_stays() -> None:
    given = [german(0, 100, "Schon da")]
    assert reused(given, [german(0, 100)], "de") == given


def test_what_is_reused_is_not_translated_and_is_context() -> None:
    given = cues(3, scene=3)
    second = [german(given[1].start_us, given[1].end_us, "Aus dem Bild")]
    fake = Fake()
    done, report = translated(reused(given, second, "de"), fake, "de")
    assert done[1].text == "Aus dem Bild"
    assert (report.reused, report.translated, report.left) == (1, 2, 0)
    (call,) = fake.calls
    (known,) = call[1].before
    assert (known.text, known.translation) == (given[1].text, "Aus dem Bild")


_TIMES = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), max_size=20)


@settings(deadline=None)
@given(_TIMES, _TIMES)
def test_reusing_keeps_all_cues_and_takes_each_line_once(
    times: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    given = [Cue(start, start + long, ("x",), language="en") for start, long in times]
    second = [german(s, s + long, str(number)) for number, (s, long) in enumerate(others)]
    done = reused(given, second, "de")
    assert [(c.start_us, c.end_us) for c in done] == [(c.start_us, c.end_us) for c in given]
    taken = [each.text for each in done if each.source]
    assert len(taken) == len(set(taken))


def test_two_languages_stand_in_one_cue() -> None:
    said = Source(("Said", "before"), "en", "fake")
    done = replace(cue(0, "Gesagt"), language="de", source=said)
    left, same = cue(1, "Left"), replace(cue(2, "OK"), source=Source(("OK",), "en", "fake"))
    (above, *rest) = bilingual([done, left, same], "above")
    assert above == replace(done, lines=("Gesagt", "Said", "before")) and rest == [left, same]
    assert bilingual([done], "below")[0].lines == ("Said", "before", "Gesagt")
