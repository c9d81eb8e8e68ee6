"""What the service answers where it can't do what it is asked."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse

from vidocr.errors import DependencyError, EngineError, InputError, UsageError, VidocrError

RETRY_AFTER_S = 5


class Refusal(Exception):
    """An answer with an error.

    Args:
        status: of HTTP.
        code: the same for programs, in a word.
        message: for a person: what is wrong, and what to do.
        headers: of the answer.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def answer_of(refusal: Refusal) -> JSONResponse:
    """The answer, in the one form that errors have."""
    body = {"error": {"code": refusal.code, "message": refusal.message}}
    return JSONResponse(body, refusal.status, headers=refusal.headers)


def not_found(what: str) -> Refusal:
    """There is none, or it belongs to another."""
    return Refusal(404, "not_found", f"{what}: there is none; check the address")


def conflict(message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    """It can't be done in the state that things are in."""
    return Refusal(409, "conflict", message, headers)


def invalid(message: str) -> Refusal:
    """What was sent is well-formed, and wrong."""
    return Refusal(422, "invalid", message)


def unsupported(message: str) -> Refusal:
    """What was sent is of a kind that is not taken."""
    return Refusal(415, "unsupported", message)


def too_large(what: str, most_bytes: int) -> Refusal:
    """More was sent than is taken."""
    most = f"{most_bytes / 1e6:g} MB"
    return Refusal(413, "too_large", f"{what}: is larger than {most}; send a smaller one")


def full(message: str) -> Refusal:
    """There is no room now."""
    wait = {"Retry-After": str(RETRY_AFTER_S)}
    return Refusal(429, "full", f"{message}; try again later", wait)


def unavailable(message: str) -> Refusal:
    """It may go well later."""
    return Refusal(503, "unavailable", message, {"Retry-After": str(RETRY_AFTER_S)})


def refusal_of(error: VidocrError) -> Refusal:
    """The answer for an error of vidocr's."""
    if isinstance(error, UsageError | InputError):
        return invalid(str(error))
    if isinstance(error, EngineError | DependencyError):
        return unavailable(str(error))
    return Refusal(500, "bug", str(error))
