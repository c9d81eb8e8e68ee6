"""A batch: each film once, failures named, nothing lost whatever dies."""

import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.film_readers import batch, scripted, slow_model
from vidocr.archive.crew import Limits, LocalCrew
from vidocr.archive.entries import Counts, Entry
from vidocr.archive.ledger import Ledger
from vidocr.archive.runs import Run
from vidocr.archive.status import as_json
from vidocr.archive.work import FilmReader
from vidocr.engines import OcrEngine
from vidocr.errors import DependencyError, OutputError, UsageError


def make(folder: Path, count: int = 6, *others: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name = folder / f"{number % 3}" / f"film {number}.mp4"
        name.parent.mkdir(exist_ok=True)
        name.write_text(f"Line one of {number}\nLine two of {number}\n")
    for word in others:
        (folder / f"{word}.mkv").write_text(word)
    return folder


def entries(out: Path) -> dict[str, Entry]:
    with Ledger(out / ".vidocr" / "ledger.sqlite") as ledger:
        return {entry.stem: entry for entry in ledger.all()}


def written(out: Path) -> dict[str, bytes]:
    """All files below, but for the ledger."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith("ledger.sqlite")
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def films(tmp_path: Path) -> Path:
    return make(tmp_path / "films")


def test_each_film_gets_its_tracks_where_it_stands(films: Path, out: Path) -> None:
    tally = batch(films, out, formats=("srt", "vtt"))
    assert (tally.done, tally.failed) == (6, ())
    assert set(written(out)) == {
        f"{number % 3}/film {number}.{ending}" for number in range(6) for ending in ("srt", "vtt")
    }
    assert "Line two of 4" in (out / "1/film 4.srt").read_text()


def test_a_second_run_does_nothing(films: Path, out: Path) -> None:
    batch(films, out)
    before, known = written(out), entries(out)
    tally = batch(films, out, crew=no_crew())
    assert (tally.done, tally.kept) == (0, 6)
    assert (written(out), entries(out)) == (before, known)


class no_crew:
    """Fails if it is asked to work."""

    def __enter__(self) -> None:
        raise AssertionError("there is nothing to do")


def redone(films: Path, out: Path, **how: object) -> list[str]:
    """Stems of the films that a further run does."""
    before = {stem: entry.ended for stem, entry in entries(out).items()}
    batch(films, out, **how)  # type: ignore[arg-type]  # of any of its arguments
    return [stem for stem, entry in entries(out).items() if entry.ended != before.get(stem)]


def test_what_changed_or_lost_its_track_is_done_again(films: Path, out: Path) -> None:
    batch(films, out)
    (films / "0/film 0.mp4").write_text("Other words\n")
    (out / "1/film 1.srt").unlink()
    (films / "new.mp4").write_text("New words\n")
    assert redone(films, out) == ["0/film 0", "1/film 1", "new"]
    assert "Other words" in (out / "0/film 0.srt").read_text()


def test_other_formats_are_written_for_all(films: Path, out: Path) -> None:
    batch(films, out)
    assert len(redone(films, out, formats=("vtt",))) == 6


def test_formats_may_come_and_go(films: Path, out: Path) -> None:
    for formats in (("srt",), ("vtt",), ("srt",)):
        assert not batch(films, out, formats=formats).failed


def test_a_crash_before_a_new_track_stands_costs_nothing(films: Path, out: Path) -> None:
    batch(films, out)
    (films / "0/film 0.mp4").write_text("Other words\n")
    with Ledger(out / ".vidocr/ledger.sqlite") as ledger:  # a run that dies while it places
        ledger.enter(Run("dead", "here", 1, 0.0, 0.0))
        known = entries(out)["0/film 0"]
        ledger.wait_again(known.number)
        ledger.add([], "", retry=False)
    base = sqlite3.connect(out / ".vidocr/ledger.sqlite")
    outputs = json.dumps({"0/film 0.srt": ["0" * 64, known.outputs["0/film 0.srt"][0]]})
    base.execute(
        "UPDATE films SET state = 'placing', run = 'dead', outputs = ? WHERE number = ?",
        (outputs, known.number),
    )
    base.commit()
    base.close()
    assert not batch(films, out).failed
    assert "Other words" in (out / "0/film 0.srt").read_text()


def test_what_may_be_no_film_takes_no_name_from_one(tmp_path: Path, out: Path) -> None:
    folder = make(tmp_path / "films", 0)
    (folder / "film.idx").write_text("bad")
    (folder / "film.mkv").write_text("Hello")
    batch(folder, out)
    assert set(written(out)) == {"film.srt"}


def test_a_file_that_is_no_feed_is_not_cut(films: Path, out: Path, tmp_path: Path) -> None:
    feed = tmp_path / "own.json"
    feed.write_text('{"my": "data"}')
    batch(films, out, feed=feed)
    assert feed.read_text().startswith('{"my": "data"}')


def test_a_track_that_someone_mended_is_left_alone(films: Path, out: Path) -> None:
    batch(films, out)
    mended = out / "0/film 0.srt"
    mended.write_text("mended by hand")
    assert redone(films, out) == []
    (films / "0/film 0.mp4").write_text("Other words\n")
    batch(films, out)
    assert mended.read_text() == "mended by hand"
    assert "was changed since" in entries(out)["0/film 0"].error
    batch(films, out, overwrite=True, retry_failed=True)
    assert "Other words" in mended.read_text()


def test_a_track_that_was_there_before_is_not_replaced(films: Path, out: Path) -> None:
    (out / "0").mkdir(parents=True)
    (out / "0/film 0.srt").write_text("delivered")
    tally = batch(films, out)
    assert [each.stem for each in tally.failed] == ["0/film 0"]
    assert "exists already" in tally.failed[0].error
    assert (out / "0/film 0.srt").read_text() == "delivered"


def test_films_of_one_name_get_tracks_of_their_own(tmp_path: Path, out: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    for ending in ("mkv", "mp4", "ts"):
        (folder / f"film.{ending}").write_text(f"From {ending}")
    batch(folder, out)
    assert {name: b"From " in text for name, text in written(out).items()} == {
        "film.srt": True,
        "film.mp4.srt": True,
        "film.ts.srt": True,
    }
    assert redone(folder, out) == []


def test_names_need_not_be_utf_8(films: Path, out: Path, tmp_path: Path) -> None:
    odd = [b"caf\xe9.mp4", b"two\nlines.mp4", "\u96ea \u00e9t\u00e9.mp4".encode()]
    for name in odd:
        Path(os.fsdecode(os.path.join(os.fsencode(films), name))).write_text("Hello")  # noqa: PTH118  # bytes
    feed = tmp_path / "cues.jsonl"
    assert batch(films, out, feed=feed).done == 9
    assert set(map(os.fsencode, written(out))) >= {name[:-4] + b".srt" for name in odd}
    assert len([json.loads(line) for line in feed.read_text().splitlines()]) == 15
    assert batch(films, out, crew=no_crew()).kept == 9
    told = as_json(Counts(0, 0, 9, 0, 0, 0), list(entries(out).values()))
    assert json.dumps(told, ensure_ascii=False).encode()


def test_bad_films_are_named_and_cost_only_themselves(tmp_path: Path, out: Path) -> None:
    bad = ("bad", "bug", "crash")
    folder = make(tmp_path / "films", 6, *bad)
    tally = batch(folder, out, tries=2, backoff_s=0.01)
    assert tally.done == 6
    errors = {each.stem: each.error for each in tally.failed}
    assert sorted(errors) == sorted(bad)
    assert "take another" in errors["bad"]
    assert "ZeroDivisionError" in errors["bug"]
    assert "Segmentation fault" in errors["crash"]
    assert {stem: entries(out)[stem].tries for stem in bad} == {"bad": 1, "bug": 1, "crash": 2}
    assert {each.exit_code for each in tally.failed} == {1, 3}


def test_failed_ones_stay_so_until_they_are_to_be_tried_again(tmp_path: Path, out: Path) -> None:
    folder = make(tmp_path / "films", 6, "bad")
    batch(folder, out)
    assert batch(folder, out, crew=no_crew()).failed[0].stem == "bad"
    assert redone(folder, out, retry_failed=True) == ["bad"]


@pytest.mark.parametrize(
    ("word", "limits", "said"),
    [
        ("hang", Limits(stall_s=1), "nothing of it was read"),
        ("hang", Limits(time_s=1), "took longer"),
        ("grow", Limits(memory_mb=500), "more than 500 MiB"),
    ],
)
def test_a_film_that_takes_too_much_is_ended(
    tmp_path: Path, out: Path, word: str, limits: Limits, said: str
) -> None:
    folder = make(tmp_path / "films", 6, word)
    tally = batch(folder, out, limits=limits)
    assert tally.done == 6
    assert [each.stem for each in tally.failed] == [word]
    assert said in tally.failed[0].error
    assert not multiprocessing.active_children()


def test_what_may_pass_is_tried_again_and_what_may_not_is_not(tmp_path: Path, out: Path) -> None:
    folder = make(tmp_path / "films", 1)
    (folder / "away.mp4").write_text(f"away {tmp_path / 'away'} 2\nBack again")
    (folder / "gone.mp4").write_text(f"away {tmp_path / 'gone'} 9")
    tally = batch(folder, out, tries=3, backoff_s=0.01)
    assert [each.stem for each in tally.failed] == ["gone"]
    assert tally.failed[0].exit_code == 6
    assert entries(out)["away"].tries == entries(out)["gone"].tries == 3
    assert "Back again" in (out / "away.srt").read_text()


def test_files_that_nobody_called_films_may_be_none(tmp_path: Path, out: Path) -> None:
    folder = make(tmp_path / "films", 1)
    (folder / "notes").write_text("bad")
    tally = batch(folder, out)
    assert (tally.done, tally.failed) == (1, ())
    assert entries(out)["notes"].state == "ignored"


def test_what_crashes_is_told_though_nobody_called_it_a_film(tmp_path: Path, out: Path) -> None:
    folder = make(tmp_path / "films", 1)
    (folder / "recording").write_text("crash")
    (folder / "other").write_text("hang")
    tally = batch(folder, out, tries=1, limits=Limits(stall_s=1))
    assert {each.stem for each in tally.failed} == {"recording", "other"}


def test_an_engine_that_can_not_be_had_ends_the_batch(films: Path, out: Path) -> None:
    with pytest.raises(DependencyError, match="no such model"):
        batch(films, out, crew=LocalCrew(broken_reader, 2, Limits()))
    assert {entry.state for entry in entries(out).values()} == {"waiting"}
    with pytest.raises(DependencyError, match="no such model"):
        batch(films, out, crew=LocalCrew(scripted(), 2, Limits(), broken_model))
    assert batch(films, out).done == 6


def broken_reader(model: object) -> FilmReader:
    raise DependencyError("no such model")


def broken_model() -> OcrEngine:
    raise DependencyError("no such model")


def test_the_model_is_asked_in_batches_over_films(tmp_path: Path, out: Path) -> None:
    folder = make(tmp_path / "films", 0)
    for number in range(8):
        (folder / f"{number}.mp4").write_text("model 3")
    log = tmp_path / "batches"
    crew = LocalCrew(scripted(), 4, Limits(), slow_model(12, 0.3, log))
    assert batch(folder, out, crew=crew).done == 8
    assert {text.count(b"grey 7") for text in written(out).values()} == {3}
    batches = list(map(int, log.read_text().split()))
    assert sum(batches) == 24
    assert max(batches) > 3


def test_a_model_whose_process_is_killed_is_started_anew(tmp_path: Path, out: Path) -> None:
    folder = make(tmp_path / "films", 0)
    for number in range(8):
        (folder / f"{number}.mp4").write_text("model 3")
    crew = LocalCrew(scripted(), 2, Limits(), slow_model(6, 0.2, tmp_path / "batches"))
    killed: list[int] = []

    def kill() -> None:
        until(lambda: count_done(out) >= 2)
        killed.append(crew.pids()[-1])
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    tally = batch(folder, out, crew=crew, backoff_s=0.1)
    killer.join()
    assert (tally.done, tally.failed, len(killed)) == (8, (), 1)
    assert {text.count(b"grey 7") for text in written(out).values()} == {3}


def test_the_feed_gets_each_cue_with_its_film(films: Path, out: Path, tmp_path: Path) -> None:
    feed = tmp_path / "cues.jsonl"
    feed.write_text('{"id": "old"}\n{"id": "half')
    batch(films, out, feed=feed)
    told = [json.loads(line) for line in feed.read_text().splitlines()]
    assert told[0] == {"id": "old"}
    assert len(told) == 13 and len({each["id"] for each in told}) == 13
    last = [each for each in told[1:] if each["film"] == str(films / "2/film 5.mp4")]
    assert [each["text"] for each in last] == ["Line one of 5", "Line two of 5"]
    assert last[0]["start_us"] == 0 and last[0]["end_us"] == 40_000


def test_two_runs_do_not_write_to_one_feed(films: Path, out: Path, tmp_path: Path) -> None:
    from vidocr.archive.feed import Feed

    with (
        Feed(tmp_path / "cues.jsonl", sys.stdout.buffer),
        pytest.raises(UsageError, match="another run"),
    ):
        batch(films, out, feed=tmp_path / "cues.jsonl")


def test_a_file_that_is_no_ledger_is_said_and_left(films: Path, out: Path) -> None:
    (out / ".vidocr").mkdir(parents=True)
    (out / ".vidocr/ledger.sqlite").write_text("this is no data base, but a text " * 99)
    with pytest.raises(OutputError, match="no ledger"):
        batch(films, out)


def test_a_ledger_that_is_locked_is_waited_for_and_then_said(
    films: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(films, out)
    monkeypatch.setattr("vidocr.database._BUSY_S", 0.2)
    base = sqlite3.connect(out / ".vidocr/ledger.sqlite", isolation_level=None)
    base.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(OutputError, match="locked"):
            batch(films, out)
    finally:
        base.close()
    assert batch(films, out).kept == 6


# Runs in processes of their own, some of which are killed


def start(*arguments: object, delay_s: float = 0.0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.film_readers", *map(str, arguments),
         "--delay-s", str(delay_s)],
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> str:
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes that a run has started, without multiprocessing's own helper."""
    found = []
    with suppress(psutil.Error):  # it may have come to its end
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):  # so may that
                found += [child] if "resource_tracker" not in " ".join(child.cmdline()) else []
    return found


