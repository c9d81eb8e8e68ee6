"""What those send who mean harm, to a service that tells nobody apart: media, paths, names."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hostile import far_too_large, far_too_large_inside, film, for_years, listener, playlists
from tests.serving import JSON, Server, code, make_film

SETTINGS: JSON = {"film_pixels": 320 * 180, "body_grace_s": 1, "body_bytes": 100_000}
NAMES = [
    "<img src=x onerror=alert(1)>.svg", '"><script>alert(1)</script>.html', "evil.html",
    'a"; filename="b.exe', "a\r\nSet-Cookie: x=y.mp4", "../../../../etc/passwd",
    "..\\..\\windows\\win.ini", "\u202e4pm.exe", "x\0.mp4", "{{7*7}}.mp4", "%00%0d%0a.mp4",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacks")


@pytest.fixture(scope="module")
def secret(folder: Path) -> Path:
    """A film that nobody may read."""
    return make_film(folder / "secret.mp4")


@pytest.fixture(scope="module")
def root(folder: Path) -> Path:
    (folder / "films").mkdir()
    return folder / "films"


@pytest.fixture(scope="module")
def server(folder: Path, root: Path) -> Iterator[Server]:
    flags = ("--engine", "fake", "--root", str(root), "--film-hours", "1", "--upload-mb", "2")
    with Server(folder / "data", *flags, settings=SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def held(server: Server, root: Path) -> JSON:
    """A job of a film that was named by its path."""
    path = make_film(root / "held.mp4")
    answer = server.client.post("/v1/jobs", json={"path": str(path), "hold": True})
    assert answer.status_code == 201
    told: JSON = answer.json()
    return told


@pytest.fixture(autouse=True)
def no_rests(server: Server) -> Iterator[None]:
    yield
    assert not list((server.data / "uploads").iterdir())


def send(server: Server, content: bytes, name: str) -> httpx.Response:
    return server.client.post("/v1/jobs", files={"film": (name, content)}, data={"hold": "true"})


def test_playlists_lead_nowhere(server: Server, secret: Path, root: Path) -> None:
    with listener() as (port, said):
        targets = [str(secret), "../../../secret.mp4"]
        targets += [f"http://127.0.0.1:{port}/x.ts", f"tcp://127.0.0.1:{port}"]
        for target in targets:
            for kind, text in playlists(target).items():
                answer = send(server, text.encode(), "film.mp4")
                assert code(answer) in ((415, "unsupported"), (422, "invalid")), (kind, target)
        for kind, text in playlists(str(secret)).items():  # under a name of their own, or a path
            ending = kind if kind in ("ffconcat", "mpd", "sdp") else "m3u8"
            (root / f"list.{ending}").write_text(text)
            asked = {"path": str(root / f"list.{ending}")}
            for answer in (
                send(server, text.encode(), f"list.{ending}"),
                server.client.post("/v1/jobs", json=asked),
            ):
                assert code(answer) in ((415, "unsupported"), (422, "invalid")), kind
                assert str(server.data) not in answer.text
        assert not said


def test_a_film_that_says_it_is_gigantic_is_refused(server: Server, tmp_path: Path) -> None:
    for path in (far_too_large(tmp_path / "header.mp4"), far_too_large_inside(tmp_path / "b.mp4")):
        answer = server.send(path)
        assert code(answer) in ((415, "unsupported"), (422, "invalid")), path
    answer = server.send(film(tmp_path / "b.mkv", width=640, height=360))
    assert code(answer) == (422, "invalid") and "640x360" in answer.text


def test_a_film_of_a_thousand_streams_is_refused(server: Server, tmp_path: Path) -> None:
    answer = server.send(film(tmp_path / "many.mkv", 0.0, streams=1000))
    assert code(answer) == (422, "invalid") and "streams" in answer.json()["error"]["message"]
    assert server.send(film(tmp_path / "few.mkv", streams=200), hold="true").status_code == 201


def test_a_film_without_end_is_refused_or_ends(server: Server, tmp_path: Path) -> None:
    answer = server.send(film(tmp_path / "sparse.mkv", 0.0, 20_000.0))
    assert code(answer) == (422, "invalid") and "lasts" in answer.text
    lying = server.job(for_years(tmp_path / "years.mp4"))  # nothing can last so long
    assert lying["film"]["duration_us"] is None
    assert server.ended(lying)["state"] == "done"


def test_nothing_lies_outside_of_the_root(
    server: Server, held: JSON, secret: Path, root: Path
) -> None:
    (root / "link.mp4").symlink_to(secret)
    (root / "up").symlink_to(root.parent)
    (root / "circle").symlink_to(root / "circle")
    paths = [
        str(secret), f"{root}/../secret.mp4", f"{root}/link.mp4", f"{root}/up/secret.mp4",
        f"{root}/up/data/service.sqlite", "/etc/passwd", "/proc/self/environ", "/dev/zero",
        f"file:{secret}", f"concat:{secret}", "http://127.0.0.1/x", "~/x", "films/held.mp4",
        f"{root}/circle", f"{root}/missing.mp4", f"{root}\0/x", f"{root}/%2e%2e/secret.mp4", "",
    ]  # fmt: skip
    said = set()
    for path in paths:
        answer = server.client.post("/v1/jobs", json={"path": path})
        assert answer.status_code in (403, 422), path
        if answer.status_code == 403:
            said.add(answer.text)
        assert server.client.get("/v1/films", params={"under": path}).status_code in (403, 422)
    assert len(said) == 1  # whether there is such a file is not told
    names = {each["name"] for each in server.get(f"/v1/films?under={root}")["entries"]}
    assert "held.mp4" in names
    assert server.client.post("/v1/jobs", json={"path": str(root)}).status_code in (415, 422)


def test_a_film_that_becomes_a_link_is_out_of_reach(
    server: Server, held: JSON, root: Path, secret: Path
) -> None:
    (root / "held.mp4").rename(root / "kept.mp4")
    (root / "held.mp4").symlink_to(secret)
    for route in ("film", "frame"):
        assert code(server.client.get(f"/v1/jobs/{held['id']}/{route}")) == (403, "forbidden")
    (root / "held.mp4").unlink()
    (root / "kept.mp4").rename(root / "held.mp4")
    assert server.client.get(f"/v1/jobs/{held['id']}/film").status_code == 200


def test_paths_of_addresses_lead_nowhere_else(server: Server, held: JSON) -> None:
    ups = ["..%2f..%2f..%2fservice.sqlite", "....//....//etc/passwd", "%2e%2e/%2e%2e/etc/passwd"]
    ups += ["..%5c..%5cx", "%2fetc%2fpasswd", "srt%00", "srt/../../film"]
    for up in ups:
        for path in (f"/v1/jobs/{up}", f"/v1/jobs/{held['id']}/{up}", f"/{up}"):
            assert raw(server, f"GET {path} HTTP/1.1").split()[1] in (b"404", b"422", b"405"), path
        for path in (
            f"/v1/jobs/{held['id']}/tracks/{up}",
            f"/v1/jobs/{held['id']}/cues/{up}/picture",
        ):
            status = raw(server, f"GET {path} HTTP/1.1").split()[1]
            assert status in (b"404", b"409", b"422"), path


def raw(server: Server, *lines: str, body: bytes = b"", host: str | None = None) -> bytes:
    """What is answered to a request, written as it is."""
    address = server.client.base_url
    head = [*lines, f"Host: {host or address.netloc.decode()}", "Connection: close", "", ""]
    with socket.create_connection((address.host, address.port or 0), 30) as line:
        line.sendall("\r\n".join(head).encode("latin-1") + body)
        said = b""
        while piece := line.recv(65536):
            said += piece
    return said


@pytest.mark.parametrize("name", NAMES)
def test_names_stay_names(server: Server, held: JSON, root: Path, name: str) -> None:
    answer = named(server, root / "held.mp4", name, hold=True)
    assert answer.headers["content-type"] == "application/json"
    if answer.status_code == 400 and "\0" in name:
        return
    job = answer.json()
    assert answer.status_code == 201 and job["name"] and not set(job["name"]) & set("\r\n\0/")
    told = server.client.get(f"/v1/jobs/{job['id']}/film").headers
    assert told["content-type"].split("/")[0] in ("video", "application")
    assert "html" not in told["content-type"] and "svg" not in told["content-type"]
    assert told["x-content-type-options"] == "nosniff" and "set-cookie" not in told
    assert server.client.delete(f"/v1/jobs/{job['id']}").status_code == 204
    assert not (server.data / "jobs" / job["id"]).exists()


def test_names_of_tracks_are_letters_digits_and_percent_signs(
    server: Server, held: JSON, root: Path
) -> None:
    name = "a\r\nSet-Cookie: x=y\"; filename=\"b.exe <svg/onload='alert(1)'>.html"
    answer = named(server, root / "held.mp4", name)
    job = server.ended(answer.json())
    assert job["state"] == "done"
    for format in ("srt", "vtt"):
        told = server.client.get(f"/v1/jobs/{job['id']}/tracks/{format}").headers
        kind, _, file = told["content-disposition"].partition("; filename*=UTF-8''")
        assert kind == "attachment" and file.endswith(f".{format}")
        assert file.replace("%", "").replace(".", "").replace("-", "").replace("_", "").isalnum()
        assert told["content-type"].startswith("text/plain") and "set-cookie" not in told


def named(server: Server, film: Path, name: str, hold: bool = False) -> httpx.Response:
    """A film under a name, written as a browser does: all but quotes and ends of lines as it is."""
    plain = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    fields = f'--x\r\nContent-Disposition: form-data; name="hold"\r\n\r\n{str(hold).lower()}\r\n'
    fields += f'--x\r\nContent-Disposition: form-data; name="film"; filename="{plain}"\r\n\r\n'
    return server.client.post(
        "/v1/jobs",
        content=fields.encode() + film.read_bytes() + b"\r\n--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )


WEBHOOKS = [
    "http://127.0.0.1/", "http://localhost:8080/", "http://2130706433/", "http://0x7f000001/",
    "http://0177.0.0.1/", "http://127.1/", "http://0/", "http://[::1]/", "http://[::]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[fec0::1]/", "http://[fd00:ec2::254]/",
    "http://10.0.0.1/", "http://172.16.5.5/", "http://192.168.1.1/", "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1.:80/", "ftp://8.8.8.8/",
    "http://a@8.8.8.8/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://8.8.8.8:0x50/",
    "http://127.0.0.1\\@8.8.8.8/", "http://8.8.8.8\r\nHost: 127.0.0.1/",
]  # fmt: skip


def test_webhooks_do_not_reach_this_machine_or_its_network(
    server: Server, root: Path, held: JSON
) -> None:
    for url in WEBHOOKS:
        asked: Any = {"path": str(root / "held.mp4"), "webhook": url, "hold": True}
        answer = server.client.post("/v1/jobs", json=asked)
        assert code(answer) == (422, "invalid"), url
    with (root / "held.mp4").open("rb") as content:
        form = {"webhook": "http://2130706433/", "hold": "true"}
        answer = server.client.post("/v1/jobs", files={"film": content}, data=form)
    assert code(answer) == (422, "invalid")


def test_a_body_without_end_is_given_up(server: Server, held: JSON) -> None:
    def stuck(path: str, kind: str) -> bytes:
        head = (f"POST {path} HTTP/1.1", f"Content-Type: {kind}", "Content-Length: 90000")
        part = b'--x\r\nContent-Disposition: form-data; name="film"; filename="f"\r\n\r\nabc'
        return raw(server, *head, body=part)

    form, text = "multipart/form-data; boundary=x", "application/json"
    paths = ("/v1/jobs", "/v1/jobs", "/v1/ocr", f"/v1/jobs/{held['id']}/start")
    with ThreadPoolExecutor(len(paths)) as pool:
        for said in pool.map(stuck, paths, (form, text, text, text)):
            assert said.split()[1] == b"408" and b'"too_slow"' in said


def test_a_body_that_goes_on_and_on_is_refused(server: Server, held: JSON) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(400):
            yield b" " * 10_000

    json_kind = {"Content-Type": "application/json"}
    for path in ("/v1/jobs", f"/v1/jobs/{held['id']}/start"):
        answer = server.client.post(path, content=pieces(), headers=json_kind)
        assert code(answer) == (413, "too_large")
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = server.client.post("/v1/jobs", content=pieces(), headers=form)
    assert answer.status_code in (400, 413)
    large = {"film": ("f.mp4", b"\0" * 3_000_000)}
    assert code(server.client.post("/v1/jobs", files=large)) == (413, "too_large")
    untold = {"Content-Type": "application/json", "Content-Length": "99999999999"}
    lines = ("POST /v1/ocr HTTP/1.1", *(f"{name}: {value}" for name, value in untold.items()))
    assert raw(server, *lines).split()[1] == b"413"


@pytest.mark.parametrize(
    "text", ["[" * 90_000, '{"a":' * 18_000, "9" * 9_000, '{"revision": 1e999}']
)
def test_json_that_is_made_to_break_readers_breaks_none(
    server: Server, held: JSON, text: str
) -> None:
    kind = {"Content-Type": "application/json"}
    for method, path in (
        ("POST", "/v1/jobs"),
        ("POST", "/v1/ocr"),
        ("POST", "/generate"),
        ("POST", f"/v1/jobs/{held['id']}/start"),
        ("PUT", f"/v1/jobs/{held['id']}/cues"),
    ):
        answer = server.client.request(method, path, content=text, headers=kind)
        assert answer.status_code in (400, 409, 422), (path, answer.text)
    form = {"film": ("f.mp4", b"x")}
    answer = server.client.post("/v1/jobs", files=form, data={"options": text[:60_000]})
    assert answer.status_code in (415, 422)


def test_pages_of_others_can_do_nothing(server: Server, held: JSON) -> None:
    here = str(server.client.base_url).rstrip("/")
    start = f"/v1/jobs/{held['id']}/cues"
    for headers in (
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {"Origin": here, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert code(server.client.put(start, json={}, headers=headers)) == (403, "forbidden")
        assert server.client.delete(f"/v1/jobs/{held['id']}", headers=headers).status_code == 403
    assert server.client.put(start, json={}, headers={"Origin": here}).status_code in (409, 422)
    answer = server.client.get("/v1/jobs", headers={"Origin": "https://evil.example.org"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    answer = server.client.options("/v1/jobs", headers={"Origin": "https://evil.example.org"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_names_that_others_point_here_are_refused(server: Server) -> None:
    for host in ("evil.example.org", "127.0.0.1.example.org", "localhost.evil.org:80", "10.0.0.1"):
        assert raw(server, "GET /v1/jobs HTTP/1.1", host=host).split()[1] == b"403", host
    for host in ("localhost", "127.0.0.1:1", "[::1]"):
        assert raw(server, "GET /v1/jobs HTTP/1.1", host=host).split()[1] == b"200", host


def test_what_is_no_request_is_refused(server: Server) -> None:
    for lines in (
        ("BREW /v1/jobs HTTP/1.1",),
        ("GET /v1/jobs HTTP/1.1", "Host: x"),
        ("POST /v1/jobs HTTP/1.1", "Content-Length: 3", "Transfer-Encoding: chunked"),
        ("POST /v1/jobs HTTP/1.1", "Content-Length: 3", "Content-Length: 4"),
        ("POST /v1/jobs HTTP/1.1", "Content-Length: -1"),
        ("\0\x16\x03\x01",),
    ):
        said = raw(server, *lines, body=b"0\r\n\r\n")
        assert said.split()[1] in (b"400", b"405", b"415", b"403"), (lines[0][:30], said[:80])
        assert b"content-security-policy" in said.lower() or said.split()[1] == b"400"
    try:
        said = raw(server, "GET /healthz HTTP/1.1", "X: " + "x" * 700_000)
    except ConnectionError:  # cut while we wrote
        said = b""
    assert b" 200 " not in said
    assert server.get("/healthz") == {"status": "ok"}


def test_every_answer_says_what_browsers_may_do_with_it(server: Server, held: JSON) -> None:
    for path in ("/healthz", "/v1/jobs", "/none", f"/v1/jobs/{held['id']}/film", "/openapi.json"):
        headers = server.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer" and "server" not in headers
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_what_a_service_says_holds_no_path_of_its_own(server: Server, tmp_path: Path) -> None:
    for content in (b"", b"x" * 5000, b"\0\0\0\x18ftypmp42" + b"\0" * 900):
        answer = send(server, content, "broken.mp4")
        assert answer.status_code in (415, 422) and str(server.data) not in answer.text
        assert "broken.mp4" in json.dumps(answer.json())
