import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.openai_server import Fault, OpenAIServer, free_port
from tests.translators import (
    BAD,
    FINE,
    Chat,
    asked,
    cue,
    cues,
    entries,
    glossary_in,
    honest,
    in_german,
    reply,
    sentence,
)
from vidocr.errors import TranslationError, UsageError
from vidocr.model import Cue
from vidocr.translation import (
    NOT_TRANSLATED,
    Glossary,
    Outcome,
    StoppedError,
    Term,
    Wishes,
    translated,
)
from vidocr.translation.openai import OpenAITranslator

KEY = "sk-very-secret-1234"


def translator(server: OpenAIServer | str, model: str = "ocr", **how: Any) -> OpenAITranslator:
    url = server if isinstance(server, str) else server.url
    return OpenAITranslator(
        url, model, **{"backoff_s": 0.01, "timeout_s": 10.0, "batch": 5, "in_flight": 4, **how}
    )


def german(
    server: OpenAIServer, given: list[Cue], wishes: Wishes | None = None, **how: Any
) -> Outcome:
    with_ = translator(server, **how)
    try:
        return translated(given, with_, "de", wishes or Wishes())
    finally:
        with_.close()


def is_right(before: Cue, after: Cue) -> bool:
    """Whether a cue is the same, and either translated as it should or marked."""
    if after.source is None:
        kept = replace(before, flags=after.flags)
        return after == kept and after.flags[-1].startswith(NOT_TRANSLATED)
    done = replace(after, lines=before.lines, language=before.language, source=None, flags=())
    return done == before and after.text == in_german(before.text)


def by_turns(*chats: Chat) -> Chat:
    """One after the other, then always the last."""
    lock, left = threading.Lock(), list(chats)

    def chat(body: dict[str, Any]) -> dict[str, Any] | str | None:
        with lock:
            now = left.pop(0) if len(left) > 1 else left[0]
        return now(body)

    return chat


@pytest.fixture(autouse=True)
def no_threads_are_left() -> Iterator[None]:
    yield
    assert not [each for each in threading.enumerate() if each.name.startswith("translation")]


# What is sent


def test_the_lines_of_a_scene_go_together_with_what_was_said_before_and_after() -> None:
    given = cues(12, scene=12)
    with OpenAIServer(chat=honest) as server:
        german(server, given, Wishes(before=2, after=1))
    first, second, third = server.seen.bodies
    assert [len(asked(body)) for body in (first, second, third)] == [5, 5, 2]
    assert first["model"] == "ocr" and first["temperature"] == 0
    assert first["response_format"]["json_schema"]["strict"] is True
    system, user = second["messages"]
    assert "from English into German" in system["content"] and system["role"] == "system"
    context = [{"text": sentence(n), "translation": in_german(sentence(n))} for n in (3, 4)]
    lines = [{"id": n - 4, "text": sentence(n)} for n in range(5, 10)]
    script = [*context, *lines, {"text": sentence(10)}]
    assert json.loads(user["content"]) == {"script": script}


def test_the_tone_is_asked_for() -> None:
    with OpenAIServer(chat=honest) as server:
        german(server, cues(1), tone="as sailors speak")
    assert "as sailors speak" in server.seen.bodies[0]["messages"][0]["content"]


def test_the_report_counts_requests_and_tokens() -> None:
    with OpenAIServer(chat=honest) as server:
        report = german(server, cues(16)).report
    assert (report.cues, report.translated, report.untranslated) == (16, 16, ())
    assert report.requests == len(server.seen.bodies) == 4
    assert (report.tokens_in, report.tokens_out) == (400, 40)


def test_the_source_names_the_translator() -> None:
    with OpenAIServer(chat=honest) as server:
        (done,) = german(server, cues(1)).cues
    assert done.language == "de"
    assert done.source is not None
    assert (done.source.lines, done.source.language) == ((sentence(0),), "en")
    assert done.source.translator == "openai:ocr"


# What is answered


@pytest.mark.parametrize("way", FINE)
def test_a_reply_that_leaves_no_doubt_is_taken(way: str) -> None:
    with OpenAIServer(chat=FINE[way]) as server:
        done, report = german(server, cues(8))
    assert [each.text for each in done] == [in_german(sentence(n)) for n in range(8)]
    assert report.requests == 2


