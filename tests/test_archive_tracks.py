"""Batches whose films give more than one track, or other ones than were read."""

import pickle
import shutil
from pathlib import Path

import av
import pytest

from tests.film_readers import batch
from tests.openai_server import Fault, OpenAIServer
from tests.test_archive import make, no_crew, written
from tests.translators import Fake, honest, in_german
from vidocr import film_translation
from vidocr.archive import work
from vidocr.archive.work import Order, Reading
from vidocr.cli import main
from vidocr.errors import TranslationError
from vidocr.model import Cue
from vidocr.options import Options
from vidocr.report import Report

FIXTURES = Path(__file__).parent.parent / "fixtures" / "videos"
PARTED = Options(split_languages=True)
CHINESE, ENGLISH = "湖面那天很平静。", "The lake was calm that day."
STACKED = [Cue(0, 1_000_000, (CHINESE, ENGLISH)), Cue(2_000_000, 3_000_000, (CHINESE, ENGLISH))]
SPOKEN = [Cue(0, 1_000_000, (ENGLISH,))]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = make(tmp_path / "films", 0)
    (folder / "a.mp4").write_text(f"{CHINESE}\n{ENGLISH}\n湖面那天很冷。\nThe lake was cold.\n")
    return folder


def test_each_language_gets_its_track_and_a_second_run_does_nothing(
    films: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert batch(films, out, options=PARTED).done == 1
    before = written(out)
    assert set(before) == {"a.en.srt", "a.zh.srt"}
    assert batch(films, out, options=PARTED, crew=no_crew()).kept == 1
    assert written(out) == before


def test_a_track_of_a_language_that_is_gone_is_made_again(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(films, out, options=PARTED)
    (out / "a.zh.srt").unlink()
    assert batch(films, out, options=PARTED).done == 1
    assert set(written(out)) == {"a.en.srt", "a.zh.srt"}


def test_a_track_of_a_language_that_is_not_ours_stays(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.zh.srt").write_text("mine")
    (failed,) = batch(films, out, options=PARTED).failed
    assert "a.zh.srt: exists already" in failed.error
    assert (out / "a.zh.srt").read_text() == "mine"


def test_other_words_in_a_list_of_replacements_are_another_track(
    films: Path, tmp_path: Path
) -> None:
    out, listed = tmp_path / "out", tmp_path / "mend.csv"
    for word in ("sea", "pond"):
        listed.write_text(f"lake,{word}\n")
        assert batch(films, out, options=Options(replace=str(listed))).done == 1
        assert f"The {word} was calm" in (out / "a.srt").read_text()


def read(
    options: Options, cues: list[Cue], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> work.Outcome:
    film = folder / "film.mp4"
    film.write_text("not looked at")
    monkeypatch.setattr(work, "extract", lambda *_, **__: (iter(cues), Report(cues=len(cues))))
    reader = Reading(options, ("srt", "json"), None, None)
    return reader.read(Order(1, str(film), folder), lambda done_us, total_us: None)


def test_a_reader_gives_a_track_for_each_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outcome = read(PARTED, STACKED, monkeypatch, tmp_path)
    assert set(outcome.tracks) == {"zh.srt", "zh.json", "en.srt", "en.json"}
    assert ENGLISH in outcome.tracks["en.srt"] and CHINESE not in outcome.tracks["en.srt"]
    assert [cue.text for cue in outcome.cues] == [CHINESE, CHINESE, ENGLISH, ENGLISH]


def test_a_reader_translates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with OpenAIServer(chat=honest) as server:
        options = Options(
            translate="de", translator_url=server.url, translation_memory=str(tmp_path / "memory")
        )
        outcome = read(options, SPOKEN, monkeypatch, tmp_path)
    assert set(outcome.tracks) == {"srt", "json", "en.srt", "en.json"}
    assert [cue.text for cue in outcome.cues] == [in_german(ENGLISH)]
    assert outcome.figures["untranslated"] == 0


def test_a_reader_loads_what_translates_once_for_all_films(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[Fake] = []

    def make_translator(options: Options) -> Fake:
        made.append(Fake())
        return made[-1]

    monkeypatch.setattr(film_translation, "make_translator", make_translator)
    monkeypatch.setattr(work, "extract", lambda *_, **__: (iter(SPOKEN), Report(cues=1)))
    reader = Reading(Options(translate="de", translation_memory="none"), ("srt",), None, None)
    for number in range(3):
        film = tmp_path / f"{number}.mp4"
        film.write_text("not looked at")
        outcome = reader.read(Order(number, str(film), tmp_path), lambda done_us, total_us: None)
        assert [cue.text for cue in outcome.cues] == [in_german(ENGLISH)]
    assert len(made) == 1 and made[0].texts == [ENGLISH], "the memory knows the others"


def test_a_translation_that_stops_is_the_failure_of_its_film(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with OpenAIServer(chat=honest, fault=lambda number: Fault(status=401)) as server:
        options = Options(
            translate="de", translator_url=server.url, translation_memory=str(tmp_path / "memory")
        )
        with pytest.raises(TranslationError, match="the key was refused") as stopped:
            read(options, SPOKEN, monkeypatch, tmp_path)
    brought = pickle.loads(pickle.dumps(stopped.value))  # from the process that reads films
    assert str(brought) == str(stopped.value)
    assert brought.exit_code == 7


# Copies that hold the tracks


@pytest.fixture
def strip(tmp_path: Path) -> Path:
    folder = tmp_path / "strips"
    folder.mkdir()
    shutil.copy(FIXTURES / "portrait.mp4", folder / "a.mp4")
    return folder


def test_a_copy_of_each_film_holds_its_track(strip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["batch", str(strip), "-o", str(out), "--at-once", "1", "--mux", "mkv"]
    assert main(words) == 0
    before = written(out)
    assert set(before) == {"a.srt", "a.subs.mkv"}
    with av.open(str(out / "a.subs.mkv")) as copy:
        assert [stream.codec_context.name for stream in copy.streams.subtitles] == ["srt"]
    assert main(words) == 0
    assert written(out) == before
    (out / "a.subs.mkv").unlink()
    assert main(words) == 0
    assert set(written(out)) == set(before)


@pytest.mark.parametrize("where", ["films", "films/out", "s3://bucket/out"])
def test_copies_go_where_nobody_takes_them_for_films(
    films: Path, where: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(films.parent)
    assert main(["batch", str(films), "-o", where, "--ledger", "l.sqlite", "--mux", "mp4"]) == 2
    assert "--mux: " in capsys.readouterr().err
    assert not (films / "a.subs.mp4").exists()
