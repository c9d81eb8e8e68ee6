"""What becomes of jobs that were under way when the service ended."""

import socket
import time
from pathlib import Path

import pytest

from vidocr.cli import main
from vidocr.errors import UsageError
from vidocr.ocr.choice import wanted_of
from vidocr.options import Options
from vidocr.service.choices import engines, options_of
from vidocr.service.desk import Desk
from vidocr.service.films import listing, type_of
from vidocr.service.interpreter import Interpreter
from vidocr.service.origins import is_loopback
from vidocr.service.places import Places
from vidocr.service.refusals import Refusal
from vidocr.service.rooms import Service
from vidocr.service.runner import Runner
from vidocr.service.settings import Settings
from vidocr.service.store import Job, Store

REPORT = '{"cues": 4, "engine": "rapid", "regions": [], "frames": 9}'


def test_outputs_that_are_whole_are_not_made_again(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    places, store = Places(settings.data), Store(tmp_path / "jobs.sqlite", 9)
    for name in "abc":
        store.add(Job(id=name, owner="x", name=name, state="queued", webhook="http://x"))
    for name in "ab":
        store.take()
        (places.part(name) / "report.json").write_text(REPORT)
    places.finish("a")  # and then the power went
    (settings.data / "jobs" / "unknown").mkdir()
    desk = Desk(wanted_of(Options()))  # its engine never comes
    runner = Runner(store, places, desk, Interpreter(Options()), settings)
    runner.start()
    done, again, waits = (store.get(name) for name in "abc")
    assert done and done.state == "done" and done.result["cues"] == 4 and store.hook("a")
    assert again and again.state == "queued" and again.tries == 1 and not store.hook("b")
    assert waits and waits.state == "queued" and waits.tries == 0
    assert not (settings.data / "jobs" / "unknown").exists()
    assert not list(places.part("b").iterdir()), "what was half done is begun anew"
    runner.close()
    store.close()


def test_held_jobs_are_removed_with_their_films(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", hold_s=60)
    places, store = Places(settings.data), Store(tmp_path / "jobs.sqlite", 9)
    for name, age_s in (("old", 100), ("new", 0)):
        created = time.time() - age_s
        store.add(Job(id=name, owner="x", name=name, state="held", created=created))
        places.part(name)
    desk = Desk(wanted_of(Options()))
    runner = Runner(store, places, desk, Interpreter(Options()), settings)
    runner.start()
    while store.get("old"):
        time.sleep(0.01)
    runner.close()
    assert store.ids() == ["new"] and not places.job("old").exists() and places.job("new").exists()
    store.close()


def test_one_service_has_a_folder(tmp_path: Path) -> None:
    first = Service(Settings(data=tmp_path), None)
    with pytest.raises(UsageError, match="another vidocr serve"):
        Service(Settings(data=tmp_path), None)
    first.start()
    first.close()
    second = Service(Settings(data=tmp_path), None)
    second.start()
    second.close()


def test_jobs_choose_what_is_theirs_to_choose() -> None:
    base = Options(engine="server", server_url="http://x", grid_ms=300)
    made = options_of(base, {"regions": ["0,70%,100%,30%"], "start": "1:30", "engine": "rapid"})
    assert made.start_us == 90_000_000 and made.engine == "rapid" and made.grid_ms == 300
    assert made.server_url == "http://x" and len(made.regions) == 1
    assert engines(base)[:3] == ["server", "cascade", "rapid"]
    for wrong in (
        {"engine": "hunyuan"}, {"engine": "fake"}, {"device": "cuda"}, {"api_key": "x"},
        {"jobs": 99}, {"hwaccel": "cuda"}, {"start": 5, "end": 3}, {"grid_ms": None},
        {"regions": 5}, {"regions": {"a": 1}}, {"grid_ms": float("inf")}, {"lang": ["ru"]},
        {"fast": "perhaps"}, {"": 1},
    ):  # fmt: skip
        with pytest.raises(Refusal) as refusal:
            options_of(base, wrong)
        assert refusal.value.status == 422, wrong


def test_folders_are_listed_without_what_is_hidden(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "b folder").mkdir(parents=True)
    for name in ("a.mp4", ".hidden", "c.mkv"):
        (root / name).write_bytes(b"123")
    (root / "out").symlink_to(tmp_path)
    told = listing(str(root), [root])
    assert [entry["name"] for entry in told["entries"]] == ["b folder", "out", "a.mp4", "c.mkv"]
    assert [entry["bytes"] for entry in told["entries"]] == [None, None, 3, 3]
    assert listing(None, [root])["entries"] == [] == listing(str(root / "a.mp4"), [root])["entries"]
    with pytest.raises(Refusal):
        listing(str(root / "out"), [root])
    assert listing(None, [])["roots"] == []


def test_a_film_is_never_told_to_be_a_page() -> None:
    assert type_of("a.MP4") == "video/mp4"
    for name in ("a.html", "a.svg", "a", "a.mp4.xml"):
        assert type_of(name) == "application/octet-stream"


def test_which_hosts_are_this_machine_alone() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "::1", "localhost", "127.1.2.3")))
    for host in ("0.0.0.0", "::", "192.168.1.1", "example.org", "", "localhost.example.org"):
        assert not is_loopback(host)


def test_what_hinders_a_service_is_said_before_it_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "data")]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port, *data]) == 2
        assert f"port {port}: can't be listened at" in capsys.readouterr().err
    assert main(["serve", "--host", "192.0.2.1", "--port", "0", *data]) == 2
    assert "others could reach it" in capsys.readouterr().err
    assert main(["serve", "--root", str(tmp_path / "none"), *data]) == 2
    assert "is no folder" in capsys.readouterr().err
    assert main(["serve", "--queue", "0", *data]) == 2
    assert main(["serve", "--engine", "none", *data]) == 2
    (tmp_path / "file").touch()
    assert main(["serve", "--port", "0", "--data", str(tmp_path / "file")]) == 5
    assert "can't be written" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
