"""What every request has to pass, before any route sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from vidocr.service.bodies import Bodies
from vidocr.service.identity import LOCAL, Identity
from vidocr.service.origins import SAFE, check_host, check_origin
from vidocr.service.rates import Rates, home_of, kind_of
from vidocr.service.refusals import Refusal, answer_of
from vidocr.service.rooms import Service


class Guards:
    """The app, behind checks of where a request comes from, who asks, how often, and what is sent.

    Args:
        app: what answers.
        service: with the settings, and what tells people apart.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._authentication = service.authentication
        self._rates = Rates(service.settings)
        self._bodies = Bodies(service.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with self._admitted(Request(scope)):
                await self._bodies.pass_on(self._app, scope, receive, send)
        except Refusal as refusal:  # before the app: what it refuses, it answers itself
            await answer_of(refusal)(scope, receive, send)

    @asynccontextmanager
    async def _admitted(self, request: Request) -> AsyncIterator[None]:
        """The time of a request that may be answered; ``state.who`` says who asks."""
        check_origin(request.method, request.headers)
        if self._authentication is None:
            check_host(request.headers)
            request.state.who = LOCAL
            yield
            return
        counted = await self._counted(request)
        with self._rates.under_way(counted):
            yield

    async def _counted(self, request: Request) -> str:
        """Under what a request counts: who asks, or where they are if they don't say."""
        assert self._authentication is not None
        home = f"at {home_of(request.client.host if request.client else '')}"
        kind = kind_of(request.method, request.url.path)
        who: Identity | None = None
        # Who does not say so sends nothing: frameworks read what is sent before they ask who does.
        if "authorization" in request.headers or request.method not in SAFE:
            try:
                who = self._authentication.identify(request)
            except Refusal:
                await self._rates.charge(home, kind)
                raise
        request.state.who = who
        counted = f"by {who.name}" if who else home
        await self._rates.charge(counted, kind)
        return counted
