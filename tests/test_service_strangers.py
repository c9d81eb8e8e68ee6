"""A service whose users are told apart: what each may see and do, and how much of it."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import psutil
import pytest

from tests.hostile import listener
from tests.serving import JSON, Server, code, make_film, until
from tests.signing import SECRET, signed, unsigned
from vidocr.service.tokens import entry, new_token

WHO = {"ann": ["read", "submit"], "bob": ["read", "submit"], "eye": ["read"], "root": ["admin"]}
SETTINGS: JSON = {"body_grace_s": 4, "uploads": 4, "requests_each": 40}
HOOK_SECRET = "the-secret-of-webhooks"
OPEN = {"/healthz", "/readyz"}
NOBODY = "0" * 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("strangers")


@pytest.fixture(scope="module")
def words(folder: Path) -> dict[str, str]:
    """Tokens, whose hashes are in a file of the service's."""
    made = {name: new_token(name, scopes) for name, scopes in WHO.items()}
    text = "\n".join(entry(kept) for _, kept in made.values())
    text += '\n[[jwt]]\nalgorithm = "HS256"\nkey_file = "key"\naudience = "vidocr"\n'
    (folder / "auth.toml").write_text(text)
    (folder / "key").write_text(SECRET)
    return {name: word for name, (word, _) in made.items()}


@pytest.fixture(scope="module")
def film(folder: Path) -> Path:
    return make_film(folder / "film.mp4")


@pytest.fixture(scope="module")
def server(folder: Path, words: dict[str, str], film: Path) -> Iterator[Server]:
    flags = ["--engine", "fake", "--auth", str(folder / "auth.toml"), "--root", str(folder)]
    flags += ["--webhook-private", "--webhook-secret", HOOK_SECRET, "--verbose"]
    flags += ["--job-rate", "9999/minute", "--question-rate", "5/minute", "--queue", "9"]
    flags += ["--proxy", "192.0.2.7", "--read-rate", "900/minute"]
    with Server(folder / "data", *flags, settings=SETTINGS) as running:
        yield running
        said = running.said()
    for secret in (*words.values(), HOOK_SECRET, SECRET, "a-secret-of-the-address", signed()[:20]):
        assert secret not in said
    assert "webhook of job" in said  # so much was said, at least
    kept = b"".join(path.read_bytes() for path in (folder / "data").glob("*.sqlite*"))
    assert not [name for name, word in words.items() if word.encode() in kept]


@pytest.fixture(scope="module")
def clients(server: Server, words: dict[str, str]) -> Iterator[dict[str, httpx.Client]]:
    made = {name: server.client_of(Authorization=f"Bearer {word}") for name, word in words.items()}
    yield made
    for client in made.values():
        client.close()


@pytest.fixture(scope="module")
def job(clients: dict[str, httpx.Client], film: Path) -> JSON:
    """Ann's, and done."""
    answer = clients["ann"].post("/v1/jobs", files={"film": film.read_bytes()})
    assert answer.status_code == 201 and answer.json()["owner"] == "ann"
    return ended(clients["ann"], answer.json())


def ended(client: httpx.Client, job: JSON) -> JSON:
    def look() -> JSON | None:
        now: JSON = client.get(f"/v1/jobs/{job['id']}").json()
        return now if now["state"] in ("done", "failed") else None

    return until(look)


def routes(server: Server, id: str) -> list[tuple[str, str]]:
    """All that can be asked for: methods and paths."""
    told = server.get("/openapi.json")["paths"]
    fill = {"{id}": id, "{format}": "srt", "{n}": "0"}
    found = []
    for path, methods in told.items():
        for name, value in fill.items():
            path = path.replace(name, value)
        found += [(method.upper(), path) for method in methods]
    assert len(found) >= 20
    return found


