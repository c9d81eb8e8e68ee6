import logging
import math
import random
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.openai_server import ALL, STANDARD, Fault, OpenAIServer, free_port, picture_in
from vidocr.errors import DependencyError, EngineError, UsageError, VidocrError
from vidocr.model import Image
from vidocr.ocr.answers import UNKNOWN_CONFIDENCE
from vidocr.ocr.endpoint import base_url
from vidocr.ocr.profiles import Task, profile_called
from vidocr.ocr.server import ServerEngine, answer_in

PROFILE = profile_called("hunyuanocr-1.5")
PROMPT = PROFILE.prompts[Task.SUBTITLE]
KEY = "sk-very-secret-1234"


def picture(number: int) -> Image:
    """A picture that tells its number."""
    return np.full((8, 40, 3), (number % 256, number // 256, 7), np.uint8)


def pictures(count: int) -> list[Image]:
    return [picture(number) for number in range(count)]


def number_of(image: Image, prompt: str) -> str:
    red, green, blue = image[0, 0].tolist()
    assert blue == 7
    return f"number {red + 256 * green}"


def numbers(count: int) -> list[str]:
    return [f"number {number}" for number in range(count)]


def engine(server: OpenAIServer | str, model: str = "ocr", **how: Any) -> ServerEngine:
    url = server if isinstance(server, str) else server.url
    settings: dict[str, Any] = {"profile": PROFILE, "backoff_s": 0.01, "timeout_s": 10.0}
    return ServerEngine(url, model, **{**settings, **how})


def texts(reader: ServerEngine, images: list[Image]) -> list[str]:
    return [" / ".join(line.text for line in lines) for lines in reader.read(images)]


def once(fault: Fault) -> Callable[[int], Fault | None]:
    """The fault at the first request alone."""
    return lambda number: fault if number == 0 else None


def always(fault: Fault) -> Callable[[int], Fault | None]:
    return lambda number: fault


def wait_for_threads() -> None:
    """Return once no thread sends requests any more, which has to be soon."""
    until = time.monotonic() + 5
    while any(thread.name.startswith("request") for thread in threading.enumerate()):
        assert time.monotonic() < until, "threads that send requests are left"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def no_threads_are_left() -> Iterator[None]:
    yield
    wait_for_threads()


# What is sent, and what is made of the answer


def test_the_request_is_that_of_the_models_authors() -> None:
    image = np.random.default_rng(5).integers(0, 256, (64, 320, 3), np.uint8)
    with OpenAIServer() as server:
        engine(server, max_new_tokens=99).read([image])
    (body,) = server.seen.bodies
    system, user = body.pop("messages")
    assert body == {
        "model": "ocr",
        "max_tokens": 99,
        "temperature": 0,
        "top_p": 1,
        "top_k": -1,
        "repetition_penalty": 1.08,
        "skip_special_tokens": True,
        "logprobs": True,
    }
    assert system == {"role": "system", "content": ""}
    assert user["role"] == "user"
    shown, asked = user["content"]
    assert asked == {"type": "text", "text": PROMPT}
    assert set(shown) == {"type", "image_url"} and set(shown["image_url"]) == {"url"}
    assert np.array_equal(picture_in(shown), image)
    assert server.seen.paths == ["/v1/models", "/v1/chat/completions"]


def test_a_model_without_a_system_turn_gets_none() -> None:
    with OpenAIServer() as server:
        engine(server, profile=profile_called("glm-ocr")).read(pictures(1))
    (body,) = server.seen.bodies
    assert [turn["role"] for turn in body["messages"]] == ["user"]
    assert body["messages"][0]["content"][1]["text"] == "Text Recognition:"


def test_a_line_is_scaled_as_the_model_wants_it_and_a_whole_picture_is_not() -> None:
    image = np.zeros((30, 100, 3), np.uint8)
    with OpenAIServer() as server:
        engine(server).read([image])
        engine(server).ask([image], "What is this?")
    shown = [body["messages"][-1]["content"][0] for body in server.seen.bodies]
    assert [picture_in(each).shape[:2] for each in shown] == [(64, 256), (30, 100)]


def test_any_prompt_can_be_asked() -> None:
    with OpenAIServer(lambda image, prompt: prompt[::-1]) as server:
        (answer,) = engine(server).ask(pictures(1), "Where?")
    assert answer.text == "?erehW"


def test_lines_have_no_boxes_and_the_confidence_of_their_tokens() -> None:
    with OpenAIServer(lambda image, prompt: "One\nTwo", logprobs=(-0.1, -0.2, -0.6)) as server:
        ((one, two),) = engine(server).read(pictures(1))
    assert (one.text, two.text) == ("One", "Two")
    assert one.box is None
    assert one.confidence == two.confidence == pytest.approx(math.exp(-0.3))


@pytest.mark.parametrize("logprobs", [None, (), (math.nan, -0.1), (-math.inf,)])
def test_confidence_is_unknown_where_the_server_tells_no_probabilities(
    logprobs: tuple[float, ...] | None,
) -> None:
    with OpenAIServer(logprobs=logprobs) as server:
        ((line,),) = engine(server).read(pictures(1))
    assert line.confidence == UNKNOWN_CONFIDENCE


@given(st.lists(st.floats(-50, 0), min_size=1, max_size=20))
def test_confidence_is_a_probability(logprobs: list[float]) -> None:
    tokens = [{"logprob": each} for each in logprobs]
    choice = {"message": {"content": "x"}, "logprobs": {"content": tokens}}
    confidence = answer_in({"choices": [choice]}).confidence
    assert 0 <= confidence <= 1
    assert min(logprobs) - 1e-6 <= math.log(max(confidence, 1e-300)) or confidence == 0


def test_an_answer_that_ran_out_of_tokens_is_cut_off_and_not_trusted() -> None:
    with OpenAIServer(finish="length", logprobs=(-0.01,)) as server:
        reader = engine(server)
        (answer,) = reader.ask(pictures(1), PROMPT)
        ((line,),) = reader.read(pictures(1))
    assert answer.cut_off
    assert line.confidence == UNKNOWN_CONFIDENCE


@pytest.mark.parametrize("prose", ["没有文字", "No text.", "", None])
def test_prose_for_no_text_is_no_line(prose: str | None) -> None:
    with OpenAIServer(lambda image, prompt: prose) as server:
        assert engine(server).read(pictures(1)) == [[]]


# Many at once


def test_the_order_is_that_of_the_pictures_whatever_comes_first() -> None:
    chance = random.Random(3)
    delays = [Fault(delay_s=chance.random() * 0.05) for _ in range(60)]
    with OpenAIServer(number_of, fault=delays.__getitem__) as server:
        assert texts(engine(server), pictures(60)) == numbers(60)
    assert server.seen.most_at_once > 4


@pytest.mark.parametrize("in_flight", [1, 3, 16])
def test_no_more_requests_are_under_way_than_asked_for(in_flight: int) -> None:
    with OpenAIServer(number_of, fault=always(Fault(delay_s=0.02))) as server:
        reader = engine(server, in_flight=in_flight)
        assert reader.batch_size == 4 * in_flight
        assert texts(reader, pictures(3 * in_flight)) == numbers(3 * in_flight)
    assert in_flight // 2 < server.seen.most_at_once <= in_flight


def test_the_bound_holds_for_two_callers_together() -> None:
    with OpenAIServer(number_of, fault=always(Fault(delay_s=0.02))) as server:
        reader = engine(server, in_flight=4)
        found: list[list[str]] = []
        callers = [
            threading.Thread(target=lambda: found.append(texts(reader, pictures(8))))
            for _ in range(2)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    assert found == [numbers(8)] * 2
    assert 2 < server.seen.most_at_once <= 4


def test_no_pictures_are_no_request() -> None:
    with OpenAIServer() as server:
        assert engine(server).read([]) == []
    assert server.seen.bodies == []


def test_hundreds_of_pictures_come_through_a_server_that_fails_every_fifth_time() -> None:
    chance = random.Random(11)
    kinds = (
        Fault(status=500),
        Fault(status=429, headers={"Retry-After": "0"}),
        Fault(status=503),
        Fault(drop=True),
        Fault(cut=True),
    )

    def fault(number: int) -> Fault | None:
        return chance.choice(kinds) if chance.random() < 0.2 else None

    with OpenAIServer(number_of, fault=fault) as server:
        reader = engine(server, tries=12)
        assert texts(reader, pictures(300)) == numbers(300)
    assert reader.counts["answers"] == 300
    assert reader.counts["retries"] == len(server.seen.bodies) - 300 > 30


# What passes


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(status=status) for status in (408, 429, 500, 502, 503, 504)),
        Fault(status=429, headers={"Retry-After": "soon"}),
        Fault(drop=True),
        Fault(cut=True),
        Fault(delay_s=30),
    ],
    ids=str,
)
def test_what_passes_is_tried_again(fault: Fault) -> None:
    with OpenAIServer(number_of, fault=once(fault)) as server:
        reader = engine(server, timeout_s=0.3 if fault.delay_s else 10.0)
        assert texts(reader, pictures(1)) == numbers(1)
    assert reader.counts == {"answers": 1, "retries": 1}
    assert len(server.seen.bodies) == 2


