"""The app: routes, errors as JSON, and the parts behind them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from vidocr.errors import VidocrError
from vidocr.service.guards import Guards
from vidocr.service.identity import Authenticator
from vidocr.service.intake import problems
from vidocr.service.metrics import Measured
from vidocr.service.refusals import Refusal, answer_of, invalid, refusal_of
from vidocr.service.rooms import Service
from vidocr.service.routes import jobs, reading, results, state
from vidocr.service.settings import Settings

_log = logging.getLogger(__name__)

_PAGE = Path(__file__).parent / "page"
# The second lets the page's worker, which puts tokens on pictures, see all paths.
_PAGE_HEADERS = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
_CODES = {404: "not_found", 405: "method_not_allowed"}


def make_app(settings: Settings, authentication: Authenticator | None = None) -> FastAPI:
    """The app of a service, which works from the app's start to its end.

    Args:
        settings: of the operator.
        authentication: tells who asks; None where whoever reaches the service may do all.

    Raises:
        OutputError: the data folder can't be used.
        UsageError: another service uses it.
    """
    service = Service(settings, authentication)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await to_thread.run_sync(service.start)
        try:
            yield
        finally:
            await to_thread.run_sync(service.close)

    app = FastAPI(
        title="vidocr",
        description="Burned-in subtitles of films as timed tracks, and text of pictures.",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # their scripts come from elsewhere
        redoc_url=None,
    )
    app.state.service = service
    for routes in (jobs, results, reading, state):
        app.include_router(routes.router)
    _page(app)
    app.add_middleware(Guards, service=service)
    app.add_middleware(Measured)  # the last is the first to see a request
    _tell_errors(app)
    return app


def _page(app: FastAPI) -> None:
    """Give the page to browsers. It holds nothing of anybody's: what it shows comes by the API."""

    @app.get("/", include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(_PAGE / "index.html", headers=_PAGE_HEADERS)

    app.mount("/page", _Files(directory=_PAGE))


class _Files(StaticFiles):
    """The files of the page, asked for anew after an update."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or that it is the same as before."""
        answer = await super().get_response(path, scope)
        answer.headers.update(_PAGE_HEADERS)
        return answer


def _tell_errors(app: FastAPI) -> None:
    """Have every error answered in one form."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> JSONResponse:
        return answer_of(error)

    @app.exception_handler(VidocrError)
    async def failed(request: Request, error: VidocrError) -> JSONResponse:
        refusal = refusal_of(error)
        if refusal.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("%s %s: %s", request.method, request.url.path, error)
        return answer_of(refusal)

    @app.exception_handler(RequestValidationError)
    async def wrong(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer_of(invalid(problems(error.errors())))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "bad_request")
        return answer_of(Refusal(error.status_code, code, str(error.detail), error.headers))

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> JSONResponse:
        # Logged with its trace by the server; who asks gets no look inside.
        return answer_of(Refusal(500, "bug", "this is a bug in vidocr; please report it"))