@pytest.mark.parametrize("way", BAD)
def test_a_bad_reply_is_asked_for_again(way: str) -> None:
    given = cues(8)
    with OpenAIServer(chat=by_turns(BAD[way], honest)) as server:
        done, report = german(server, given, in_flight=1)
    assert [each.text for each in done] == [in_german(each.text) for each in given]
    assert report.translated == 8 and report.requests > 2


@pytest.mark.parametrize("way", BAD)
def test_where_all_replies_are_bad_each_cue_is_marked_and_keeps_its_text(way: str) -> None:
    given = cues(7, scene=7)
    with OpenAIServer(chat=BAD[way]) as server:
        done, report = german(server, given)
    assert all(map(is_right, given, done))
    marked = [number for number, each in enumerate(done) if each.flags]
    assert [each.number for each in report.untranslated] == marked
    assert report.translated == 7 - len(marked)
    # Of lines merged, the first one is as it should where it is asked for alone.
    assert len(marked) == (0 if way in ("merged",) else 7)


def test_one_line_that_is_never_translated_costs_no_other() -> None:
    given = cues(16)

    def chat(body: dict[str, Any]) -> str:
        found = entries(body)
        poison = [entry for entry in found if "ü" + sentence(5).split()[0] in entry["text"]]
        return "I'd rather not." if poison else reply(found)

    with OpenAIServer(chat=chat) as server:
        done, report = german(server, given)
    assert all(map(is_right, given, done))
    assert [(each.number, each.start_us) for each in report.untranslated] == [
        (5, given[5].start_us)
    ]
    assert done[5].flags == ("not translated: the reply has no complete list in JSON",)
    assert report.untranslated[0].why == "the reply has no complete list in JSON"


def test_a_refusal_in_the_place_of_a_line_is_that_lines_own() -> None:
    def chat(body: dict[str, Any]) -> str:
        found = entries(body)
        for entry in found:
            if sentence(2).split()[0] in entry["text"]:
                entry["text"] = "As an AI model, I cannot translate this."
        return reply(found)

    given = cues(5)
    with OpenAIServer(chat=chat) as server:
        done, report = german(server, given)
    assert all(map(is_right, given, done))
    assert [each.number for each in report.untranslated] == [2]
    assert report.requests == 3  # the line alone, and once more


def test_a_reply_that_ran_out_of_tokens_is_not_taken() -> None:
    with OpenAIServer(chat=honest, finish="length") as server:
        done, report = german(server, cues(1))
    assert done[0].flags == ("not translated: the reply was cut off",)
    assert report.requests == 2


def test_numbers_that_moved_are_seen() -> None:
    given = [cue(0, "He was born in 1945."), cue(1, "And died in the north.")]

    def chat(body: dict[str, Any]) -> str:
        if len(asked(body)) == 1:
            return honest(body)
        texts = ("Im Norden", "Geboren ist er 1945.")
        return reply([e | {"text": t} for e, t in zip(entries(body), texts, strict=True)])

    with OpenAIServer(chat=chat) as server:
        done = german(server, given).cues
    assert all(map(is_right, given, done)) and not done[0].flags


def test_speakers_keep_their_lines() -> None:
    given = [cue(0, "- Where are you\ngoing?\n- Home."), cue(1, "One line\nthat was broken.")]
    with OpenAIServer(chat=honest) as server:
        done = german(server, given).cues
    assert done[0].lines == ("- ü- üWhere üare üyou ügoing?", "- ü- üHome.")
    assert done[1].lines == ("üOne üline üthat üwas übroken.",)


# What happens on the way


