"""From the cues of a film to its tracks: languages, translation, cleaning."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.translators import Fake
from vidocr import tracks
from vidocr.errors import TranslationError, UsageError
from vidocr.film_translation import FilmTranslation, make_translator, memory_path
from vidocr.finishing import Finished, Finishing, finishing
from vidocr.model import Cue
from vidocr.options import Options
from vidocr.translation import Answer, Reply, Request

S = 1_000_000
CHINESE = ("湖面那天很平静。", "我们划着小船出去。", "没有人说话。", "然后风又回来了。")
ENGLISH = (
    "The lake was calm that day.",
    "We took the small boat out.",
    "Nobody said a word to us.",
    "Then the wind came back again.",
)


def cue(number: int, *lines: str) -> Cue:
    return Cue(3 * number * S, (3 * number + 2) * S, lines)


STACKED = [cue(number, *pair) for number, pair in enumerate(zip(CHINESE, ENGLISH, strict=True))]
SPOKEN = [cue(number, text) for number, text in enumerate(ENGLISH)]


def german(request: Request) -> Answer:
    return Answer(f"de({request.text})")


@pytest.fixture
def done(tmp_path: Path) -> Callable[..., Finished]:
    def make(cues: list[Cue], answer: Fake | None = None, **options: object) -> Finished:
        options.setdefault("translation_memory", str(tmp_path / "memory.sqlite"))
        wanted = Options(**options)  # type: ignore[arg-type]  # as the test gives them
        if not wanted.translate:
            return Finishing(wanted).finished(cues)
        with FilmTranslation(wanted, answer or Fake(german)) as translation:
            return Finishing(wanted, translation).finished(cues)

    return make


def texts(finished: Finished) -> dict[str, list[str]]:
    return {each.tag: [cue.text for cue in each.cues] for each in finished.products}


def times(finished: Finished) -> dict[str, list[tuple[int, int]]]:
    return {each.tag: [(c.start_us, c.end_us) for c in each.cues] for each in finished.products}


def test_without_wishes_the_cues_stay_as_they_were_read(done: Callable[..., Finished]) -> None:
    (product,) = done(STACKED).products
    assert (product.tag, product.language, list(product.cues)) == ("", None, STACKED)


def test_languages_are_told_where_a_format_tells_them() -> None:
    (product,) = Finishing(Options(), tell_languages=True).finished(SPOKEN).products
    assert product.language == "en"
    assert [cue.language for cue in product.cues] == ["en"] * 4


def test_a_track_for_each_language(done: Callable[..., Finished]) -> None:
    found = done(STACKED, split_languages=True)
    assert texts(found) == {"zh": list(CHINESE), "en": list(ENGLISH)}
    assert times(found)["zh"] == times(found)["en"] == [(c.start_us, c.end_us) for c in STACKED]


def test_one_language_is_kept_under_the_name_that_was_asked_for(
    done: Callable[..., Finished],
) -> None:
    assert texts(done(STACKED, keep="zh")) == {"": list(CHINESE)}
    assert texts(done(STACKED, keep="zho")) == {"": list(CHINESE)}


def test_a_translation_bears_the_name_and_what_was_said_stands_beside(
    done: Callable[..., Finished],
) -> None:
    found = done(SPOKEN, translate="de")
    assert texts(found) == {"": [f"de({text})" for text in ENGLISH], "en": list(ENGLISH)}
    assert [each.language for each in found.products] == ["de", "en"]
    assert found.translation is not None and found.translation.translated == 4


def test_a_language_that_is_burned_in_is_not_translated_again(
    done: Callable[..., Finished],
) -> None:
    fake = Fake(german)
    cues = [*STACKED[:2], cue(2, CHINESE[2]), cue(3, ENGLISH[3])]
    found = done(cues, fake, translate="en")
    assert texts(found)[""] == [*ENGLISH[:2], f"de({CHINESE[2]})", ENGLISH[3]]
    assert texts(found)["zh"] == list(CHINESE[:3])
    assert [request.text for call in fake.calls for request in call] == [CHINESE[2]]


@pytest.mark.parametrize("target", ["de", "zh"])
def test_speakers_of_two_languages_who_interrupt_each_other_are_all_translated(
    done: Callable[..., Finished], target: str
) -> None:
    others = [Cue(c.start_us + 1 * S, c.end_us + 1 * S, c.lines) for c in SPOKEN[1:]]
    talk = sorted(
        [*(cue(number, text) for number, text in enumerate(CHINESE)), *others],
        key=lambda cue: cue.start_us,
    )
    finished = done(talk, translate=target)
    assert times(finished)[""] == [(c.start_us, c.end_us) for c in talk]
    assert finished.translation is not None
    assert finished.translation.cues == len(talk)


@pytest.mark.parametrize("where", ["above", "below"])
def test_both_languages_in_one_track_and_each_by_itself(
    done: Callable[..., Finished], where: str
) -> None:
    found = texts(done(SPOKEN, translate="de", bilingual=where))
    translated = [f"de({text})" for text in ENGLISH]
    above, below = (translated, ENGLISH) if where == "above" else (ENGLISH, translated)
    assert found[""] == [f"{a}\n{b}" for a, b in zip(above, below, strict=True)]
    assert (found["en"], found["de"]) == (list(ENGLISH), translated)


def test_each_language_of_a_bilingual_track_is_broken_by_itself(
    done: Callable[..., Finished],
) -> None:
    found = done(SPOKEN[:1], translate="de", bilingual="below", line_chars=20)
    (both,) = texts(found)[""]
    assert both == "The lake was calm\nthat day.\nde(The lake was\ncalm that day.)"


def test_what_was_said_is_mended_before_it_is_translated(
    done: Callable[..., Finished], tmp_path: Path
) -> None:
    listed = tmp_path / "mend.csv"
    listed.write_text("lake,sea\n")
    found = texts(done(SPOKEN[:1], translate="de", replace=str(listed)))
    assert found == {"": ["de(The sea was calm that day.)"], "en": ["The sea was calm that day."]}


def test_a_cue_that_can_not_be_translated_keeps_its_text_and_is_marked(
    done: Callable[..., Finished],
) -> None:
    def half(request: Request) -> Answer:
        return german(request) if "boat" in request.text else Answer(why="it is shy")

    found = done(SPOKEN, Fake(half), translate="de")
    main = found.products[0].cues
    assert [cue.text for cue in main] == [ENGLISH[0], f"de({ENGLISH[1]})", *ENGLISH[2:]]
    assert [cue.flags for cue in main] == [
        () if number == 1 else ("not translated: it is shy",) for number in range(4)
    ]


def test_where_translation_stops_what_was_read_is_kept(done: Callable[..., Finished]) -> None:
    class Gone(Fake):
        def translate(self, requests: object) -> Reply:
            raise TranslationError("the server is gone")

    found = done(SPOKEN, Gone(), translate="de")
    assert texts(found) == {"en": list(ENGLISH)}
    assert found.error is not None and found.error.exit_code == 7


def test_a_second_film_is_not_paid_for_twice(done: Callable[..., Finished]) -> None:
    first, second = Fake(german), Fake(german)
    assert texts(done(SPOKEN, first, translate="de")) == texts(done(SPOKEN, second, translate="de"))
    assert (len(first.calls), second.calls) == (1, [])


def test_times_are_mended_alike_in_all_tracks(done: Callable[..., Finished]) -> None:
    found = done([replace(SPOKEN[0], end_us=S // 2)], translate="de", min_display_ms=1500)
    assert times(found) == {"": [(0, 1_500_000)], "en": [(0, 1_500_000)]}


def test_nothing_is_made_of_a_film_without_cues(done: Callable[..., Finished]) -> None:
    assert texts(done([], translate="de")) == {"": []}
    assert texts(done([], split_languages=True)) == {"und": []}


# What translates


def test_it_has_to_be_said_what_translates() -> None:
    with pytest.raises(UsageError, match="name a server with --translator-url"):
        make_translator(Options(translate="de"))
    with pytest.raises(UsageError, match="--translator-url"):
        make_translator(Options(translate="de", translator="openai"))


def test_what_is_no_language_is_refused_before_the_work() -> None:
    with (
        pytest.raises(UsageError, match="no code of a language"),
        finishing(Options(translate="?")),
    ):
        raise AssertionError("the block is not entered")


def test_the_memory_stands_in_the_cache_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert memory_path("") == tmp_path / "vidocr" / "translations.sqlite"
    assert memory_path("none") is None
    assert memory_path("mine.sqlite") == Path("mine.sqlite")


# Whatever is asked for


@st.composite
def films(draw: st.DrawFn) -> list[Cue]:
    """Cues of one language, the other or both, none of which overlap."""
    found, at_us = [], 0
    for _ in range(draw(st.integers(0, 8))):
        at_us += draw(st.integers(0, 2 * S))
        end_us = at_us + draw(st.integers(40_000, 5 * S))
        pair = draw(st.sampled_from(list(zip(CHINESE, ENGLISH, strict=True))))
        lines = draw(st.sampled_from([pair, pair[:1], pair[1:]]))
        found.append(Cue(at_us, end_us, lines))
        at_us = end_us
    return found


WISHES = st.fixed_dictionaries(
    {},
    optional={
        "split_languages": st.booleans(),
        "keep": st.sampled_from(["zh", "en"]),
        "translate": st.sampled_from(["de", "en"]),
        "bilingual": st.sampled_from(["above", "below"]),
        "line_chars": st.integers(10, 40),
        "min_display_ms": st.integers(1, 3000),
        "min_gap_ms": st.integers(1, 300),
        "max_cps": st.integers(5, 20),
    },
)


@given(cues=films(), wishes=WISHES, format=st.sampled_from(["srt", "vtt", "ass", "json"]))
@settings(max_examples=60)
def test_all_tracks_keep_their_order_and_times(
    cues: list[Cue], wishes: dict[str, object], format: str
) -> None:
    if "translate" not in wishes:
        wishes.pop("bilingual", None)
    options = Options(**wishes, translation_memory="none")  # type: ignore[arg-type]  # drawn to fit
    if options.translate:
        with FilmTranslation(options, Fake(german)) as translation:
            finished = Finishing(options, translation).finished(cues)
    else:
        finished = Finishing(options).finished(cues)
    for product in finished.products:
        read = tracks.parse(tracks.render(product.cues, format), format)
        assert len(read) == len(product.cues)
        assert all(0 <= cue.start_us < cue.end_us for cue in read)
        assert all(a.end_us <= b.start_us for a, b in pairwise(read))
        assert {cue.start_us // 10_000 for cue in read} <= {c.start_us // 10_000 for c in cues} | {
            (c.start_us + 5000) // 10_000 for c in cues
        }
