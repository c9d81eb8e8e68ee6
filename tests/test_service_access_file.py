"""A file of tokens that changes while the service runs."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from tests.serving import JSON, PATIENCE_S, Server, make_film, until
from tests.signing import new_key, public_pem, signed
from vidocr.cli import main
from vidocr.errors import UsageError
from vidocr.service.access import AccessFile, access_of
from vidocr.service.refusals import Refusal
from vidocr.service.tokens import entry, new_token

ANN, ANN_KEPT = new_token("ann", ["read", "submit"])
BOB, BOB_KEPT = new_token("bob", ["read"])


class Clock:
    """Goes as it is told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def who(access: AccessFile, word: str) -> str | None:
    headers = [(b"authorization", f"Bearer {word}".encode())]
    try:
        return access.identify(Request({"type": "http", "headers": headers})).name
    except Refusal as refusal:
        assert refusal.status == 401
        return None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "auth.toml"
    path.write_text(entry(ANN_KEPT))
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(path: Path, clock: Clock) -> AccessFile:
    return AccessFile(path, clock)


def put(path: Path, *texts: str) -> None:
    """Have other content in the file at once, as the command does."""
    beside = path.with_name("beside")
    beside.write_text("\n".join(texts))
    beside.replace(path)


def test_tokens_come_and_go_with_the_file(access: AccessFile, path: Path, clock: Clock) -> None:
    put(path, entry(BOB_KEPT))
    clock.now_s += 0.9
    assert (who(access, ANN), who(access, BOB)) == ("ann", None), "it is looked at once a second"
    clock.now_s += 0.2
    assert (who(access, ANN), who(access, BOB)) == (None, "bob")


def test_a_token_that_the_command_adds_is_known(
    access: AccessFile, path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "new", "--name", "eve", "--auth", str(path)]) == 0
    said = capsys.readouterr()
    assert "knows it in a second" in said.err and "again" not in said.err
    clock.now_s += 2
    assert (who(access, said.out.strip()), who(access, ANN)) == ("eve", "ann")


def _same_size(path: Path) -> None:
    put(path, entry(ANN_KEPT).replace(ANN_KEPT.sha256, BOB_KEPT.sha256))


def _same_time(path: Path) -> None:
    told = path.stat()
    path.write_text(entry(BOB_KEPT) + "\n# longer")
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))


def _same_time_and_size(path: Path) -> None:
    told = path.stat()
    _same_size(path)
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))


@pytest.mark.parametrize("change", [_same_size, _same_time, _same_time_and_size])
def test_any_change_is_seen(
    access: AccessFile, path: Path, clock: Clock, change: Callable[[Path], None]
) -> None:
    assert who(access, ANN) == "ann"
    change(path)
    clock.now_s += 2
    assert who(access, ANN) is None and who(access, BOB)


def test_a_file_that_stays_is_not_read_again(
    access: AccessFile, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path) -> bytes:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(Path, "read_bytes", read)
    for _ in range(3):
        clock.now_s += 2
        assert who(access, ANN) == "ann"


def test_a_broken_file_grants_what_it_did_and_is_told_once(
    access: AccessFile, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    put(path, "[[token")
    for _ in range(3):
        clock.now_s += 2
        assert who(access, ANN) == "ann"
    (told,) = caplog.records
    assert told.levelname == "ERROR"
    assert str(path) in told.message and "mend" in told.message and "before" in told.message
    path.unlink()
    clock.now_s += 2
    assert who(access, ANN) == "ann"
    assert len(caplog.records) == 2 and "can't be read" in caplog.records[1].message
    put(path, entry(BOB_KEPT))
    clock.now_s += 2
    assert (who(access, ANN), who(access, BOB)) == (None, "bob")


def test_a_file_that_grants_nothing_any_more_lets_nobody_in(
    access: AccessFile, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    put(path, "# nobody")
    clock.now_s += 2
    assert who(access, ANN) is None
    clock.now_s += 2
    assert who(access, ANN) is None
    (told,) = caplog.records
    assert "nobody is let in" in told.message
    with pytest.raises(UsageError, match="holds neither"):  # as a service is started, it's a slip
        access_of(path)
    put(path, entry(ANN_KEPT))
    clock.now_s += 2
    assert who(access, ANN) == "ann"


def test_keys_of_issuers_are_read_again(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    mine, other = new_key(), new_key()
    path.write_text('[[jwt]]\nalgorithm = "RS256"\nkey_file = "key.pem"\naudience = "vidocr"\n')
    (path.parent / "key.pem").write_bytes(public_pem(mine))
    access = AccessFile(path, clock)
    by_mine, by_other = signed(mine, "RS256"), signed(other, "RS256")
    assert (who(access, by_mine), who(access, by_other)) == ("jwt:eve", None)
    put(path.parent / "key.pem", public_pem(other).decode())
    clock.now_s += 2
    assert (who(access, by_mine), who(access, by_other)) == (None, "jwt:eve")
    (path.parent / "key.pem").unlink()
    clock.now_s += 2
    assert who(access, by_other) == "jwt:eve"
    (told,) = caplog.records
    assert "key.pem" in told.message and "key_file" in told.message
    put(path.parent / "key.pem", public_pem(mine).decode())
    clock.now_s += 2
    assert (who(access, by_mine), who(access, by_other)) == ("jwt:eve", None)


def followed(client: httpx.Client, job: JSON) -> tuple[threading.Thread, list[str]]:
    """Somebody who follows a job for as long as they may, and the events that they saw."""
    seen: list[str] = []

    def follow() -> None:
        with client.stream("GET", f"/v1/jobs/{job['id']}/events") as answer:
            seen.extend(line for line in answer.iter_lines() if line.startswith("event: "))

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    return thread, seen


def test_who_loses_a_token_is_out_at_once(tmp_path: Path, path: Path) -> None:
    root, root_kept = new_token("root", ["admin"])
    put(path, entry(ANN_KEPT), entry(root_kept))
    flags = ["--engine", "fake", "--auth", str(path)]
    with Server(tmp_path / "data", *flags) as server:
        ann, admin, bob = (
            server.client_of(Authorization=f"Bearer {word}") for word in (ANN, root, BOB)
        )
        with ann, admin, bob:
            film = {"film": make_film(tmp_path / "film.mp4").read_bytes()}
            job = ann.post("/v1/jobs", files=film, data={"hold": "true"}).json()
            (anns, told), (roots, seen) = followed(ann, job), followed(admin, job)
            until(lambda: told and seen)
            assert bob.get("/v1/jobs").status_code == 401
            put(path, entry(BOB_KEPT), entry(root_kept))
            anns.join(PATIENCE_S)
            assert not anns.is_alive(), "who follows a job may no longer"
            assert ann.get("/v1/jobs").status_code == 401
            assert bob.get("/v1/jobs").status_code == 200
            assert roots.is_alive(), "others are not disturbed"
            assert admin.delete(f"/v1/jobs/{job['id']}").status_code == 204
            roots.join(PATIENCE_S)
            assert seen[-1] == "event: gone"