def test_a_server_that_says_when_to_come_back_is_obeyed() -> None:
    fault = Fault(status=429, headers={"Retry-After": "1"})
    with OpenAIServer(number_of, fault=once(fault)) as server:
        reader = engine(server)
        began = time.monotonic()
        assert texts(reader, pictures(1)) == numbers(1)
    assert 0.9 < time.monotonic() - began < 5


def test_a_server_that_wants_too_long_a_wait_is_not_obeyed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vidocr.ocr.endpoint._LONGEST_WAIT_S", 0.05)
    fault = Fault(status=503, headers={"Retry-After": "3600"})
    with OpenAIServer(number_of, fault=once(fault)) as server:
        assert texts(engine(server), pictures(1)) == numbers(1)


def test_waits_grow() -> None:
    with OpenAIServer(fault=lambda number: Fault(status=503) if number < 4 else None) as server:
        reader = engine(server, backoff_s=0.1)
        began = time.monotonic()
        reader.read(pictures(1))
    assert 0.1 + 0.2 + 0.4 < time.monotonic() - began < 0.85 + 2


# What doesn't


@pytest.mark.parametrize("status", [400, 405, 413, 500])
def test_a_failure_that_stays_is_an_error_that_quotes_the_server(status: int) -> None:
    fault = Fault(status=status, body=b"the card\n has \x07 burned down" + b"!" * 300)
    with OpenAIServer(fault=always(fault)) as server:
        reader = engine(server, tries=3)
        with pytest.raises(EngineError, match=rf"failed with {status}: the card has   burned") as e:
            reader.read(pictures(1))
    assert len(str(e.value)) < 450 and str(e.value).isprintable()
    assert len(server.seen.bodies) == (3 if status == 500 else 1)