FAULTS = {
    "429": Fault(429, headers={"Retry-After": "0"}),
    "500": Fault(500),
    "503": Fault(503),
    "413": Fault(413),
    "400": Fault(400, body=b'{"error": {"message": "content filter"}}'),
    "dropped": Fault(drop=True),
    "cut": Fault(cut=True),
    "no JSON": Fault(200, body=b"<html>Welcome</html>"),
    "other JSON": Fault(200, body=b'{"choices": []}'),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_failure_that_passes_costs_no_cue(kind: str) -> None:
    given = cues(8)
    with OpenAIServer(chat=honest, fault=lambda n: FAULTS[kind] if n == 0 else None) as server:
        done, report = german(server, given)
    assert [each.text for each in done] == [in_german(each.text) for each in given]
    assert report.translated == 8


@pytest.mark.parametrize("kind", FAULTS)
def test_a_failure_that_stays_leaves_marked_cues(kind: str) -> None:
    given = cues(2)
    with OpenAIServer(chat=honest, fault=lambda n: FAULTS[kind]) as server:
        done, report = german(server, given, tries=2)
    assert all(map(is_right, given, done))
    assert len(report.untranslated) == 2


def test_a_server_that_hangs_is_given_up_in_time() -> None:
    given = cues(2)
    with OpenAIServer(chat=honest, fault=lambda n: Fault(delay_s=60)) as server:
        began = time.monotonic()
        done, report = german(server, given, timeout_s=0.1)
        assert time.monotonic() - began < 5
    assert all(map(is_right, given, done))
    assert "did not answer: " in report.untranslated[0].why


def test_a_request_that_hangs_is_sent_again() -> None:
    hang = Fault(delay_s=60)
    with OpenAIServer(chat=honest, fault=lambda n: hang if n == 0 else None) as server:
        report = german(server, cues(2), timeout_s=0.3).report
    assert report.translated == 2


def test_when_to_come_back_is_heeded() -> None:
    later = Fault(429, headers={"Retry-After": "1"})
    with OpenAIServer(chat=honest, fault=lambda n: later if n == 0 else None) as server:
        began = time.monotonic()
        report = german(server, cues(2)).report
    assert report.translated == 2 and 0.9 < time.monotonic() - began < 5


_KINDS = st.sampled_from([*BAD.values(), *FINE.values(), honest])
_FAULTS = st.one_of(st.none(), st.sampled_from([*FAULTS.values()]))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 24),
    st.integers(1, 9),
    st.lists(_KINDS, max_size=25),
    st.lists(_FAULTS, max_size=25),
    st.sampled_from([honest, BAD["prose"], BAD["moved"], BAD["copied"]]),
)
def test_whatever_the_server_does_each_cue_is_there_and_is_right_or_marked(
    count: int, scene: int, ways: list[Chat], faults: list[Fault | None], last: Chat
) -> None:
    given = cues(count, scene)
    turns = by_turns(*ways, last)
    fault = dict(enumerate(faults)).get
    with OpenAIServer(chat=turns, fault=fault) as server:
        try:
            done, report = german(server, given, tries=3, backoff_s=0.001)
        except StoppedError as error:
            done, report = error.outcome
    assert len(done) == len(given) and all(map(is_right, given, done))
    assert [each.number for each in report.untranslated] == [
        number for number, each in enumerate(done) if each.source is None
    ]
    assert report.translated + len(report.untranslated) == count


# Many at once


def test_order_is_kept_whatever_comes_first() -> None:
    given = cues(120, scene=4)
    with OpenAIServer(chat=honest, fault=lambda n: Fault(delay_s=(n * 7 % 5) * 0.01)) as server:
        done = german(server, given, in_flight=8).cues
        assert 4 < server.seen.most_at_once <= 8
    assert [each.text for each in done] == [in_german(each.text) for each in given]


def test_many_at_once_take_as_much_less_time() -> None:
    given = cues(64, scene=4)
    with OpenAIServer(chat=honest, fault=lambda n: Fault(delay_s=0.2)) as server:
        began = time.monotonic()
        report = german(server, given, in_flight=16).report
        took_s = time.monotonic() - began
    assert report.requests == 16
    assert took_s < 16 * 0.2 / 2


def test_a_scene_without_end_is_parted() -> None:
    given = cues(200, scene=200)
    with OpenAIServer(chat=honest, fault=lambda n: Fault(delay_s=0.05)) as server:
        german(server, given)
        assert server.seen.most_at_once > 1


# What a server does not take