def until(done: object, timeout_s: float = 60) -> None:
    assert callable(done)
    latest = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < latest, "it takes too long"
        time.sleep(0.02)


def count_done(out: Path) -> int:
    path = out / ".vidocr/ledger.sqlite"
    if not path.exists():
        return 0
    base = sqlite3.connect(path)
    try:
        return int(base.execute("SELECT count(*) FROM films WHERE state = 'done'").fetchone()[0])
    except sqlite3.OperationalError:  # it is being made
        return 0
    finally:
        base.close()


def killed_often(films: Path, out: Path, undisturbed: Path, kills: int, whole: bool) -> None:
    """Kill runs at moments that are spread over the work; then let one finish."""
    batch(films, undisturbed)
    seen: dict[str, float | None] = {}
    for number in range(kills):
        process = start(films, out, delay_s=0.02)
        wanted = count_done(out) + 1 + number % 3
        until(
            lambda wanted=wanted, run=process: count_done(out) >= wanted or run.poll() is not None
        )
        time.sleep(0.013 * (number % 5))
        if process.poll() is None:
            children = family(process)
            process.kill() if whole or not children else children[-1].kill()
            process.wait(timeout=60)
            psutil.wait_procs(children, timeout=20)
            assert not any(child.is_running() for child in children if whole)
        process.communicate()
        done = {s: e.ended for s, e in entries(out).items() if e.state == "done"}
        assert {stem: done.get(stem) for stem in seen} == seen, "done twice"
        seen = done
    finish(start(films, out))
    assert written(out) == written(undisturbed)
    assert {stem: entries(out)[stem].ended for stem in seen} == seen, "done twice"
    assert {entry.state for entry in entries(out).values()} == {"done"}
    assert not list((out / ".vidocr").glob("run-*"))


