"""How often who may ask for what."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage  # the other one starts a thread for each hit
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from vidocr.errors import UsageError
from vidocr.service.refusals import Refusal, full
from vidocr.service.settings import Settings

_HOME_BITS = 64  # of an IPv6 address: who has one has all that begin so


class Kind(StrEnum):
    """What is asked for, by what it costs: work on films, work of the engine, or little."""

    JOBS = "jobs"
    QUESTIONS = "questions"
    READS = "reads"


def kind_of(method: str, path: str) -> Kind:
    """What a request asks for."""
    if path in ("/v1/ocr", "/generate") or path.endswith("/region"):
        return Kind.QUESTIONS
    if method == "POST" and (path == "/v1/jobs" or path.endswith("/start")):
        return Kind.JOBS
    return Kind.READS


class Rates:
    """Counts what people ask for.

    Raises:
        UsageError: a rate is none.
    """

    def __init__(self, settings: Settings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._most = {
            Kind.JOBS: rate_of(settings.job_rate),
            Kind.QUESTIONS: rate_of(settings.question_rate),
            Kind.READS: rate_of(settings.read_rate),
        }
        self._at_once = settings.requests_each
        self._under_way: Counter[str] = Counter()

    async def charge(self, who: str, kind: Kind) -> None:
        """Count a request.

        Raises:
            Refusal: 429, it is one too many; it does not count.
        """
        most = self._most[kind]
        if not await self._limiter.hit(most, who, kind):
            window = await self._limiter.get_window_stats(most, who, kind)
            left_s = window.reset_time - time.time()
            raise Refusal(
                429,
                "full",
                f"{kind}: more than {most} were asked for; wait as Retry-After says",
                {"Retry-After": str(max(1, math.ceil(left_s)))},
            )

    @contextmanager
    def under_way(self, who: str) -> Iterator[None]:
        """Count a request for as long as it takes; used in the event loop's thread alone.

        Raises:
            Refusal: 429, too many are under way.
        """
        if self._under_way[who] >= self._at_once:
            raise full(f"{self._at_once} of your requests are under way already")
        self._under_way[who] += 1
        try:
            yield
        finally:
            self._under_way[who] -= 1
            if not self._under_way[who]:
                del self._under_way[who]


def rate_of(words: str) -> RateLimitItem:
    """A rate like ``30/minute``.

    Raises:
        UsageError: it is none.
    """
    try:
        return parse(words)
    except ValueError as error:
        raise UsageError(
            f"rate {words!r}: is none; give one like 30/minute or 5 per second"
        ) from error


def home_of(address: str) -> str:
    """What is counted of those who have no name: the address; of IPv6 the network it is in."""
    try:
        ip = ip_address(address)
    except ValueError:  # a socket that has none
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or ip_network((ip, _HOME_BITS), strict=False))
