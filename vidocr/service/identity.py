"""Who asks, and what they may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from starlette.requests import Request

from vidocr.service.refusals import Refusal


class Scope(StrEnum):
    """What an identity may do: look, give work, or all, with everybody's jobs."""

    READ = "read"
    SUBMIT = "submit"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. Jobs belong to a name."""

    name: str
    scopes: frozenset[Scope]

    @property
    def is_admin(self) -> bool:
        """Whether everybody's jobs are theirs."""
        return Scope.ADMIN in self.scopes

    def may(self, scope: Scope) -> bool:
        """Whether they have the scope."""
        return self.is_admin or scope in self.scopes


LOCAL = Identity("local", frozenset(Scope))
"""Who asks where nothing tells people apart: whoever reaches the loopback."""


class Authenticator(Protocol):
    """Tells who asks."""

    def identify(self, request: Request) -> Identity:
        """Who sent the request; takes no time to speak of.

        Raises:
            Refusal: 401, they don't say, or it is not true.
        """
        ...


def is_still(who: Identity, request: Request, authentication: Authenticator | None) -> bool:
    """Whether a request comes from them even now: tokens end, and are taken back."""
    if authentication is None:
        return True
    try:
        return authentication.identify(request) == who
    except Refusal:
        return False


def needs(scope: Scope) -> Callable[[Request], Awaitable[Identity]]:
    """A dependency of routes: who asks, if they have the scope."""

    async def asking(request: Request) -> Identity:  # no thread for what takes no time
        who: Identity | None = request.state.who
        if who is None:  # they don't say, and are told so
            authentication: Authenticator = request.app.state.service.authentication
            who = authentication.identify(request)
        if not who.may(scope):
            raise Refusal(
                403, "forbidden", f"scope {scope}: {who.name} lacks it; ask for a token with it"
            )
        return who

    return asking
