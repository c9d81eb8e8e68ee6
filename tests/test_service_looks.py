"""Short looks at films: nobody takes all of them."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.serving import PATIENCE_S, Server, code, make_film
from vidocr.service.identity import LOCAL, Identity
from vidocr.service.looks import AT_ONCE, AT_ONCE_EACH
from vidocr.service.refusals import Refusal
from vidocr.service.rooms import Room, Service, Turns
from vidocr.service.settings import Settings
from vidocr.service.tokens import entry, new_token

ANN, BOB = (Identity(name, frozenset()) for name in ("ann", "bob"))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(Settings(data=tmp_path, looks=9, looks_each=4), None)
    yield service
    service.start()
    service.close()


class Gate:
    """Looks that last until the gate is opened; counts those that are under way."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._turn = threading.Lock()
        self.inside: Counter[str] = Counter()

    def look(self, who: Identity) -> Callable[[], str]:
        def look() -> str:
            with self._turn:
                self.inside[who.name] += 1
            assert self._open.wait(PATIENCE_S)
            return who.name

        return look

    def open(self) -> None:
        self._open.set()


async def begun(gate: Gate, **counts: int) -> None:
    """Wait until so many are under way, and a moment longer for more that should not be."""
    async with asyncio.timeout(PATIENCE_S):
        while gate.inside != counts:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert gate.inside == counts


def test_who_asks_for_many_looks_leaves_some_to_others(service: Service) -> None:
    assert AT_ONCE > AT_ONCE_EACH, "else one has them all"

    async def ask() -> None:
        gate = Gate()
        anns = [asyncio.create_task(service.looked(gate.look(ANN), ANN)) for _ in range(4)]
        await begun(gate, ann=AT_ONCE_EACH)
        with pytest.raises(Refusal) as refusal:
            await service.looked(gate.look(ANN), ANN)
        assert refusal.value.status == 429 and refusal.value.headers["Retry-After"]
        assert "of yours" in refusal.value.message
        bobs = asyncio.create_task(service.looked(gate.look(BOB), BOB))
        await begun(gate, ann=AT_ONCE_EACH, bob=1)
        gate.open()
        assert await asyncio.gather(*anns, bobs) == ["ann"] * 4 + ["bob"]
        assert await service.looked(gate.look(ANN), ANN) == "ann", "there is room again"

    asyncio.run(ask())


def test_who_is_alone_has_all_looks(service: Service) -> None:
    async def ask() -> None:
        gate = Gate()
        asked = [asyncio.create_task(service.looked(gate.look(LOCAL), LOCAL)) for _ in range(9)]
        await begun(gate, local=9)
        with pytest.raises(Refusal, match="too many looks"):
            await service.looked(gate.look(LOCAL), LOCAL)
        gate.open()
        await asyncio.gather(*asked)

    asyncio.run(ask())


def test_a_look_that_fails_leaves_its_place() -> None:
    async def ask() -> None:
        room, turns = Room(9, 1), Turns(1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError), room.taken("looks", ANN):
                async with turns.taken(ANN):
                    raise ZeroDivisionError

    asyncio.run(asyncio.wait_for(ask(), PATIENCE_S))


def test_a_service_keeps_looks_for_others(tmp_path: Path) -> None:
    made = {name: new_token(name, ["read", "submit"]) for name in ("ann", "bob")}
    auth = tmp_path / "auth.toml"
    auth.write_text("\n".join(entry(kept) for _, kept in made.values()))
    flags = ["--engine", "fake", "--auth", str(auth)]
    film = {"film": make_film(tmp_path / "film.mp4", 4).read_bytes()}
    with Server(tmp_path / "data", *flags, settings={"looks_each": 3}) as server:
        ann, bob = (server.client_of(Authorization=f"Bearer {word}") for word, _ in made.values())
        with ann, bob, ThreadPoolExecutor(12) as pool:
            jobs = [
                client.post("/v1/jobs", files=film, data={"hold": "true"}).json()["id"]
                for client in (ann, bob)
            ]

            def region(_: int) -> httpx.Response:
                return ann.post(f"/v1/jobs/{jobs[0]}/region", json={"options": {"scan_pairs": 4}})

            asked = [pool.submit(region, number) for number in range(12)]
            answer = bob.get(f"/v1/jobs/{jobs[1]}/frame")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
            answers = [each.result() for each in asked]
    refused = [each for each in answers if each.status_code == 429]
    assert 1 <= len(refused) <= 9 and len(answers) - len(refused) >= 3
    assert {each.status_code for each in answers} == {200, 429}
    assert {code(each) for each in refused} == {(429, "full")}
    assert all(int(each.headers["retry-after"]) >= 1 for each in refused)
