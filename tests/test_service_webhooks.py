"""Where webhooks may go."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from vidocr.service.refusals import Refusal
from vidocr.service.settings import Settings
from vidocr.service.store import Job
from vidocr.service.webhooks import Webhooks, address_of, signature


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names lead to; numbers lead to themselves."""
    known: dict[str, list[str]] = {}

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        found = known.get(host, [host] if host[0].isdigit() or ":" in host else [])
        if not found:
            raise socket.gaierror("unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
        "169.254.169.254", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::1",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "::7f00:1",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_unless_allowed(
    names: dict[str, list[str]], address: str
) -> None:
    names["example.org"] = [address]
    shown = f"[{address}]" if ":" in address else address
    for url in ("http://example.org/x", f"https://{shown}:8443/x"):
        if "%" in url:
            continue
        with pytest.raises(Refusal, match="private network"):
            address_of(url, Settings())
    assert address_of("http://example.org", Settings(webhook_private=True)).ip == address


def test_one_private_address_among_several_is_enough(names: dict[str, list[str]]) -> None:
    names["example.org"] = ["93.184.216.34", "10.0.0.1"]
    with pytest.raises(Refusal):
        address_of("http://example.org", Settings())


def test_what_was_resolved_is_what_is_called(names: dict[str, list[str]]) -> None:
    names["example.org"] = ["93.184.216.34"]
    found = address_of("https://example.org/a?b=c", Settings())
    assert (found.ip, found.port, found.url.request_uri) == ("93.184.216.34", 443, "/a?b=c")
    assert address_of("http://example.org:81", Settings()).port == 81
    assert address_of("http://[2606:4700::1111]/", Settings()).ip == "2606:4700::1111"


def test_a_name_that_leads_elsewhere_by_then_is_looked_at_again(
    names: dict[str, list[str]],
) -> None:
    names["example.org"] = ["93.184.216.34"]
    job = Job(id="0" * 24, owner="ann", name="a", state="done", webhook="http://example.org/")
    address_of(job.webhook, Settings())  # when it came
    names["example.org"] = ["127.0.0.1"]
    with pytest.raises(Refusal, match="private network"):
        posted(job, Settings())


def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def first_here_then_there(host: str, *arguments: Any, **more: Any) -> Any:
        if host != "hook.example.org":
            return resolve(host, *arguments, **more)
        asked.append(host)
        return resolve("127.0.0.1" if len(asked) == 1 else "192.0.2.1", *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", first_here_then_there)
    heard: list[tuple[str, int]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.headers["Host"], int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as receiver:
        Thread(target=receiver.serve_forever, daemon=True).start()
        host = f"hook.example.org:{receiver.server_port}"
        job = Job(id="0" * 24, owner="ann", name="a", state="done", webhook=f"http://{host}/x")
        assert posted(job, Settings(webhook_private=True)) == 204
        receiver.shutdown()
    assert asked == ["hook.example.org"] and [name for name, _ in heard] == [host]


def posted(job: Job, settings: Settings) -> int:
    """What is answered to the call."""
    store: Any = None  # it is not asked
    return Webhooks(store, settings, lambda job: {"id": job.id})._post(job)


@pytest.mark.parametrize(
    "url",
    ["", "example.org", "ftp://example.org", "file:///etc/passwd", "http://", "http:///x",
     "http://a:b@example.org", "http://example.org:99999", "http://unknown.org", "//example.org",
     "http://" + "x" * 3000, "http://exa mple.org", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_address_is_refused(names: dict[str, list[str]], url: str) -> None:
    names["example.org"] = ["93.184.216.34"]
    with pytest.raises(Refusal) as refusal:
        address_of(url, Settings())
    assert refusal.value.status == 422


def test_a_signature_holds_for_its_body_and_time() -> None:
    signed = signature("key", "1", b"body")  # printf 1.body | openssl dgst -sha256 -hmac key
    assert signed == "sha256=91b5374b153842ad05b2c4eab9349b8321b14703165bd3fb8b034dfb8be98ae5"
    others = [signature("key", "2", b"body"), signature("key", "1", b"bodies")]
    assert signed not in [*others, signature("other", "1", b"body")]
