"""All that one run can write of a film, each in its place."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.openai_server import Fault, OpenAIServer
from tests.test_cli import FakePipeline, names, pipeline, video
from tests.test_muxing import needs_ffmpeg
from tests.translators import honest, in_german
from vidocr.cli import main
from vidocr.model import Cue
from vidocr.tracks.files import read_track

__all__ = ["pipeline", "video"]  # fixtures

DEMO = Path(__file__).parent.parent / "fixtures" / "videos" / "demo.mp4"
S = 1_000_000
STACKED = (
    Cue(1 * S, 2 * S, ("湖面那天很平静。", "The lake was calm that day.")),
    Cue(3 * S, 4 * S, ("我们划着小船出去。", "We took the small boat out.")),
)


def texts(path: Path) -> list[str]:
    return [cue.text for cue in read_track(path)]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with OpenAIServer(chat=honest) as running:
        yield running


def test_a_track_for_each_language_in_each_format(pipeline: FakePipeline, video: Path) -> None:
    pipeline.cues = STACKED
    places = ["-o", str(video.with_name("subs.srt")), "-o", str(video.with_name("subs.vtt"))]
    assert main([str(video), *places, "--split-languages"]) == 0
    chinese, english = zip(*(cue.lines for cue in STACKED), strict=True)
    for ending in ("srt", "vtt"):
        assert texts(video.with_name(f"subs.zh.{ending}")) == list(chinese)
        assert texts(video.with_name(f"subs.en.{ending}")) == list(english)
    assert not video.with_name("subs.srt").exists()


def test_tracks_of_languages_need_files(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(video), "-o", "-", "--split-languages"]) == 2
    assert "needs files; name one with -o" in capsys.readouterr().err
    assert pipeline.asked == []


def test_a_translation_and_what_was_said(
    pipeline: FakePipeline, video: Path, server: OpenAIServer
) -> None:
    pipeline.cues = tuple(Cue(c.start_us, c.end_us, c.lines[1:]) for c in STACKED)
    assert main([str(video), "--translate", "de", "--translator-url", server.url]) == 0
    said = [cue.text for cue in pipeline.cues]
    assert texts(video.with_suffix(".srt")) == [in_german(text) for text in said]
    assert texts(video.with_suffix(".en.srt")) == said


def test_where_translation_stops_what_was_read_is_written(
    pipeline: FakePipeline, video: Path, server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fault = lambda number: Fault(status=401)
    pipeline.cues = tuple(Cue(c.start_us, c.end_us, c.lines[1:]) for c in STACKED)
    assert main([str(video), "--translate", "de", "--translator-url", server.url]) == 7
    assert names(video.parent) == ["cache", "film.en.srt", "film.mp4"]
    assert "what was read is kept in" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--translate", "de"],
        ["--replace", "missing.csv"],
        ["--translate", "klingonese"],
        ["--keep", "klingonese"],
        ["--mux", "film.avi"],
    ],
)
def test_what_can_not_be_done_is_said_before_the_work(
    pipeline: FakePipeline, video: Path, arguments: list[str]
) -> None:
    assert main([str(video), *arguments]) in (2, 3)
    assert pipeline.asked == []
    assert names(video.parent) == ["film.mp4"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "a.srt", "--evidence", "a.srt"], "a.srt: is given with -o, too"),
        (["--mux", "a.mkv", "--evidence", "a.mkv"], "a.mkv: is given with --evidence, too"),
        (["--mux", "film.mp4"], "film.mp4: is the video itself; give another file with --mux"),
    ],
)
def test_each_file_is_for_one_thing(
    pipeline: FakePipeline,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(video.parent)
    assert main([str(video), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert pipeline.asked == []


def test_a_film_without_a_track_is_not_copied(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.cues = ()
    assert main([str(video), "--mux", str(video.with_name("out.mkv"))]) == 10
    assert "out.mkv: not written" in capsys.readouterr().err
    assert names(video.parent) == ["film.mp4", "film.srt"]


@pytest.mark.parametrize("place", ["there.mkv", "no/folder.mkv"])
def test_a_place_that_can_not_take_the_copy_is_told_of_before_the_work(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    video.with_name("there.mkv").write_bytes(b"mine")
    assert main([str(video), "--mux", str(video.parent / place)]) == 5
    assert f"{place}: " in capsys.readouterr().err
    assert pipeline.asked == []
    assert names(video.parent) == ["film.mp4", "there.mkv"]


def test_a_track_whose_place_is_taken_is_kept_beside_it(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.cues = STACKED
    video.with_suffix(".zh.srt").write_text("mine")
    assert main([str(video), "--split-languages"]) == 5
    message = capsys.readouterr().err
    assert "film.zh.srt: exists already" in message
    assert "film.zh.partial.srt" in message
    assert video.with_suffix(".zh.srt").read_text() == "mine"
    chinese, english = zip(*(cue.lines for cue in STACKED), strict=True)
    assert texts(video.with_suffix(".zh.partial.srt")) == list(chinese)
    assert texts(video.with_suffix(".en.srt")) == list(english)


def test_where_nothing_is_kept_it_is_told(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.cues = STACKED
    assert main([str(video), "--keep", "fr"]) == 10
    assert "of 2 cues none is left, so the track is empty" in capsys.readouterr().err
    assert texts(video.with_suffix(".srt")) == []


@needs_ffmpeg
def test_all_at_once_of_a_real_film(tmp_path: Path) -> None:
    outputs = [str(tmp_path / name) for name in ("demo.srt", "demo.json")]
    copy, page = tmp_path / "demo.mkv", tmp_path / "demo.html"
    places = [word for output in outputs for word in ("-o", output)]
    assert main([str(DEMO), *places, "--mux", str(copy), "--evidence", str(page)]) == 0
    told = json.loads(Path(outputs[1]).read_text())
    assert told["about"]["film"] == "demo.mp4"
    assert {"en", "zh"} <= {cue["language"] for cue in told["cues"]}
    assert page.read_text().startswith("<!DOCTYPE html>")
    extracted = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", copy, "-map", "0:s:0", "-f", "srt", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert [line for line in extracted.splitlines() if "-->" in line] == [
        line for line in Path(outputs[0]).read_text().splitlines() if "-->" in line
    ]


def test_an_interrupted_translation_loses_nothing_that_was_read(
    pipeline: FakePipeline, video: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vidocr.finishing.Finishing.finished", interrupted)
    assert main([str(video), "--translate", "de", "--translator-url", server.url]) == 130
    assert names(video.parent) == ["cache", "film.mp4", "film.partial.srt"]
    assert len(texts(video.with_name("film.partial.srt"))) == len(pipeline.cues)


def test_both_languages_need_a_translation(
    pipeline: FakePipeline, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(video), "--bilingual", "below"]) == 2
    assert "give --translate, too" in capsys.readouterr().err
    assert pipeline.asked == []
