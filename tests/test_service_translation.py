"""Jobs whose cues are translated, and tracks of one language or both."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.openai_server import OpenAIServer
from tests.serving import JSON, Server, code, make_film
from tests.translators import honest, in_german
from vidocr import tracks
from vidocr.model import Cue, Source
from vidocr.options import Options
from vidocr.service.choices import options_of, translates
from vidocr.service.cues import Shown, chosen
from vidocr.service.refusals import Refusal

SAID = Cue(0, 1_000_000, ("湖面很平静。", "The lake was calm."))
TRANSLATED = Cue(0, 1, ("Der See lag still.",), language="de", source=Source(("Calm.",), "en", "x"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("translation")
    memory = str(folder / "memory.sqlite")
    with OpenAIServer(chat=honest) as model:
        flags = ["--engine", "fake", "--translator-url", model.url, "--translation-memory", memory]
        with Server(folder / "data", *flags) as running:
            yield running


@pytest.fixture(scope="module")
def job(server: Server, tmp_path_factory: pytest.TempPathFactory) -> JSON:
    film = make_film(tmp_path_factory.mktemp("film") / "lake.mp4")
    job = server.ended(server.job(film, options=json.dumps({"translate": "de"})))
    assert job["state"] == "done", job
    return job


def text_of(server: Server, job: JSON, **query: str) -> str:
    answer = server.client.get(f"/v1/jobs/{job['id']}/tracks/srt", params=query)
    assert answer.status_code == 200, answer.text
    (cue,) = tracks.parse(answer.text, "srt")
    return cue.text


def test_the_track_of_a_job_is_the_translation_and_holds_what_was_said(
    server: Server, job: JSON
) -> None:
    said = text_of(server, job, text="source")
    german = in_german(said)
    assert text_of(server, job) == german
    assert text_of(server, job, text="below") == f"{said}\n{german}"
    (cue,) = server.get(f"/v1/jobs/{job['id']}/cues")["cues"]
    assert (cue["lines"], cue["language"]) == ([german], "de")
    assert server.get("/v1/engines")["translates"] is True


def test_a_language_that_is_none_is_refused(server: Server, tmp_path: Path) -> None:
    film = make_film(tmp_path / "lake.mp4")
    answer = server.send(film, options=json.dumps({"translate": "klingonese"}))
    assert code(answer) == (422, "invalid")


def test_jobs_translate_where_the_operator_said_by_what() -> None:
    assert not translates(Options())
    with pytest.raises(Refusal, match="nothing translates here"):
        options_of(Options(), {"translate": "de"})
    assert translates(base := Options(translator="hunyuan-image"))
    assert options_of(base, {"translate": "de"}).translate == "de"


@pytest.mark.parametrize("key", ["replace", "glossary", "translator_url", "translation_memory"])
def test_files_and_servers_are_the_operators(key: str) -> None:
    with pytest.raises(Refusal, match="is unknown"):
        options_of(Options(), {key: "x"})


def test_a_language_of_a_stack_can_be_had_alone() -> None:
    (chinese,) = chosen([SAID], Shown.TRANSLATION, "zh")
    assert chinese.lines == ("湖面很平静。",)
    assert chosen([SAID], Shown.TRANSLATION, "") == [SAID]


@pytest.mark.parametrize(
    ("shown", "lines"),
    [
        (Shown.TRANSLATION, ("Der See lag still.",)),
        (Shown.SOURCE, ("Calm.",)),
        (Shown.ABOVE, ("Der See lag still.", "Calm.")),
        (Shown.BELOW, ("Calm.", "Der See lag still.")),
    ],
)
def test_what_is_shown_of_a_translated_cue(shown: Shown, lines: tuple[str, ...]) -> None:
    (cue,) = chosen([TRANSLATED], shown, "")
    assert cue.lines == lines
