"""HTTPS, by the service itself and by nginx before it, and what keeps one from listening."""

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving import JSON, ROOT, Server, make_film, until
from tests.signing import certify
from vidocr.errors import UsageError
from vidocr.service.access import Access
from vidocr.service.listening import check
from vidocr.service.settings import Settings
from vidocr.service.tokens import entry, new_token

WORD, KEPT = new_token("ann", ["read", "submit"])
OPEN = Access([KEPT])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def certificate(folder: Path) -> tuple[Path, Path]:
    return certify(folder)


@pytest.fixture(scope="module")
def trusting(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_nobody_listens_to_the_world_unless_people_are_told_apart(host: str) -> None:
    with pytest.raises(UsageError, match="vidocr token new"):
        check(Settings(host=host), None)
    check(Settings(host=host), OPEN)


def test_a_proxy_is_for_those_who_are_told_apart_and_is_named() -> None:
    with pytest.raises(UsageError, match="vidocr token new"):
        check(Settings(proxy="127.0.0.1"), None)
    for address in ("127.0.0.1", "10.0.0.0/8", "::1"):
        check(Settings(proxy=address), OPEN)
    for address in ("*", "nginx", "127.0.0.1,10.0.0.1", "10.0.0.1/8"):
        with pytest.raises(UsageError, match="--proxy"):
            check(Settings(proxy=address), OPEN)


def test_what_is_no_rate_is_said_before_anybody_asks() -> None:
    with pytest.raises(UsageError, match="30/minute"):
        check(Settings(question_rate="often"), None)


def test_what_is_no_certificate_is_said(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    check(Settings(tls_cert=cert, tls_key=key), None)
    other = tmp_path / "other"
    other.mkdir()
    _, foreign = certify(other)
    locked = tmp_path / "locked.pem"
    command = ["openssl", "rsa", "-aes256", "-passout", "pass:x", "-in", str(key)]
    subprocess.run([*command, "-out", str(locked)], check=True, capture_output=True)
    for wrong in (
        Settings(tls_cert=cert),
        Settings(tls_key=key),
        Settings(tls_cert=cert, tls_key=tmp_path / "missing"),
        Settings(tls_cert=key, tls_key=cert),
        Settings(tls_cert=cert, tls_key=foreign),
        Settings(tls_cert=cert, tls_key=locked),
    ):
        with pytest.raises(UsageError, match="--tls-"):
            check(wrong, None)


def test_it_serves_https(
    folder: Path, certificate: tuple[Path, Path], trusting: ssl.SSLContext
) -> None:
    flags = [
        "--engine",
        "fake",
        "--tls-cert",
        str(certificate[0]),
        "--tls-key",
        str(certificate[1]),
    ]
    with Server(folder / "own", *flags, verify=trusting) as server:
        assert server.url.startswith("https://")
        answer = server.client.get("/healthz")
        assert "max-age" in answer.headers["strict-transport-security"]
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{server.url}/healthz", trust_env=False)
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{server.url.replace('https', 'http')}/healthz", trust_env=False)


@pytest.fixture(scope="module")
def proxied(folder: Path) -> Iterator[Server]:
    (folder / "auth.toml").write_text(entry(KEPT))
    flags = ["--auth", str(folder / "auth.toml"), "--proxy", "127.0.0.1", "--engine", "fake"]
    with Server(folder / "proxied", *flags, "--read-rate", "300/minute") as server:
        yield server


@pytest.fixture(scope="module")
def nginx(
    folder: Path, certificate: tuple[Path, Path], trusting: ssl.SSLContext, proxied: Server
) -> Iterator[httpx.Client]:
    """A client of nginx with our configuration, but for its ports and files."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("nginx is not installed")
    plain, secure = free_port(), free_port()
    text = (ROOT / "configs" / "nginx.conf").read_text()
    text = re.sub(r" *listen \[::\].*\n", "", text)
    scratch = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    for ours, theirs in (
        ("http {", f"http {{\n{scratch}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
        ("127.0.0.1:7860", proxied.url.removeprefix("http://")),
        ("/etc/nginx/vidocr-cert.pem", str(certificate[0])),
        ("/etc/nginx/vidocr-key.pem", str(certificate[1])),
        ("/var/log/nginx/vidocr.log", str(folder / "access.log")),
    ):
        assert text.count(ours) == 1, ours
        text = text.replace(ours, theirs)
    (folder / "nginx.conf").write_text(text)
    more = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
    command = [program, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-g", more]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert checked.returncode == 0 and "warn" not in checked.stderr, checked.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        headers = {"Authorization": f"Bearer {WORD}"}
        url = f"https://127.0.0.1:{secure}"
        with httpx.Client(
            base_url=url, headers=headers, verify=trusting, trust_env=False, timeout=30
        ) as client:
            until(lambda: answers(client))
            yield client
    finally:
        process.terminate()
        process.wait(30)
    logs = (folder / "access.log").read_text()
    assert "/v1/jobs" in logs and WORD not in logs


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as at:
        port: int = at.getsockname()[1]
        return port


def test_nginx_passes_films_on_as_they_come(
    nginx: httpx.Client, proxied: Server, folder: Path
) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="hold"\r\n\r\ntrue\r\n'
    head += b'--x\r\nContent-Disposition: form-data; name="film"; filename="f.mp4"\r\n\r\n'
    content = make_film(folder / "film.mp4").read_bytes()
    filler = 3_000_000  # after the film, which needs no more

    def some_came() -> bool:
        films = (proxied.data / "uploads").glob("*/film")
        return any(film.stat().st_size > 1_000_000 for film in films)

    def pieces() -> Iterator[bytes]:
        yield head + content + bytes(filler)
        assert until(some_came)  # before the rest is sent
        yield b"\r\n--x--\r\n"

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = nginx.post("/v1/jobs", content=pieces(), headers=kind)
    assert answer.status_code == 201, answer.text
    job: JSON = answer.json()
    with nginx.stream("GET", f"/v1/jobs/{job['id']}/events") as events:
        lines = events.iter_lines()
        assert next(lines) == "event: job"  # while the job is held and the stream goes on
    assert nginx.delete(f"/v1/jobs/{job['id']}").status_code == 204


def test_nginx_says_whom_it_speaks_for(nginx: httpx.Client, proxied: Server) -> None:
    there = {"X-Forwarded-For": "198.51.100.1"}
    for _ in range(400):  # as nginx would, of somebody who asks too often
        if proxied.client.get("/healthz", headers=there).status_code == 429:
            break
    else:
        raise AssertionError("nobody was counted")
    elsewhere = {"X-Forwarded-For": "198.51.100.2"}
    assert proxied.client.get("/healthz", headers=elsewhere).status_code == 200
    nobody = there | {"Authorization": ""}
    for name in ("127.0.0.1", "localhost"):  # who asks by nginx is not who they say they are
        address = f"https://{name}:{nginx.base_url.port}/healthz"
        assert nginx.get(address, headers=nobody).status_code in (200, 401)


def test_nginx_passes_no_page_of_others(nginx: httpx.Client) -> None:
    ours = str(nginx.base_url).rstrip("/")
    path = f"/v1/jobs/{'0' * 24}"
    assert nginx.delete(path, headers={"Origin": ours}).status_code == 404
    assert nginx.delete(path, headers={"Origin": "https://evil.example.org"}).status_code == 403
    answer = nginx.get("/v1/jobs")
    assert answer.status_code == 200 and "max-age" in answer.headers["strict-transport-security"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