def test_nothing_is_told_to_strangers(server: Server, job: JSON) -> None:
    asked = set()
    for method, path in routes(server, job["id"]):
        answer = server.client.request(method, path, params={"access_token": "x", "token": "x"})
        if path in OPEN:
            assert answer.status_code == 200
            continue
        assert code(answer) == (401, "unauthenticated"), (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"
        asked.add(path)
    assert len(asked) >= 15


def test_strangers_send_nothing(server: Server, job: JSON) -> None:
    """They are refused before what they send is read, which never ends here."""
    url = server.client.base_url
    for path in ("/v1/jobs", "/v1/ocr", "/generate", f"/v1/jobs/{job['id']}/start", "/none"):
        head = f"POST {path} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\nContent-Length: 900000\r\n"
        with socket.create_connection((url.host, url.port or 0), timeout=3) as line:
            line.sendall(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
            assert b" 401 " in line.recv(4096), path


@pytest.mark.parametrize(
    "word",
    [
        "vidocr_" + "A" * 43, "null", "undefined", "x", unsigned({"alg": "none"}),
        signed("y" * 32), signed(exp=int(time.time()) - 60), signed(exp=None),
        signed(aud="another"), signed(aud=None), signed(sub=None), signed(SECRET * 2, "HS512"),
    ],
)  # fmt: skip
def test_nothing_is_told_to_who_has_a_false_token(server: Server, job: JSON, word: str) -> None:
    headers = {"Authorization": f"Bearer {word}"}
    for path in ("/v1/jobs", f"/v1/jobs/{job['id']}", "/v1/engines", "/metrics"):
        answer = server.client.get(path, headers=headers)
        assert code(answer) == (401, "unauthenticated"), path
        assert word not in answer.text or len(word) < 5


def test_a_signed_token_is_somebody(server: Server, film: Path) -> None:
    with server.client_of(Authorization=f"Bearer {signed(sub='ann')}") as client:
        assert client.get("/v1/jobs").json()["jobs"] == []  # not Ann, who is known here
        asked = {"path": str(film), "hold": True}
        job = client.post("/v1/jobs", json=asked).json()
        assert job["owner"] == "jwt:ann"
        assert client.delete(f"/v1/jobs/{job['id']}").status_code == 204


def test_a_scope_is_needed(clients: dict[str, httpx.Client], job: JSON, film: Path) -> None:
    eye, ann = clients["eye"], clients["ann"]
    assert eye.get("/v1/engines").status_code == 200
    for answer in (
        eye.post("/v1/jobs", json={"path": str(film)}),
        eye.post("/v1/ocr", json={}),
        eye.post("/generate", json={}),
        eye.get("/v1/films"),
        eye.delete(f"/v1/jobs/{job['id']}"),
        eye.get("/metrics"),
        ann.get("/metrics"),
    ):
        assert code(answer) == (403, "forbidden")
    assert clients["root"].get("/metrics").status_code == 200


def test_nobody_sees_what_belongs_to_another(
    server: Server, clients: dict[str, httpx.Client], job: JSON
) -> None:
    bob = clients["bob"]
    asked = [each for each in routes(server, job["id"]) if job["id"] in each[1]]
    assert len(asked) >= 10
    sent: dict[str, Any] = {"revision": 0, "cues": []}
    for method, path in asked:
        if path.endswith("/region"):
            continue  # it counts as a question, of which few may be asked here
        body = None if method in ("GET", "DELETE") else sent if method == "PUT" else {}
        answer = bob.request(method, path, json=body)
        assert code(answer) == (404, "not_found"), (method, path)
        missing = bob.request(method, path.replace(job["id"], NOBODY), json=body)
        assert missing.text.replace(NOBODY, job["id"]) == answer.text
    assert bob.get("/v1/jobs").json()["jobs"] == []
    assert bob.get("/v1/jobs", params={"before": job["id"]}).json()["jobs"] == []
    for name in ("ann", "root"):
        assert job["id"] in [each["id"] for each in clients[name].get("/v1/jobs").json()["jobs"]]
    assert clients["ann"].get(f"/v1/jobs/{job['id']}/tracks/srt").status_code == 200


def test_who_asks_too_often_waits(clients: dict[str, httpx.Client]) -> None:
    answers = [clients["bob"].post("/v1/ocr", json={}) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert clients["bob"].get("/v1/jobs").status_code == 200
    assert clients["ann"].post("/v1/ocr", json={}).status_code == 422


def test_a_webhook_is_not_led_on(clients: dict[str, httpx.Client], film: Path) -> None:
    """To an address that was never checked; and what its own says is not written into the log."""
    with listener() as (port, said):

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.send_response(307)
                self.send_header("Location", f"http://127.0.0.1:{port}/")
                self.end_headers()

            def log_message(self, format: str, *_: Any) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as receiver:
            Thread(target=receiver.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{receiver.server_port}/?key=a-secret-of-the-address"
            asked = {"path": str(film), "webhook": url}
            job = clients["ann"].post("/v1/jobs", json=asked).json()

            def tried() -> JSON | None:
                now: JSON = clients["ann"].get(f"/v1/jobs/{job['id']}").json()
                return now if now["webhook"]["tries"] else None

            hook = until(tried)["webhook"]
            assert hook["state"] == "waiting" and "307" in hook["last"]
            receiver.shutdown()
        assert clients["ann"].delete(f"/v1/jobs/{job['id']}").status_code == 204
        assert not said


async def slow_upload(server: Server, word: str, stop: asyncio.Event) -> str:
    """The status of an upload of which a byte comes each half second; "open" until the end."""
    url = server.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nHost: {url.netloc.decode()}\r\nAuthorization: Bearer {word}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="film"; filename="f.mp4"\r\n\r\n'
    )
    try:
        writer.write(head.encode())
        line = asyncio.create_task(reader.readline())
        while not (line.done() or stop.is_set()):
            writer.write(b"x")
            await asyncio.wait({line}, timeout=0.5)
        if not line.done():
            line.cancel()
            return "open"
        return line.result().split()[1].decode()
    except ConnectionError:
        return "cut"
    finally:
        writer.close()


def memory_mb(server: Server) -> float:
    """Of the process that answers."""
    return float(psutil.Process(server.process.pid).memory_info().rss) / 1e6


def test_a_thousand_slow_uploads_keep_nobody_from_working(
    server: Server, clients: dict[str, httpx.Client], words: dict[str, str], film: Path
) -> None:
    before_mb = memory_mb(server)
    stop = asyncio.Event()

    def work() -> list[float]:
        """Bob's, meanwhile: how long answers take, in s."""
        taken = []
        for _ in range(30):
            began = time.monotonic()
            assert clients["bob"].get("/v1/jobs").status_code == 200
            taken.append(time.monotonic() - began)
            time.sleep(0.05)
        answer = clients["bob"].post("/v1/jobs", files={"film": film.read_bytes()})
        assert answer.status_code == 201, answer.text
        assert ended(clients["bob"], answer.json())["state"] == "done"
        return taken

    async def attack() -> tuple[list[str], list[float], float]:
        uploads = [
            asyncio.create_task(slow_upload(server, words["ann"], stop)) for _ in range(1000)
        ]
        taken = await asyncio.to_thread(work)
        after_mb = memory_mb(server)
        await asyncio.sleep(SETTINGS["body_grace_s"])
        stop.set()
        return await asyncio.gather(*uploads), taken, after_mb

    statuses, taken, after_mb = asyncio.run(attack())
    counts = {status: statuses.count(status) for status in set(statuses)}
    assert counts.get("429", 0) >= 900 and counts.get("408", 0) >= 1, counts
    assert set(counts) <= {"429", "408", "cut"}, counts
    assert after_mb - before_mb < 100
    assert sorted(taken)[len(taken) // 2] < 1, taken
    assert not list((server.data / "uploads").iterdir())
    told = json.dumps(clients["ann"].get("/v1/jobs").json())
    assert "f.mp4" not in told


def test_where_a_request_says_it_comes_from_is_not_believed(server: Server) -> None:
    """Last: from then on nobody without a token is answered for a while."""
    for number in range(1000):
        headers = {"X-Forwarded-For": f"198.51.100.{number % 250}", "Forwarded": f"for={number}"}
        if server.client.get("/healthz", headers=headers).status_code == 429:
            return
    raise AssertionError("each was taken for another")
