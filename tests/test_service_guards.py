"""What a request has to pass: where it comes from, how often, and how much it sends."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vidocr.errors import UsageError
from vidocr.service.access import Access
from vidocr.service.bodies import Bodies
from vidocr.service.guards import Guards
from vidocr.service.origins import check_host, check_origin
from vidocr.service.rates import Kind, Rates, home_of, kind_of, rate_of
from vidocr.service.refusals import Refusal
from vidocr.service.settings import Settings
from vidocr.service.tokens import new_token

Answer = tuple[int, dict[str, Any]]


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("localhost", True), ("localhost:7860", True), ("127.0.0.1:7860", True),
        ("127.9.9.9", True), ("[::1]:7860", True), ("[::1]", True), ("LOCALHOST:1", True),
        ("", False), ("evil.example.org", False), ("localhost.example.org", False),
        ("127.0.0.1.example.org:7860", False), ("10.0.0.1", False), ("0.0.0.0:7860", False),
        ("[::", False), ("localhost@evil.example.org", False), ("evil#localhost", False),
        ("evil/localhost", False), ("localhost:x", True), ("192.168.1.1:7860", False),
    ],
)  # fmt: skip
def test_names_of_others_lead_nowhere(host: str, is_ours: bool) -> None:
    headers = Headers({"host": host})
    if is_ours:
        check_host(headers)
    else:
        with pytest.raises(Refusal, match="names no address of this machine"):
            check_host(headers)


HERE = {"host": "127.0.0.1:7860"}


@pytest.mark.parametrize(
    ("method", "headers", "is_ours"),
    [
        ("POST", {}, True),
        ("POST", {"origin": "http://127.0.0.1:7860"}, True),
        ("POST", {"origin": "HTTP://127.0.0.1:7860"}, True),
        ("POST", {"origin": "http://127.0.0.1:3000"}, False),
        ("POST", {"origin": "http://127.0.0.1"}, False),
        ("POST", {"origin": "https://evil.example.org"}, False),
        ("DELETE", {"origin": "null"}, False),
        ("PUT", {"origin": ""}, False),
        ("POST", {"sec-fetch-site": "same-origin"}, True),
        ("POST", {"sec-fetch-site": "none"}, True),
        ("POST", {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:7860"}, False),
        ("POST", {"sec-fetch-site": "cross-site"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
        ("PATCH", {"sec-fetch-site": "cross-site"}, False),
        ("GET", {"origin": "https://evil.example.org"}, True),  # it can't read the answer
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),  # a link
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, False),
        ("GET", {"sec-fetch-site": "cross-site"}, False),
    ],
)
def test_pages_of_others_change_nothing(
    method: str, headers: dict[str, str], is_ours: bool
) -> None:
    if is_ours:
        check_origin(method, Headers(HERE | headers))
    else:
        with pytest.raises(Refusal, match="another site"):
            check_origin(method, Headers(HERE | headers))


def test_what_costs_more_counts_apart() -> None:
    assert kind_of("POST", "/v1/jobs") is Kind.JOBS is kind_of("POST", "/v1/jobs/0/start")
    assert {kind_of("POST", path) for path in ("/v1/ocr", "/generate", "/v1/jobs/0/region")} == {
        Kind.QUESTIONS
    }
    assert kind_of("GET", "/v1/jobs") is Kind.READS is kind_of("PUT", "/v1/jobs/0/cues")


def test_who_asks_too_often_waits_and_nobody_else() -> None:
    async def ask() -> None:
        rates = Rates(Settings(job_rate="2/minute", read_rate="3/minute"))
        for _ in range(2):
            await rates.charge("ann", Kind.JOBS)
        with pytest.raises(Refusal) as refusal:
            await rates.charge("ann", Kind.JOBS)
        assert refusal.value.status == 429
        assert 1 <= int(refusal.value.headers["Retry-After"]) <= 60
        await rates.charge("ann", Kind.READS)
        await rates.charge("bob", Kind.JOBS)

    asyncio.run(ask())


def test_requests_under_way_are_counted_until_they_end() -> None:
    rates = Rates(Settings(requests_each=2))
    for _ in range(2):  # the second time all is as it was
        with rates.under_way("ann"), rates.under_way("ann"), rates.under_way("bob"):
            third = rates.under_way("ann")
            with pytest.raises(Refusal), third:
                raise AssertionError("it was let in")


@pytest.mark.parametrize("words", ["", "often", "3", "3/moon", "-1/minute", "/minute"])
def test_what_is_no_rate_is_said(words: str) -> None:
    with pytest.raises(UsageError, match="30/minute"):
        rate_of(words)


def test_addresses_count_by_what_one_person_has() -> None:
    assert home_of("192.0.2.1") == "192.0.2.1" == home_of("::ffff:192.0.2.1")
    assert home_of("2001:db8:1:2::1") == home_of("2001:db8:1:2:ffff::") == "2001:db8:1:2::/64"
    assert home_of("2001:db8:1:3::1") != home_of("2001:db8:1:2::1")
    assert home_of("") == ""


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that reads all and says how much it was."""
    try:
        size = len(await Request(scope, receive).body())
    except ClientDisconnect:
        await JSONResponse({"error": {"code": "gone"}}, 400)(scope, receive, send)
        return
    await JSONResponse({"read": size})(scope, receive, send)