@pytest.mark.parametrize(
    "refusal",
    [
        (400, "Unrecognized request argument supplied: {}"),
        (422, "Extra inputs are not permitted: body.{}"),
        (400, "json_schema is not supported by this model"),
        (400, "Bad request"),
        (501, "not implemented"),
    ],
)
def test_a_server_without_a_format_is_asked_in_words(
    refusal: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    fields = {"model", "messages", "max_tokens", "temperature"}
    given = cues(16)
    with (
        caplog.at_level(logging.WARNING),
        OpenAIServer(chat=honest, fields=fields, refusal=refusal) as server,
    ):
        done, report = german(server, given, in_flight=1)
    assert all(map(is_right, given, done)) and report.translated == 16
    assert ["response_format" in body for body in server.seen.bodies] == [True] + [False] * 4
    assert report.notes == (
        "the server takes no response_format: it was asked for JSON in words alone",
    )
    assert "takes no response_format: left out" in caplog.text


def test_a_model_that_takes_no_temperature_gets_none() -> None:
    fields = {"model", "messages", "response_format"}
    words = "Unsupported parameter: {}; use max_completion_tokens, temperature is fixed"
    with OpenAIServer(chat=honest, fields=fields, refusal=(400, words)) as server:
        report = german(server, cues(2)).report
    assert report.translated == 2 and not report.notes


def test_a_filter_is_not_taken_for_a_server_without_a_format() -> None:
    refused = Fault(400, body=b'{"error": "content filter"}')
    with OpenAIServer(chat=honest, fault=lambda n: refused if n < 2 else None) as server:
        report = german(server, cues(2)).report
    assert report.translated == 2 and not report.notes


# What stops all


def test_a_server_that_is_not_there_is_said_to_be_missing() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(TranslationError, match="can't be reached.*--translator-url") as error:
        translator(url)
    assert error.value.exit_code == 7


def test_a_wrong_key_stops_all_and_is_not_shown() -> None:
    with OpenAIServer(chat=honest, key=KEY) as server:
        with pytest.raises(TranslationError, match="key was refused.*--translator-key") as error:
            translator(server, api_key="sk-wrong")
        assert "sk-wrong" not in str(error.value)
        good = translator(server, api_key=KEY)
        server.key = "another"
        with pytest.raises(StoppedError, match="key was refused") as error:
            translated(cues(3), good, "de")
        assert KEY not in str(error.value)


def test_a_missing_model_stops_all() -> None:
    with (
        OpenAIServer(models=("a", "b")) as server,
        pytest.raises(TranslationError, match="no model 'c'.*--translator-model: a, b"),
    ):
        translator(server, "c")
    with OpenAIServer(chat=honest) as server:
        gone = translator(server)
        server.models = ("other",)
        with pytest.raises(StoppedError, match="no model 'ocr'"):
            translated(cues(3), gone, "de")


def test_a_model_need_not_be_named_where_there_is_one() -> None:
    with OpenAIServer(models=("only",)) as server:
        assert translator(server, "").name == "openai:only"
    with OpenAIServer(models=("a", "b")) as server, pytest.raises(UsageError, match="a, b"):
        translator(server, "")


def test_a_server_that_only_fails_stops_all_and_what_was_there_is_kept() -> None:
    given = cues(40)
    with OpenAIServer(chat=honest, fault=lambda n: Fault(500) if n >= 3 else None) as server:
        with pytest.raises(StoppedError, match="8 requests failed.*failed with 500") as error:
            german(server, given, in_flight=1, tries=1)
        assert len(server.seen.bodies) == 11
    done, report = error.value.outcome
    assert all(map(is_right, given, done))
    assert report.translated >= 8 and report.translated + len(report.untranslated) == 40


@pytest.mark.parametrize(
    ("fails", "sent"),
    [
        (lambda number: Fault(500), 8 + 7 * 2),  # never anything else
        (lambda number: Fault(500) if number else None, 1 + 8 * 8),  # it has worked
        (lambda number: None if number == 8 else Fault(500), 8 + 1 + 8 * 8),  # it came back
        (lambda number: Fault(429, headers={"Retry-After": "0"}), 8 * 8),  # it is there, and busy
    ],
)
def test_a_server_that_has_never_worked_is_not_waited_for_as_long(
    fails: Callable[[int], Fault | None], sent: int
) -> None:
    with OpenAIServer(chat=honest, fault=fails) as server:
        with pytest.raises(StoppedError, match="8 requests failed, one after the other") as error:
            german(server, cues(40, 40), in_flight=1, tries=8, backoff_s=0.001)
        assert len(server.seen.bodies) == sent
    done, report = error.value.outcome
    assert error.value.may_pass and report.translated + len(report.untranslated) == len(done) == 40


def test_a_server_that_is_tried_once_is_not_tried_more_often_then() -> None:
    with OpenAIServer(chat=honest, fault=lambda number: Fault(500)) as server:
        with pytest.raises(StoppedError):
            german(server, cues(40, 40), in_flight=1, tries=1)
        assert len(server.seen.bodies) == 8


def test_a_server_that_goes_away_in_the_middle_stops_all() -> None:
    given = cues(200)

    def fault(number: int) -> Fault:
        if number == 20:
            threading.Thread(target=server.stop).start()
        return Fault(delay_s=0.02)

    with OpenAIServer(chat=honest, fault=fault) as server:
        with_ = translator(server, tries=2)
        with pytest.raises(StoppedError, match="server http") as error:
            translated(given, with_, "de")
    done, report = error.value.outcome
    assert all(map(is_right, given, done)) and 0 < report.translated < 200


def test_an_interrupt_does_not_wait_for_a_server_that_hangs() -> None:
    def fault(number: int) -> Fault:
        if number == 1:
            threading.Timer(0.1, with_.interrupt).start()
        return Fault(delay_s=60)

    with OpenAIServer(chat=honest, fault=fault) as server:
        with_ = translator(server, timeout_s=60, in_flight=2)
        began = time.monotonic()
        with pytest.raises(StoppedError, match="given up"):
            translated(cues(16), with_, "de")
        assert time.monotonic() - began < 5


def test_a_person_who_interrupts_does_not_wait_either() -> None:
    def fault(number: int) -> Fault:
        if number == 3:
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        return Fault(delay_s=60)

    with OpenAIServer(chat=honest, fault=fault) as server:
        with_ = translator(server, timeout_s=60)
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            translated(cues(40), with_, "de")
        assert time.monotonic() - began < 5
        assert len(server.seen.bodies) == 4


# Terms and lengths


def test_terms_are_told_and_looked_for() -> None:
    glossary = Glossary((Term("bakedi", "Ding", "a thing"), Term("never said", "nie")))
    given = [cue(0, "The bakedi fell."), cue(1, "It broke.")]

    def chat(body: dict[str, Any]) -> str:
        found = entries(body)
        for line, entry in zip(asked(body), found, strict=True):
            if "demands" in line:
                assert line["demands"] == ['"bakedi" must be translated as "Ding".']
                assert line["rejected"] == "üThe übakedi üfell."
                entry["text"] = "Das Ding fiel."
        return reply(found)

    with OpenAIServer(chat=chat) as server:
        done, report = translated(given, translator(server), "de", glossary=glossary)
    assert [each.text for each in done] == ["Das Ding fiel.", "üIt übroke."]
    term = {"source": "bakedi", "target": "Ding", "note": "a thing"}
    assert [glossary_in(body) for body in server.seen.bodies] == [[term], [term]]
    assert report.flagged == 0 and not done[0].flags


def test_a_shorter_version_is_asked_for_once() -> None:
    def chat(body: dict[str, Any]) -> str:
        def shorter(line: dict[str, Any]) -> str:
            assert line["characters"] == 10  # 2 s at 5 a second
            if "demands" not in line:
                return "viel zu lang für die Zeit"
            return "Kurz." if line["text"] == "Short." else "immer noch zu lang"

        texts = [shorter(line) for line in asked(body)]
        return reply([e | {"text": t} for e, t in zip(entries(body), texts, strict=True)])

    given = [cue(0, "Short."), cue(9, "Never to be said in short.")]
    with OpenAIServer(chat=chat) as server:
        done, report = german(server, given, Wishes(max_cps=5))
    assert done[0].text == "Kurz." and not done[0].flags
    assert done[1].text == "immer noch zu lang"
    assert done[1].flags == ("too long: 18 characters, of which 10 can be read",)
    assert report.flagged == 1 and report.requests == 4