def test_the_first_failure_ends_the_rest() -> None:
    def fault(number: int) -> Fault:
        return Fault(status=400) if number == 5 else Fault(delay_s=0.01)

    with OpenAIServer(number_of, fault=fault) as server:
        with pytest.raises(EngineError, match="failed with 400"):
            engine(server, in_flight=2).read(pictures(200))
        wait_for_threads()
        assert len(server.seen.bodies) < 20


def test_a_failure_does_not_wait_for_requests_that_hang() -> None:
    def fault(number: int) -> Fault:
        return Fault(status=400, delay_s=0.1) if number == 3 else Fault(delay_s=60)

    with OpenAIServer(fault=fault) as server:
        began = time.monotonic()
        with pytest.raises(EngineError, match="failed with 400"):
            engine(server, in_flight=4, timeout_s=60).read(pictures(4))
        assert time.monotonic() - began < 5
        wait_for_threads()
        assert len(server.seen.bodies) == 4


def test_after_a_failure_nothing_is_tried_again() -> None:
    def fault(number: int) -> Fault:
        later = {"Retry-After": "30"}
        return Fault(400, delay_s=0.1) if number == 3 else Fault(503, headers=later)

    with OpenAIServer(fault=fault) as server:
        with pytest.raises(EngineError, match="failed with 400"):
            engine(server, in_flight=4).read(pictures(4))
        wait_for_threads()
        assert len(server.seen.bodies) == 4


