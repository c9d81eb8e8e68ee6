"""Who asks, told by a token of ours or by a signed one (JWT) of somebody who is trusted."""

from __future__ import annotations

import logging
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from vidocr.errors import UsageError
from vidocr.messages import printable
from vidocr.service.identity import Identity, Scope
from vidocr.service.intake import problems
from vidocr.service.refusals import Refusal
from vidocr.service.tokens import NAME, PREFIX, Token, found

_LONGEST = 8192
_LEEWAY_S = 10  # that clocks may differ
_HS256_BYTES = 32  # a shorter secret can be guessed from one token
_RSA_BITS = 2048
_CLAIMS = ["exp", "aud", "sub"]
_NAME_LENGTH = 200
_LOOK_S = 1.0  # between two looks whether the file has changed

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose signed tokens are taken: of one algorithm, for one audience, with an end."""

    algorithm: str
    key: str | bytes | RSAPublicKey
    audience: str
    issuer: str | None = None

    def claims(self, word: str) -> dict[str, Any]:
        """What the token says, if it is theirs, for us, and not too old.

        Raises:
            PyJWTError: it is not.
        """
        told: dict[str, Any] = jwt.decode(
            word,
            self.key,
            algorithms=[self.algorithm],  # never the one that the token names
            audience=self.audience,
            issuer=self.issuer,
            leeway=_LEEWAY_S,
            options={"require": _CLAIMS},
        )
        return told


class Access:
    """Tells who asks by ``Authorization: Bearer TOKEN``; an ``Authenticator``.

    Args:
        tokens: those that were given out.
        issuers: whose signed tokens are taken.
    """

    def __init__(self, tokens: Sequence[Token], issuers: Sequence[Issuer] = ()) -> None:
        self._tokens = tuple(tokens)
        self._issuers = tuple(issuers)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is let in."""
        return not (self._tokens or self._issuers)

    def identify(self, request: Request) -> Identity:
        """Who sent the request.

        Raises:
            Refusal: 401, they don't say, or it is not true.
        """
        kind, _, word = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not word:
            raise unauthenticated("send a token, in the header Authorization: Bearer TOKEN")
        who = self._who(word.strip()) if len(word) <= _LONGEST else None
        if who is None:
            raise unauthenticated(
                "the token is not known here, or its time is over; ask the operator for another",
                ' error="invalid_token"',
            )
        return who

    def _who(self, word: str) -> Identity | None:
        if word.startswith(PREFIX):
            token = found(word, self._tokens)
            if token is None or (token.expires and token.expires <= datetime.now(UTC)):
                return None
            return Identity(token.name, frozenset(map(Scope, token.scopes)))
        for issuer in self._issuers:
            try:
                return _signed(issuer.claims(word))
            except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
                continue  # not theirs, or no token at all: whatever it holds may be made up
        return None


def _signed(claims: dict[str, Any]) -> Identity:
    """Who it is that an issuer vouches for; never one that has a token of ours."""
    name = printable(claims["sub"])[:_NAME_LENGTH]
    if not name.strip():
        raise ValueError("nobody")
    words = str(claims.get("scope", "")).split()
    return Identity(f"jwt:{name}", frozenset(scope for scope in Scope if scope.value in words))