def test_a_run_that_is_killed_is_gone_on_with(tmp_path: Path, out: Path) -> None:
    films = make(tmp_path / "films", 16)
    killed_often(films, out, tmp_path / "undisturbed", 4, whole=True)


@pytest.mark.slow
def test_runs_killed_at_twenty_moments_come_to_the_same(tmp_path: Path, out: Path) -> None:
    films = make(tmp_path / "films", 80)
    killed_often(films, out, tmp_path / "undisturbed", 20, whole=True)


def test_a_worker_that_is_killed_costs_no_film(tmp_path: Path, out: Path) -> None:
    films = make(tmp_path / "films", 6)
    process = start(films, out, delay_s=0.5)
    until(lambda: count_done(out) >= 1)
    family(process)[0].send_signal(signal.SIGKILL)
    finish(process)
    assert len(written(out)) == 6
    assert not batch(films, out, crew=no_crew()).failed


def test_two_runs_on_one_ledger_share_the_films(tmp_path: Path, out: Path) -> None:
    films = make(tmp_path / "films", 20)
    runs = [start(films, out, delay_s=0.1) for _ in range(2)]
    said = [finish(each) for each in runs]
    ends = [sum("done    " in line for line in each.splitlines()) for each in said]
    assert sum(ends) == 20
    assert len(written(out)) == 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_cleanly(tmp_path: Path, out: Path, number: int) -> None:
    films = make(tmp_path / "films", 6)
    command = [sys.executable, "-m", "vidocr.cli", "batch", str(films), "-o", str(out)]
    (films / "hang.mp4").write_bytes(b"")
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until(lambda: (out / ".vidocr/ledger.sqlite").exists() and entries(out))
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number, said
    assert "Traceback" not in said
    assert not list((out / ".vidocr").glob("run-*"))
    # A film that was just being claimed may be left as running: the next run sees whose it was.
    subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert "waiting" not in (states := {entry.state for entry in entries(out).values()})
    assert "running" not in states


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB, where one can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root alone, and not in every container")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_ends_the_batch_and_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    films = make(tmp_path / "films", 12)
    for path in films.rglob("*.mp4"):
        path.write_text("A long line of text\n" * 1500)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(2_400_000))
    with pytest.raises(OutputError, match="free some space"):
        batch(films, small_disk / "out")
    filler.unlink()
    done = batch(films, small_disk / "out")
    assert done.done > 0 and done.done + done.kept == 12
    batch(films, tmp_path / "undisturbed")
    assert written(small_disk / "out") == written(tmp_path / "undisturbed")


def test_a_disk_too_full_for_a_copy_of_a_film_ends_the_batch_and_fails_no_film(
    tmp_path: Path,
) -> None:
    films, out = make(tmp_path / "films", 3), tmp_path / "out"
    (films / "copied.mkv").write_text(f"full {tmp_path / 'counter'}")
    with pytest.raises(OutputError, match="copy.mkv: can't be written: No space left"):
        batch(films, out)
    assert "failed" not in {entry.state for entry in entries(out).values()}
    done = batch(films, out)
    assert (done.done + done.kept, done.failed) == (4, ())
