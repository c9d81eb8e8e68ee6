"""The model that translates for all jobs, in a process of its own."""

import errno
import json
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from multiprocessing.connection import Client
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checkpoints import TRANSLATES_MARIAN, toy_languages
from tests.serving import Server, make_film
from vidocr.errors import DependencyError, TranslationError, UsageError
from vidocr.options import Options
from vidocr.service.interpreter import Interpreter, SharedTranslator, packed, unpacked
from vidocr.translation import Neighbour, Request, Term
from vidocr.translation.local import make_transformers

OPTIONS = Options(translate="de", translator_model=str(TRANSLATES_MARIAN))
RNG = random.Random(3)
ASKED = [
    Request(toy_languages.sentence(RNG), target, "en") for target in ("de", "fr") for _ in "123"
]


@pytest.fixture(scope="module")
def interpreter() -> Iterator[Interpreter]:
    with closing(Interpreter(OPTIONS)) as interpreter:
        yield interpreter


def translator(interpreter: Interpreter, target: str = "de") -> SharedTranslator:
    door = interpreter.door_for(replace(OPTIONS, translate=target))
    assert door
    return SharedTranslator(door, target)


def pid(interpreter: Interpreter) -> int:
    assert interpreter.pid
    return interpreter.pid


def test_it_answers_as_the_model_itself(interpreter: Interpreter) -> None:
    own = make_transformers(str(TRANSLATES_MARIAN), target="de")
    with closing(translator(interpreter)) as shared:
        assert (shared.name, shared.identity) == (own.name, own.identity)
        assert (shared.pace, shared.takes_demands) == (own.pace, own.takes_demands)
        pictured = [replace(each, pictures=(b"jpeg",)) for each in ASKED]
        assert shared.translate(pictured).answers == own.translate(ASKED).answers


def test_jobs_one_after_the_other_and_at_once_share_a_process(interpreter: Interpreter) -> None:
    found: list[object] = []

    def ask() -> None:
        with closing(translator(interpreter)) as shared:
            found.append(shared.translate(ASKED).answers)

    ask()
    before = pid(interpreter)
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(each == found[0] for each in found)
    assert pid(interpreter) == before


def test_what_can_not_be_translated_is_told_at_once(interpreter: Interpreter) -> None:
    with pytest.raises(UsageError, match="doesn't translate to"):
        translator(interpreter, "ja")
    with closing(translator(interpreter)) as shared, pytest.raises(UsageError, match="Japanese"):
        shared.translate([replace(ASKED[0], target="ja")])
    with closing(translator(interpreter)) as shared:
        with pytest.raises(TranslationError, match="the model failed: "):
            shared.translate([replace(ASKED[0], text=None)])  # type: ignore[arg-type]  # a bug
        assert shared.translate(ASKED).answers, "the next call is none the worse"


class Taken(NamedTuple):
    """What runs in any process that unpickles it."""

    path: str

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (self.path,)


def test_a_job_that_a_film_has_taken_over_can_not_take_it_over(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    door = interpreter.door_for(OPTIONS)
    assert door
    before, there = pid(interpreter), tmp_path / "there"
    with Client(door.address, authkey=door.key) as job:
        job.send(Taken(str(there)))
        assert isinstance(job.recv(), TranslationError)
    with Client(door.address, authkey=door.key) as job:
        job.send_bytes(b"de")
        job.recv()
        job.send([Taken(str(there))])
        assert isinstance(job.recv(), TranslationError)
    assert not there.exists()
    with closing(translator(interpreter)) as shared:
        assert shared.translate(ASKED).answers
    assert pid(interpreter) == before


words = st.text(st.characters(exclude_categories=["Cs"]))
requests = st.builds(
    Request,
    words, words, st.none() | words,
    *[st.lists(st.builds(Neighbour, words, words), max_size=2).map(tuple)] * 2,
    st.lists(st.builds(Term, words, words, words), max_size=2).map(tuple),
    st.integers(0, 1000), st.lists(words, max_size=2).map(tuple), words,
)  # fmt: skip


@given(st.lists(requests, max_size=3))
def test_all_of_a_request_comes_through_but_pictures(asked: list[Request]) -> None:
    assert unpacked(packed([replace(each, pictures=(b"jpeg",)) for each in asked])) == asked


def test_a_model_that_can_not_be_had_is_told_each_time() -> None:
    with closing(Interpreter(replace(OPTIONS, translator_model="./missing"))) as interpreter:
        for _ in range(2):
            with pytest.raises(DependencyError, match="there is no such folder"):
                translator(interpreter)


def test_one_that_died_is_started_again(interpreter: Interpreter) -> None:
    with closing(translator(interpreter)) as shared:
        dead = pid(interpreter)
        os.kill(dead, signal.SIGKILL)
        os.waitid(os.P_PID, dead, os.WEXITED | os.WNOWAIT)  # with all its threads
        with pytest.raises(TranslationError, match="died") as error:
            shared.translate(ASKED)
        assert error.value.may_pass
    with closing(translator(interpreter)) as shared:
        assert shared.translate(ASKED).answers
    assert pid(interpreter) != dead


def test_one_that_can_not_be_started_is_started_for_the_next_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_process(self: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    with closing(Interpreter(OPTIONS)) as interpreter:
        with monkeypatch.context() as full:
            full.setattr(SpawnProcess, "start", no_process)
            for _ in range(2):
                with pytest.raises(TranslationError, match="can't be started: .*; end") as error:
                    interpreter.door_for(OPTIONS)
                assert error.value.may_pass and interpreter.pid is None
            interpreter.close()
        assert interpreter.door_for(OPTIONS) and interpreter.pid


@pytest.mark.parametrize(
    "options",
    [
        Options(translator_model="x"),
        Options(translate="de", translator_model="x", translator_url="http://localhost/v1"),
        Options(translate="de", translator="hunyuan-image"),
    ],
)
def test_who_needs_no_such_model_starts_none(options: Options) -> None:
    with closing(Interpreter(options)) as interpreter:
        assert interpreter.door_for(options) is None and interpreter.pid is None


@pytest.mark.slow
def test_jobs_share_it_until_the_service_ends(tmp_path: Path) -> None:
    film = make_film(tmp_path / "lake.mp4")
    flags = ["--engine", "fake", "--translator-model", str(TRANSLATES_MARIAN)]
    flags += ["--translation-memory", "none"]
    with Server(tmp_path / "data", *flags) as server:
        assert not with_torch(server.process.pid)
        kept = set()
        for _ in range(2):
            job = server.ended(server.job(film, options=json.dumps({"translate": "de"})))
            assert job["state"] == "done", job
            kept.add(tuple(with_torch(server.process.pid)))
    ((process,),) = kept
    assert not psutil.pid_exists(process), "it goes with the service"


def with_torch(parent: int) -> list[int]:
    """The children that have loaded what runs models."""
    children = psutil.Process(parent).children(recursive=True)
    return [each.pid for each in children if any("libtorch" in m.path for m in each.memory_maps())]