def test_other_callers_outlive_a_failure() -> None:
    with OpenAIServer(number_of, fault=lambda n: Fault(delay_s=0.3) if n < 4 else None) as server:
        reader = engine(server, in_flight=8)
        found: list[list[str]] = []
        other = threading.Thread(target=lambda: found.append(texts(reader, pictures(4))))
        other.start()
        while len(server.seen.bodies) < 4:
            time.sleep(0.01)
        server.fault = lambda n: Fault(status=400) if n == 4 else None
        with pytest.raises(EngineError):
            reader.read(pictures(1))
        other.join()
    assert found == [numbers(4)]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome</html>",
        b"",
        b"[]",
        b"null",
        b'{"choices": []}',
        b'{"choices": [{"message": {}}]}',
        b'{"choices": [{"message": {"content": 5}}]}',
        b'{"choices": [{"message": {"content": "x"}, "logprobs": {"content": [{}]}}]}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_answer_is_an_error(body: bytes) -> None:
    with (
        OpenAIServer(fault=always(Fault(status=200, body=body))) as server,
        pytest.raises(EngineError, match="no answer of a chat: .*OpenAI-compatible"),
    ):
        engine(server).read(pictures(1))


def test_a_server_that_goes_away_in_the_middle_is_said_to() -> None:
    with OpenAIServer(number_of, fault=always(Fault(delay_s=0.02))) as server:
        reader = engine(server, tries=2, in_flight=4)
        threading.Timer(0.2, server.stop).start()
        with pytest.raises(DependencyError, match=f"{server.url}.*stopped answering.*start it"):
            reader.read(pictures(400))


def test_a_server_that_hangs_for_ever_is_said_to() -> None:
    with OpenAIServer(fault=always(Fault(delay_s=60))) as server:
        reader = engine(server, tries=2, timeout_s=0.2)
        with pytest.raises(DependencyError, match="stopped answering: .*timed out"):
            reader.read(pictures(1))


def test_a_model_that_is_taken_away_is_a_missing_model() -> None:
    with OpenAIServer() as server:
        reader = engine(server)
        server.models = ("other",)
        with pytest.raises(DependencyError, match="it has no model 'ocr'.*--model"):
            reader.read(pictures(1))


def test_a_refusal_that_names_the_model_is_a_missing_model() -> None:
    body = b"""{"detail": "Server is pinned to '/models/a'; requested 'ocr'."}"""
    with (
        OpenAIServer(fault=always(Fault(status=400, body=body))) as server,
        pytest.raises(DependencyError, match="it has no model 'ocr'.*pinned to '/models/a'"),
    ):
        engine(server).read(pictures(1))


# Fields that a server does not know


@pytest.mark.parametrize("status", [400, 422])
def test_fields_that_the_server_refuses_are_left_out_from_then_on(status: int) -> None:
    refusal = (status, "Unrecognized request argument supplied: {}")
    with OpenAIServer(number_of, fields=STANDARD, refusal=refusal) as server:
        reader = engine(server, in_flight=1)
        assert texts(reader, pictures(3)) == numbers(3)
        assert [len(body) for body in server.seen.bodies] == [9, 8, 7, 6, 6, 6]
    assert set(server.seen.bodies[-1]) == STANDARD