def unauthenticated(message: str, more: str = "") -> Refusal:
    """Who asks does not say who they are, or it is not true."""
    return Refusal(401, "unauthenticated", message, {"WWW-Authenticate": f"Bearer{more}"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _TokenIn(_Part):
    name: Annotated[str, Field(pattern=f"^{NAME}$")]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    expires: AwareDatetime | None = None


class _IssuerIn(_Part):
    algorithm: Literal["HS256", "RS256"]
    key_file: Annotated[str, Field(min_length=1)]
    audience: Annotated[str, Field(min_length=1)]
    issuer: Annotated[str, Field(min_length=1)] | None = None


class _AccessIn(_Part):
    token: list[_TokenIn] = []
    jwt: list[_IssuerIn] = []


def access_of(path: Path) -> Access:
    """What a file of tokens and issuers grants.

    Raises:
        UsageError: it can't be read, is wrong, or grants nothing to anybody.
    """
    return _granting(_access(path, _Files()), path)


class AccessFile:
    """As ``Access``, by a file that may change: tokens and keys come and go with it.

    One that can't be used after a change is told of once, and what was granted before holds. One
    that can be used and grants nothing lets nobody in. Used in one thread, that of the event loop.

    Args:
        path: of the file.
        clock: tells seconds.

    Raises:
        UsageError: as ``access_of``.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._files = _Files()
        self._access = _granting(_access(path, self._files), path)
        self._looked_s = clock()

    def identify(self, request: Request) -> Identity:
        """As ``Access``."""
        now_s = self._clock()
        if now_s - self._looked_s >= _LOOK_S:
            self._looked_s = now_s
            if self._files.are_others():
                self._read()
        return self._access.identify(request)

    def _read(self) -> None:
        self._files = _Files()
        try:
            self._access = _access(self._path, self._files)
        except UsageError as error:
            _log.error("%s; until then, what it granted before holds", error)
            return
        if self._access.is_empty:
            _log.warning("--auth %s: holds no token and no key: nobody is let in", self._path)
        else:
            _log.info("--auth %s: was read again, for it has changed", self._path)


_Mark: TypeAlias = "tuple[int, int, int] | None"
"""What tells two states of a file apart: its times, size and number; None where it is none."""


class _Files:
    """Reads files, and knows afterwards whether they have changed."""

    def __init__(self) -> None:
        self._marks: dict[Path, _Mark] = {}

    def read(self, path: Path) -> bytes:
        """What the file holds; raises OSError."""
        self._marks[path] = _mark(path)  # before: what changes meanwhile is seen by the next look
        return path.read_bytes()

    def are_others(self) -> bool:
        """Whether one of those that were read has changed since."""
        return any(_mark(path) != mark for path, mark in self._marks.items())


def _mark(path: Path) -> _Mark:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino


def _access(path: Path, files: _Files) -> Access:
    """What a file grants, which may be nothing.

    Raises:
        UsageError: it can't be read, or is wrong.
    """
    try:
        told = _AccessIn.model_validate(tomllib.loads(files.read(path).decode()))
    except OSError as error:
        raise UsageError(
            f"--auth {path}: can't be read ({error.strerror}); make it with "
            "vidocr token new --auth FILE"
        ) from error
    except ValidationError as error:
        raise UsageError(f"--auth {path}: {problems(error.errors())}; mend the file") from None
    except ValueError as error:
        raise UsageError(f"--auth {path}: is no TOML ({error}); mend the file") from error
    tokens = [
        Token(each.name, tuple(each.scopes), each.sha256, each.expires) for each in told.token
    ]
    return Access(tokens, [_issuer(each, path, files) for each in told.jwt])


def _granting(access: Access, path: Path) -> Access:
    """The access, if it grants anything; raises UsageError."""
    if access.is_empty:
        raise UsageError(
            f"--auth {path}: holds neither [[token]] nor [[jwt]]; add a token with "
            f"vidocr token new --auth {path}"
        )
    return access


def _issuer(told: _IssuerIn, path: Path, files: _Files) -> Issuer:
    """An issuer with the key, whose file is looked for beside the file that names it."""
    at = path.parent / told.key_file
    try:
        content = files.read(at).strip()
        key = _public_key(content) if told.algorithm == "RS256" else _secret(content)
    except OSError as error:
        raise UsageError(
            f"{at}: can't be read ({error.strerror}); check key_file in {path}"
        ) from error
    except ValueError as error:
        raise UsageError(f"{at}: is no key for {told.algorithm}: {error}") from error
    return Issuer(told.algorithm, key, told.audience, told.issuer)


def _public_key(content: bytes) -> RSAPublicKey:
    try:
        key = load_pem_public_key(content)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _RSA_BITS:
        raise ValueError(f"give the public key of an RSA pair, of {_RSA_BITS} bits or more, in PEM")
    return key


def _secret(content: bytes) -> bytes:
    if len(content) < _HS256_BYTES or content.startswith(b"-----BEGIN"):
        raise ValueError(f"give {_HS256_BYTES} random bytes or more, as openssl rand -hex 32 does")
    return content
