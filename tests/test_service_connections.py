"""Connections on which nothing happens."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from vidocr.service import connections

PATIENCE_S = 0.4
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[float]]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses what is sent unread; waits, and gives, as much as it is asked to."""
    request = Request(scope, receive)
    await asyncio.sleep(float(request.query_params.get("wait_s", 0)))
    content = b"x" * int(request.query_params.get("size", 1))
    await PlainTextResponse(content, 429 if request.method == "POST" else 200)(scope, receive, send)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_REQUEST_S", PATIENCE_S)
    monkeypatch.setattr(connections, "_READ_S", PATIENCE_S)


def held_open(talk: Talk) -> float:
    """How long the server held a connection open after the talk began, in s."""
    return asyncio.run(_held_open(talk))


async def _held_open(talk: Talk) -> float:
    with socket.create_server(("127.0.0.1", 0)) as at:
        config = uvicorn.Config(
            app, http=connections.PatientProtocol, ws="none", lifespan="off", log_config=None,
            timeout_keep_alive=60,
        )  # fmt: skip
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[at]))
        while not server.started:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection(*at.getsockname(), limit=1 << 12)
        began = asyncio.get_running_loop().time()
        try:
            ended = await asyncio.wait_for(talk(reader, writer), 10)
        finally:
            writer.close()
            server.should_exit = True
            await serving
    return ended - began


async def gone(reader: asyncio.StreamReader) -> float:
    """When the other side has closed."""
    try:
        while await reader.read(4096):
            pass
    except ConnectionError:
        pass
    return asyncio.get_running_loop().time()


async def trickling(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Write a byte at a time until nobody is there."""
    for at in range(len(content)):
        writer.write(content[at : at + 1])
        await asyncio.sleep(0.05)


def test_who_says_nothing_is_let_go() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        return await gone(reader)

    assert PATIENCE_S <= held_open(talk) + 0.1 < 4


def test_a_head_that_trickles_is_let_go() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        slowly = asyncio.create_task(trickling(writer, b"GET / HTTP/1.1\r\nX: " + b"x" * 300))
        try:
            return await gone(reader)
        finally:
            slowly.cancel()

    assert held_open(talk) < 4


def test_a_body_that_goes_on_after_its_answer_is_let_go() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n")
        assert b"429" in await reader.readline()
        slowly = asyncio.create_task(trickling(writer, b"x" * 300))
        try:
            return await gone(reader)
        finally:
            slowly.cancel()

    assert held_open(talk) < 4


def test_an_answer_that_nobody_reads_is_let_go() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        writer.write(b"GET /?size=50000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(PATIENCE_S * 3)
        came = 0
        try:
            while piece := await reader.read(1 << 20):
                came += len(piece)
        except ConnectionError:
            pass
        assert came < 50_000_000
        return asyncio.get_running_loop().time()

    assert held_open(talk) < 4


def test_work_and_those_who_wait_for_it_are_left_alone() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        for wait_s in (PATIENCE_S * 2, 0, PATIENCE_S * 2):  # on one connection
            writer.write(f"GET /?wait_s={wait_s} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"200 OK" in head and await reader.readexactly(1) == b"x"
            await asyncio.sleep(PATIENCE_S / 8)
        return asyncio.get_running_loop().time()

    assert held_open(talk) > PATIENCE_S * 4