def test_all_fields_that_are_refused_at_once_are_left_out_at_once() -> None:
    refusal = (422, "Unexpected fields in the request: {{'top_k', 'skip_special_tokens'}}")
    fields = ALL - {"top_k", "skip_special_tokens"}
    with OpenAIServer(number_of, fields=fields, refusal=refusal) as server:
        assert texts(engine(server), pictures(1)) == numbers(1)
    assert len(server.seen.bodies) == 2


def test_many_requests_at_once_may_find_out_about_a_field() -> None:
    with OpenAIServer(number_of, fields=STANDARD - {"logprobs"}) as server:
        reader = engine(server)
        found = reader.read(pictures(32))
    assert [line.text for (line,) in found] == numbers(32)
    assert {line.confidence for (line,) in found} == {UNKNOWN_CONFIDENCE}


def test_a_field_that_is_needed_is_not_left_out() -> None:
    with (
        OpenAIServer(fields=ALL - {"temperature"}) as server,
        pytest.raises(EngineError, match="failed with 400: .*temperature"),
    ):
        engine(server).read(pictures(1))
    assert len(server.seen.bodies) == 1


def test_a_server_that_names_a_field_whatever_is_sent_is_not_asked_for_ever() -> None:
    fault = Fault(status=400, body=b"top_k must be right")
    with (
        OpenAIServer(fault=always(fault)) as server,
        pytest.raises(EngineError, match="top_k must be right"),
    ):
        engine(server).read(pictures(1))
    assert len(server.seen.bodies) == 2


# Finding the server and its model


def test_a_server_that_is_down_is_said_to_at_once() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    with pytest.raises(DependencyError) as e:
        engine(url, backoff_s=5.0)
    assert time.monotonic() - began < 2
    for part in (url, "can't be reached", "refused", "configs/vllm.sh", "--server-url"):
        assert part in str(e.value)


def test_a_host_that_is_not_known_is_said_to() -> None:
    with pytest.raises(DependencyError, match="can't be reached"):
        engine("http://nowhere.invalid")


def test_a_server_that_is_still_loading_is_waited_for() -> None:
    with OpenAIServer(listing=Fault(status=503)) as server:
        threading.Timer(0.1, lambda: setattr(server, "listing", None)).start()
        engine(server, backoff_s=0.1)
    assert len(server.seen.paths) > 1


def test_the_one_model_of_a_server_need_not_be_named() -> None:
    with OpenAIServer(number_of, models=["a/b"]) as server:
        reader = engine(server, "")
        assert reader.model == "a/b"
        assert texts(reader, pictures(1)) == numbers(1)


def test_one_of_several_models_has_to_be_named() -> None:
    with (
        OpenAIServer(models=["a", "b"]) as server,
        pytest.raises(UsageError, match="several models: a, b; .*--model"),
    ):
        engine(server, "")


@pytest.mark.parametrize(
    "settings", [{"models": None}, {"models": []}, {"listing": Fault(status=500)}], ids=str
)
def test_a_server_without_a_list_needs_a_name_and_believes_it(settings: dict[str, Any]) -> None:
    with OpenAIServer(**settings) as server:
        with pytest.raises(UsageError, match="which models it has; .*--model"):
            engine(server, "")
        assert engine(server, "ocr").model == "ocr"


def test_a_model_that_is_not_there_is_an_error_that_says_what_is() -> None:
    with (
        OpenAIServer(models=[f"m{number}" for number in range(9)]) as server,
        pytest.raises(DependencyError) as e,
    ):
        engine(server, "tencent/HunyuanOCR")
    assert "it has no model 'tencent/HunyuanOCR'" in str(e.value)
    assert str(e.value).endswith("--model: m0, m1, m2, m3, m4, ...")


