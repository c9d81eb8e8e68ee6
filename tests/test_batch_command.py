"""``vidocr batch`` as users run it: real films, bad ones among them, and what it says."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import Clip, Style, Text, render
from tests.encoding import Encoding
from tests.films import write_cut_off
from tests.scenes import DARK
from vidocr.tracks import parse

STYLE = Style(size=0.12)
WORDS = ("The lake was calm.", "Nobody said a word.", "Then the wind came.", "Hold on!")
BAD = ("cut", "empty", "link", "list", "noise", "picture", "prose", "sound")


def clip(number: int) -> Clip:
    text = Text(5, 15, WORDS[number % len(WORDS)], STYLE)
    return Clip((320, 180), 2, DARK, (text,), fps=Fraction(10), encoding=Encoding())


def make_films(folder: Path, count: int) -> Path:
    """Good ones in folders, copies of four; and the bad ones."""
    sources = []
    for number in range(min(count, len(WORDS))):
        sources.append(folder.parent / f"source {number}.mp4")
        render(clip(number), sources[-1])
    for number in range(count):
        target = folder / f"{number % 7}" / f"film {number:03}.mp4"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sources[number % len(sources)], target)
    whole = sources[0].read_bytes()
    _, png = cv2.imencode(".png", np.zeros((90, 160, 3), np.uint8))
    bad = {
        "cut": whole[: len(whole) // 3],
        "empty": b"",
        "list": b"#EXTM3U\n#EXTINF:1,\nfilm.ts\n",
        "noise": np.random.default_rng(1).bytes(50_000),
        "picture": png.tobytes(),
        "prose": b"This is no film at all, whatever its name says. " * 100,
    }
    for name, content in bad.items():
        (folder / f"bad {name}.mp4").write_bytes(content)
    (folder / "bad link.mp4").symlink_to(folder / "nowhere.mp4")
    sound(folder / "bad sound.mp4")
    (folder / "notes.txt").write_text("not a film, and not called one")
    return folder


def sound(path: Path) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 16000
        for each in (frame, None):
            container.mux(stream.encode(each))


def vidocr(*arguments: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vidocr.cli", "batch", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, input=stdin, timeout=600)
    assert "Traceback" not in done.stderr
    return done


def check(films: Path, out: Path, count: int) -> None:
    """A batch over good and bad films, then once more."""
    done = vidocr(films, "-o", out, "--engine", "rapid", "--export", out.parent / "report.csv")
    assert done.returncode == 8, done.stderr
    tracks = sorted(path.relative_to(out) for path in out.rglob("*.srt"))
    assert len(tracks) == count
    for track in tracks:
        (cue,) = parse((out / track).read_text(), "srt")
        assert cue.text == WORDS[int(track.stem.split()[1]) % len(WORDS)]
    failed = [line for line in done.stderr.splitlines() if line.startswith("vidocr: error: ")]
    assert len(failed) == len(BAD)
    for name, line in zip(BAD, failed, strict=True):
        assert line.startswith(f"vidocr: error: bad {name}: ") and f"bad {name}.mp4" in line

    status = json.loads(vidocr("-o", out, "--status", "--json").stdout)
    assert status["counts"]["done"] == count
    assert status["counts"]["failed"] == len(BAD)
    with (out.parent / "report.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["film"] for row in rows if row["state"] == "failed"] == [f"bad {b}" for b in BAD]
    assert {row["exit_code"] for row in rows if row["state"] == "failed"} == {"3"}
    assert {row["cues"] for row in rows if row["state"] == "done"} == {"1"}

    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.srt")}
    began = time.monotonic()
    again = vidocr(films, "-o", out, "--engine", "rapid")
    assert time.monotonic() - began < 60, "a batch that is done takes seconds"
    assert again.returncode == 8
    assert f"0 films done, {count} done before" in again.stderr
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*.srt")}


@pytest.mark.slow
def test_two_hundred_films_eight_of_them_bad(tmp_path: Path) -> None:
    check(make_films(tmp_path / "films", 192), tmp_path / "out", 192)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    render(clip(0), path)
    return path


def test_a_list_from_standard_input_and_a_feed_to_standard_output(
    tmp_path: Path, film: Path
) -> None:
    done = vidocr("--from", "-", "-o", tmp_path, "--jsonl", "-", "-q", stdin=f"{film}\n\n")
    assert done.returncode == 0 and not done.stderr
    (cue,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (cue["film"], cue["text"]) == (str(film), WORDS[0])
    assert (tmp_path / str(film)[1:]).with_suffix(".srt").exists()


def test_several_formats_and_progress_as_json(tmp_path: Path, film: Path) -> None:
    done = vidocr(film, "-o", tmp_path, "--format", "vtt", "--format", "srt", "--json-progress")
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert {event["event"] for event in events} >= {"batch", "film_begins", "film_ends", "finish"}
    ended = next(event for event in events if event["event"] == "film_ends")
    assert (ended["film"], ended["how"], ended["cues"]) == ("film", "done", 1)
    assert {path.name for path in tmp_path.iterdir()} == {".vidocr", "film.srt", "film.vtt"}


def test_a_list_may_hold_names_that_are_not_utf_8(tmp_path: Path, film: Path) -> None:
    name = tmp_path / "caf\udce9.mp4"
    shutil.copy(film, name)
    (tmp_path / "list").write_bytes(os.fsencode(name) + b"\r\n")
    assert vidocr("--from", tmp_path / "list", "-o", tmp_path / "out").returncode == 0
    assert [path.name for path in (tmp_path / "out").rglob("*.srt")] == ["caf\udce9.srt"]


def test_a_film_that_was_cut_off_is_told(tmp_path: Path) -> None:
    source = write_cut_off(tmp_path / "film.mp4")
    done = vidocr(source, "-o", tmp_path / "out")
    assert done.returncode == 0 and re.search("done    film: .* of film, ends early", done.stderr)
    status = vidocr("-o", tmp_path / "out", "--status")
    assert status.returncode == 0
    assert "early     film: ends before its container says it does; if it" in status.stdout
    (row,) = json.loads(vidocr("-o", tmp_path / "out", "--status", "--json").stdout)["films"]
    assert row["ends_early"] is True


def test_a_tree_without_films_is_said(tmp_path: Path) -> None:
    done = vidocr(tmp_path, "-o", tmp_path / "out")
    assert done.returncode == 0 and "there are no films" in done.stderr


def test_a_dry_run_lists_and_does_nothing(tmp_path: Path, film: Path) -> None:
    done = vidocr(film.parent, "-o", tmp_path / "out", "--dry-run")
    assert (done.returncode, done.stdout) == (0, f"{film}\n")
    assert not (tmp_path / "out").exists()


def test_the_same_film_through_an_address(tmp_path: Path, film: Path) -> None:
    assert vidocr(f"file://{film}", "-o", f"file://{tmp_path}/out").returncode == 0
    assert (tmp_path / "out/film.srt").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-o", "{out}"], 2, "nothing to do"),
        (["{out}/none", "-o", "{out}"], 3, "there is no such file"),
        (["--from", "{out}/none", "-o", "{out}"], 3, "the list can't be read"),
        (["-o", "{out}", "--status"], 3, "there is no ledger"),
        (["{film}", "-o", "{film}"], 5, "can't be written"),
        (["{film}", "-o", "s3://films"], 5, "give --ledger"),
        (["{film}", "-o", "{out}", "--ray", "127.0.0.1:1"], 4, "ray start --head"),
        (["{film}"], 2, "output"),
        (["{film}", "-o", "{out}", "--json"], 2, "--status"),
        (["{film}", "-o", "{out}", "--ray-models", "2"], 2, "--ray"),
        (["{film}", "-o", "{out}", "--engine", "none"], 2, "engine"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, film: Path, arguments: list[str], code: int, said: str
) -> None:
    done = vidocr(*(each.format(out=tmp_path, film=film) for each in arguments))
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_no_code_is_run_that_lies_in_the_folder(tmp_path: Path, film: Path) -> None:
    for name in ("re", "json", "pickle", "cv2"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('I should not be run')")
    script = Path(sys.executable).with_name("vidocr")  # python -m would look there itself
    command = [str(script), "batch", str(film), "-o", "out"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "should not" not in done.stderr
    assert (tmp_path / "out/film.srt").exists()


def test_a_track_that_can_not_be_written_fails_alone(tmp_path: Path, film: Path) -> None:
    (tmp_path / "film.srt").mkdir()
    done = vidocr(film, "-o", tmp_path)
    assert done.returncode == 8
    assert "is a folder" in done.stderr or "can't be" in done.stderr