def sending(
    pieces: Sequence[bytes], *, path: str = "/v1/other", wait_s: float = 0, end: bool = True,
    headers: dict[str, str] | None = None,
) -> tuple[Scope, Receive]:  # fmt: skip
    """A request whose body comes in pieces, and ends or not."""
    waiting = list(pieces)

    async def receive() -> Message:
        await asyncio.sleep(wait_s if waiting else 0 if end else 60)
        piece = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": piece, "more_body": bool(waiting) or not end}

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return {"type": "http", "method": "POST", "path": path, "headers": raw}, receive


def answered(pass_on: Callable[[ASGIApp, Scope, Receive, Send], Any], *requests: Any) -> list[Any]:
    """What is answered to requests that come at once: (status, bytes of the body)."""
    return asyncio.run(_answered(pass_on, requests))


async def _answered(pass_on: Any, requests: Sequence[Any]) -> list[Any]:
    async def one(scope: Scope, receive: Receive) -> tuple[int, bytes]:
        said: list[Message] = []

        async def send(message: Message) -> None:
            said.append(message)

        try:
            await pass_on(reading, scope, receive, send)
        except Refusal as refusal:
            return refusal.status, refusal.code.encode()
        assert [message["type"] for message in said] == [
            "http.response.start",
            "http.response.body",
        ]
        return said[0]["status"], said[1]["body"]

    return await asyncio.gather(*(one(*request) for request in requests))


STRICT = Settings(
    body_bytes=100, bodies_bytes=250, image_bytes=300, body_grace_s=0.3, slowest_bytes_s=1000
)


def test_a_body_passes_as_it_was_sent() -> None:
    bodies = Bodies(STRICT)
    for _ in range(5):  # what was held is given back
        assert answered(bodies.pass_on, sending([b"x" * 60, b"y" * 40])) == [(200, b'{"read":100}')]


@pytest.mark.parametrize("content", [[b"x" * 101], [b"x" * 60, b"y" * 41], [b"x"] * 101])
def test_a_body_that_is_too_large_is_refused(content: list[bytes]) -> None:
    [(status, said)] = answered(Bodies(STRICT).pass_on, sending(content))
    assert status == 413 and b"too_large" in said


def test_a_body_that_says_that_it_is_too_large_is_not_read() -> None:
    request = sending([], end=False, headers={"content-length": "101"})
    assert answered(Bodies(STRICT).pass_on, request) == [(413, b"too_large")]


def test_a_picture_may_be_larger_than_other_bodies() -> None:
    asked = sending([b"x" * 200], path="/v1/ocr")
    assert answered(Bodies(STRICT).pass_on, asked)[0][0] == 200


def test_a_body_that_does_not_come_is_given_up() -> None:
    stuck = sending([b"x"], end=False)
    trickle = sending([b"x"] * 50, wait_s=0.05)
    for status, said in answered(Bodies(STRICT).pass_on, stuck, trickle):
        assert status == 408 and b"too_slow" in said


def test_a_body_may_take_long_that_is_large() -> None:
    film = {"content-type": "multipart/form-data; boundary=x"}
    fast = sending([b"x" * 100] * 10, wait_s=0.06, path="/v1/jobs", headers=film)
    assert answered(Bodies(STRICT).pass_on, fast) == [(200, b'{"read":1000}')]


def test_bodies_together_take_so_much_memory_and_no_more() -> None:
    bodies = Bodies(STRICT)
    requests = [sending([b"x" * 90, b""], wait_s=0.05) for _ in range(5)]
    statuses = [status for status, _ in answered(bodies.pass_on, *requests)]
    assert sorted(statuses) == [200, 200, 429, 429, 429]
    assert answered(bodies.pass_on, sending([b"x" * 90]))[0][0] == 200


def guarded(authentication: Access | None, **settings: Any) -> httpx.AsyncClient:
    """A client of an app that says who asks."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        who = Request(scope).state.who
        await JSONResponse({"who": who and who.name})(scope, receive, send)

    service: Any = SimpleNamespace(authentication=authentication, settings=Settings(**settings))
    transport = httpx.ASGITransport(Guards(app, service), client=("192.0.2.1", 1))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def test_without_tokens_whoever_is_here_may_do_all() -> None:
    async def ask() -> None:
        async with guarded(None, read_rate="1/minute") as client:
            for _ in range(3):  # nobody is counted
                assert (await client.get("/x")).json() == {"who": "local"}
            answer = await client.get("/x", headers={"Host": "evil.example.org"})
            assert answer.status_code == 403

    asyncio.run(ask())


def test_who_has_a_token_counts_by_name_and_others_by_address() -> None:
    words = {name: new_token(name, ["read"]) for name in ("ann", "bob")}
    access = Access([kept for _, kept in words.values()])
    headers = {name: {"Authorization": f"Bearer {word}"} for name, (word, _) in words.items()}

    async def ask() -> None:
        async with guarded(access, read_rate="2/minute") as client:
            statuses = [(await client.get("/", headers=headers["ann"])).status_code for _ in "123"]
            assert statuses == [200, 200, 429]
            assert (await client.get("/", headers=headers["bob"])).json() == {"who": "bob"}
            assert (await client.get("/")).json() == {"who": None}
            wrong = [
                await client.get("/", headers={"Authorization": f"Bearer vidocr_{n}"}) for n in "12"
            ]
            assert [answer.status_code for answer in wrong] == [401, 429]
            evil = {"Host": "evil.example.org"}  # a page there would need the token
            assert (await client.get("/", headers=headers["bob"] | evil)).status_code == 200

    asyncio.run(ask())
