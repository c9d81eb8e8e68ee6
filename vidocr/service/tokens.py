"""Tokens: long random words that say who asks, of which the service knows the hashes alone.

SHA-256, which is fast, is enough for them: a slow hash protects what people think up, for that
can be guessed from its hash. Of 256 random bits nothing can be guessed at any speed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

PREFIX = "vidocr_"
"""So that tokens are known for what they are where they lie about."""

NAME = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}"
"""What whom a token belongs to may be called, as a regular expression."""

_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token: whose it is, what they may do, its hash (hex), its last moment."""

    name: str
    scopes: tuple[str, ...]
    sha256: str
    expires: datetime | None = None


def new_token(
    name: str, scopes: Sequence[str], expires: datetime | None = None
) -> tuple[str, Token]:
    """A token, and what is kept of it.

    Args:
        name: whose it is.
        scopes: what they may do.
        expires: when it ends, with a time zone; never if not given.
    """
    word = PREFIX + secrets.token_urlsafe(_BYTES)
    return word, Token(name, tuple(dict.fromkeys(scopes)), _hash(word), expires)


def entry(token: Token) -> str:
    """The lines of TOML that are kept of a token."""
    scopes = ", ".join(f'"{scope}"' for scope in token.scopes)
    lines = ["[[token]]", f'name = "{token.name}"', f"scopes = [{scopes}]"]
    if token.expires:
        lines.append(f"expires = {token.expires.isoformat(timespec='seconds')}")
    return "\n".join([*lines, f'sha256 = "{token.sha256}"', ""])


def found(word: str, tokens: Iterable[Token]) -> Token | None:
    """Which of the tokens it is.

    All are compared, each in constant time: how long it takes says nothing of the hashes.
    """
    given, match = _hash(word), None
    for token in tokens:
        if hmac.compare_digest(given, token.sha256):
            match = token
    return match


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode(errors="surrogateescape")).hexdigest()