def test_a_tag_that_the_server_adds_may_be_left_out() -> None:
    with OpenAIServer(models=["hunyuanocr:latest", "b"]) as server:
        assert engine(server, "hunyuanocr").model == "hunyuanocr"


def test_a_folder_need_not_be_listed(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        assert engine(server, str(tmp_path)).model == str(tmp_path)


def test_a_list_that_stays_away_is_an_error() -> None:
    with (
        OpenAIServer(listing=Fault(status=503, body=b"Loading model")) as server,
        pytest.raises(EngineError, match="failed with 503: Loading model"),
    ):
        engine(server)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": 3}', b'{"data": [{}]}'])
def test_what_is_no_list_of_models_is_no_such_server(body: bytes) -> None:
    with (
        OpenAIServer(listing=Fault(status=200, body=body)) as server,
        pytest.raises(DependencyError, match="no OpenAI-compatible server.*--server-url"),
    ):
        engine(server)


# Keys


def test_the_key_is_sent_with_every_request() -> None:
    with OpenAIServer(number_of, key=KEY) as server:
        assert texts(engine(server, api_key=KEY), pictures(2)) == numbers(2)
    assert server.seen.keys == [f"Bearer {KEY}"] * 3


def test_without_a_key_none_is_sent() -> None:
    with OpenAIServer() as server:
        engine(server).read(pictures(1))
    assert server.seen.keys == [None, None]


@pytest.mark.parametrize("key", [None, KEY])
def test_a_key_that_is_refused_is_said_to_be(key: str | None) -> None:
    with (
        OpenAIServer(key="another") as server,
        pytest.raises(DependencyError, match="key was refused.*--api-key or VIDOCR_API_KEY"),
    ):
        engine(server, api_key=key)


def test_a_key_that_is_taken_back_is_said_to_be() -> None:
    with OpenAIServer(key=KEY) as server:
        reader = engine(server, api_key=KEY)
        server.key = "another"
        with pytest.raises(DependencyError, match="key was refused"):
            reader.read(pictures(1))


def all_texts(error: BaseException | None) -> Iterator[str]:
    """What an error and those behind it say."""
    while error is not None:
        yield f"{error} {error!r} {error.args!r}"
        error = error.__cause__ or error.__context__


def failing(fault: Fault, server: OpenAIServer) -> VidocrError:
    server.fault = always(fault)
    reader = engine(server, api_key=KEY, tries=2, timeout_s=0.3)
    assert KEY not in repr(reader)
    with pytest.raises(VidocrError) as e:
        reader.read(pictures(1))
    return e.value


def test_the_key_is_in_no_message_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = f'{{"error": "{"x" * 190} {KEY}"}}'.encode()
    faults = [Fault(status=status, body=said) for status in (200, 400, 401, 404, 500)]
    faults += [Fault(status=302, headers={"Location": f"http://{KEY}@x/"}), Fault(drop=True)]
    with OpenAIServer(key=KEY) as server:
        errors: list[VidocrError] = [failing(fault, server) for fault in faults]
        server.key = "another"
        with pytest.raises(DependencyError) as e:
            engine(server, api_key=KEY)
        errors.append(e.value)
    for error in errors:
        assert not any(KEY in text for text in all_texts(error)), error
    assert caplog.records
    assert not any(KEY[:8] in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("key", [KEY + "\n", KEY + "\r\nX: y", KEY + "é"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(UsageError, match="VIDOCR_API_KEY") as e:
        engine("http://127.0.0.1:1", api_key=key)
    assert not any(KEY in text for text in all_texts(e.value))


def test_a_redirect_is_an_error_and_takes_the_key_nowhere() -> None:
    with OpenAIServer() as thief, OpenAIServer(key=KEY) as server:
        there = f"{thief.url}/v1/chat/completions"
        server.fault = always(Fault(status=307, headers={"Location": there}))
        with pytest.raises(DependencyError, match=f"sends on to {there}.*--server-url"):
            engine(server, api_key=KEY).read(pictures(1))
        server.listing = Fault(status=301, headers={"Location": f"{thief.url}/v1/models"})
        with pytest.raises(DependencyError, match="sends on to"):
            engine(server, api_key=KEY)
    assert thief.seen.paths == thief.seen.keys == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make.split(), *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    seen: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    seen.append(secure.recv(100))
            except OSError:
                pass  # the client hangs up, as it should

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,), daemon=True)
        server.start()
        with pytest.raises(DependencyError, match="can't be reached: .*certificate verify failed"):
            engine(f"https://localhost:{listener.getsockname()[1]}", api_key=KEY)
        server.join(5)
    assert seen in ([], [b""])


# Addresses


@pytest.mark.parametrize(
    "url,base",
    [
        ("http://host:8000", "http://host:8000/v1"),
        ("http://host:8000/", "http://host:8000/v1"),
        ("http://host:8000/v1", "http://host:8000/v1"),
        (" http://host:8000/v1/ ", "http://host:8000/v1"),
        ("HTTPS://Host/api/openai/", "https://host/api/openai"),
        ("http://[::1]:8000", "http://[::1]:8000/v1"),
    ],
)
def test_addresses_are_taken_with_and_without_the_version(url: str, base: str) -> None:
    assert base_url(url) == base


@pytest.mark.parametrize(
    "url",
    ["", "host:8000", "localhost", "ftp://host", "file:///etc", "http://", "http:///v1", "//host/"]
    + ["http://host:port", "http://a:pass@host", "http://host/v1?key=pass", "http://host/#pass"],
)
def test_what_is_no_address_is_a_usage_error_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError, match="server-url: takes an address") as e:
        base_url(url)
    assert "pass@" not in str(e.value) and "=pass" not in str(e.value)


@given(
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z][a-z0-9-]{0,10}(\.[a-z]{2,5})?", fullmatch=True),
    st.none() | st.integers(1, 65535),
    st.lists(st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True), max_size=3),
    st.integers(0, 3),
)
def test_an_address_that_was_made_plain_stays_as_it_is(
    scheme: str, host: str, port: int | None, path: list[str], slashes: int
) -> None:
    start = f"{scheme}://{host}" + (f":{port}" if port else "")
    base = base_url(start + "".join(f"/{part}" for part in path) + "/" * slashes)
    assert base == start + "/" + ("/".join(path) or "v1")
    assert base_url(base) == base


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):  # the other thing that it may say
        assert base_url(text).startswith(("http://", "https://"))


# Ending


def test_closing_ends_what_is_under_way() -> None:
    with OpenAIServer(fault=always(Fault(delay_s=60))) as server:
        reader = engine(server, timeout_s=60, in_flight=4)
        began = time.monotonic()
        threading.Timer(0.2, reader.close).start()
        with pytest.raises(EngineError, match="given up"):
            reader.read(pictures(20))
    assert time.monotonic() - began < 5
    assert len(server.seen.bodies) <= 4


def test_closing_ends_a_wait_between_two_tries() -> None:
    fault = Fault(status=503, headers={"Retry-After": "30"})
    with OpenAIServer(fault=always(fault)) as server:
        reader = engine(server)
        began = time.monotonic()
        threading.Timer(0.2, reader.close).start()
        with pytest.raises(EngineError, match="given up"):
            reader.read(pictures(1))
    assert time.monotonic() - began < 5


def test_an_interrupt_does_not_wait_for_a_server_that_hangs() -> None:
    with OpenAIServer(fault=always(Fault(delay_s=60))) as server:
        reader = engine(server, timeout_s=60)
        began = time.monotonic()
        main = threading.main_thread().ident
        assert main is not None
        threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            reader.read(pictures(20))
        assert time.monotonic() - began < 5
        wait_for_threads()
