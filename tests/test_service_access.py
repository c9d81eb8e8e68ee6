"""Who may ask: tokens, and what others have signed."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from tests.signing import SECRET, claims, new_key, public_pem, signed, unsigned
from vidocr.cli import main
from vidocr.errors import UsageError
from vidocr.service.access import Access, access_of
from vidocr.service.identity import Identity, Scope
from vidocr.service.refusals import Refusal
from vidocr.service.tokens import PREFIX, Token, entry, found, new_token

READ = frozenset({Scope.READ})
KEY, OTHER = new_key(), new_key()


def asking(access: Access, authorization: str | None) -> Identity:
    """Who a request with that header comes from."""
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    return access.identify(Request({"type": "http", "headers": headers}))


def refused(access: Access, authorization: str | None) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        asking(access, authorization)
    assert refusal.value.status == 401
    assert refusal.value.headers["WWW-Authenticate"].startswith("Bearer")
    return refusal.value


@pytest.fixture
def signers(tmp_path: Path) -> Access:
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "public.pem").write_bytes(public_pem(KEY))
    path = tmp_path / "auth.toml"
    path.write_text(
        '[[jwt]]\nalgorithm = "HS256"\nkey_file = "secret"\naudience = "vidocr"\n'
        '[[jwt]]\nalgorithm = "RS256"\nkey_file = "public.pem"\naudience = "vidocr"\n'
        'issuer = "https://id.example.org"\n'
    )
    return access_of(path)


def test_a_token_says_whose_it_is() -> None:
    word, kept = new_token("ann", ["read", "read"])
    assert word.startswith(PREFIX) and len(word) > 43 and word not in entry(kept)
    access = Access([new_token("bob", ["admin"])[1], kept])
    assert asking(access, f"Bearer {word}") == Identity("ann", READ)
    assert asking(access, f"bearer  {word} ") == Identity("ann", READ)


def test_two_tokens_are_never_the_same() -> None:
    words = {new_token("ann", ["read"])[0] for _ in range(100)}
    assert len(words) == 100


@given(st.text(max_size=60))
def test_nothing_else_is_a_token(text: str) -> None:
    tokens = [new_token(name, ["read"])[1] for name in ("ann", "bob")]
    assert found(text, tokens) is None
    assert found(PREFIX + text, tokens) is None


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer {word}x", "Bearer x{word}",
     "Bearer {sha256}", "{word}", "Token {word}", "Bearer {word} {word}", "Bearer " + "x" * 9000,
     "Bearer a.b.c", "Bearer \xff\xfe", "Bearer ..", "Bearer null"],
)  # fmt: skip
def test_who_has_no_token_is_nobody(header: str | None) -> None:
    word, kept = new_token("ann", ["read"])
    said = header and header.format(word=word, sha256=kept.sha256)
    refusal = refused(Access([kept]), said)
    assert word not in refusal.message and kept.sha256 not in refusal.message


def test_a_token_ends() -> None:
    now = datetime.now(UTC)
    word, kept = new_token("ann", ["read"], now + timedelta(minutes=1))
    assert asking(Access([kept]), f"Bearer {word}").name == "ann"
    over = Token(kept.name, kept.scopes, kept.sha256, now - timedelta(seconds=1))
    refused(Access([over]), f"Bearer {word}")


def test_signed_tokens_are_taken(signers: Access) -> None:
    assert asking(signers, f"Bearer {signed()}") == Identity(
        "jwt:eve", frozenset({Scope.READ, Scope.SUBMIT})
    )
    by_key = signed(KEY, "RS256", iss="https://id.example.org", aud=["other", "vidocr"])
    assert asking(signers, f"Bearer {by_key}").name == "jwt:eve"
    assert asking(signers, f"Bearer {signed(scope='owner Admin')}").scopes == frozenset()
    assert asking(signers, f"Bearer {signed(scope=None)}").scopes == frozenset()


FORGED: dict[str, Any] = {
    "foreign secret": lambda: signed("x" * 32),
    "foreign key": lambda: signed(OTHER, "RS256", iss="https://id.example.org"),
    "the public key as a secret": lambda: with_public_key(),
    "no algorithm": lambda: unsigned({"alg": "none", "typ": "JWT"}),
    "no algorithm, in capitals": lambda: unsigned({"alg": "NONE"}),
    "no algorithm, with a signature": lambda: unsigned({"alg": "none"}, signed().split(".")[2]),
    "no signature": lambda: unsigned({"alg": "HS256"}),
    "another algorithm": lambda: signed(SECRET * 2, "HS512"),
    "a key of its own": lambda: jwt.encode(claims(), "x" * 32, headers={"jwk": {"k": "x" * 32}}),
    "a key at an address": lambda: jwt.encode(claims(), "x" * 32, headers={"jku": "http://x"}),
    "a key in a file": lambda: jwt.encode(claims(), "x" * 32, headers={"kid": "/dev/null"}),
    "over": lambda: signed(exp=claims()["exp"] - 700),
    "no end": lambda: signed(exp=None),
    "an end that is no number": lambda: signed(exp="tomorrow"),
    "an end beyond all numbers": lambda: signed(exp=1e400),
    "not yet": lambda: signed(nbf=claims()["exp"]),
    "another's audience": lambda: signed(aud="other"),
    "no audience": lambda: signed(aud=None),
    "nobody": lambda: signed(sub=None),
    "a blank name": lambda: signed(sub=" "),
    "a name that is none": lambda: jwt.encode(claims(sub=7), SECRET),
    "another issuer": lambda: signed(KEY, "RS256", iss="https://other.example.org"),
    "no issuer": lambda: signed(KEY, "RS256"),
    "changed": lambda: ".".join([signed().split(".")[0], signed(sub="a").split(".")[1], "x"]),
    "depths": lambda: depths(),
}  # fmt: skip


def with_public_key() -> str:
    """Signed with what everybody knows, in hope that it is taken for a secret."""
    import hmac
    from base64 import urlsafe_b64encode

    words = unsigned({"alg": "HS256"}).rpartition(".")[0]
    digest = hmac.new(public_pem(KEY), words.encode(), "sha256").digest()
    return f"{words}.{urlsafe_b64encode(digest).decode().rstrip('=')}"


def depths() -> str:
    """A header that is brackets without end."""
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(b"[" * 5000).decode().rstrip("=") + ".e30.x"


@pytest.mark.parametrize("name", FORGED)
def test_forged_tokens_are_refused(signers: Access, name: str) -> None:
    refused(signers, f"Bearer {FORGED[name]()}")


def test_a_signed_name_is_never_that_of_a_token(signers: Access) -> None:
    word, kept = new_token("eve", ["admin"])
    assert asking(Access([kept]), f"Bearer {word}").name == "eve"
    assert asking(signers, f"Bearer {signed(sub='eve')}").name == "jwt:eve"


OF_NO_KIND = "-----BEGIN PUBLIC KEY-----\nMAswBQYDKgMEAwIAAA==\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds neither"),
        ("token = 1", "token"),
        ("[[token]", "no TOML"),
        ('[[token]]\nname = "a"\nscopes = ["read"]', "sha256"),
        (f'[[token]]\nname = "a"\nscopes = ["root"]\nsha256 = "{"0" * 64}"', "scopes"),
        (f'[[token]]\nname = "a"\nscopes = []\nsha256 = "{"0" * 64}"', "scopes"),
        (f'[[token]]\nname = "jwt:a"\nscopes = ["read"]\nsha256 = "{"0" * 64}"', "name"),
        ('[[token]]\nname = "a"\nscopes = ["read"]\nsha256 = "secret"', "sha256"),
        (f'[[token]]\nname="a"\nscopes=["read"]\nsha256="{"0" * 64}"\nexpires=2030-01-01', "exp"),
        (f'[[token]]\nname="a"\nscopes=["read"]\nsha256="{"0" * 64}"\nexpire=1', "expire"),
        ('[[jwt]]\nalgorithm = "none"\nkey_file = "k"\naudience = "a"', "algorithm"),
        ('[[jwt]]\nalgorithm = "HS256"\nkey_file = "k"\naudience = ""', "audience"),
        ('[[jwt]]\nalgorithm = "HS256"\nkey_file = "none"\naudience = "a"', "can't be read"),
        ('[[jwt]]\nalgorithm = "HS256"\nkey_file = "short"\naudience = "a"', "32 random bytes"),
        ('[[jwt]]\nalgorithm = "HS256"\nkey_file = "pem"\naudience = "a"', "32 random bytes"),
        ('[[jwt]]\nalgorithm = "RS256"\nkey_file = "short"\naudience = "a"', "no key for RS256"),
        ('[[jwt]]\nalgorithm = "RS256"\nkey_file = "weak"\naudience = "a"', "2048 bits"),
        ('[[jwt]]\nalgorithm = "RS256"\nkey_file = "other"\naudience = "a"', "no key for RS256"),
    ],
)
def test_what_is_wrong_in_the_file_is_said(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "short").write_text("secret")
    (tmp_path / "pem").write_bytes(public_pem(KEY))
    (tmp_path / "weak").write_bytes(public_pem(new_key(1024)))
    (tmp_path / "other").write_text(OF_NO_KIND)
    path = tmp_path / "auth.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        access_of(path)
    with pytest.raises(UsageError, match="can't be read"):
        access_of(tmp_path / "missing.toml")


def test_the_command_makes_tokens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "auth.toml"
    assert main(["token", "new", "--name", "ann", "--auth", str(path)]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ann = capsys.readouterr().out.strip()
    path.write_text("# ours\n" + path.read_text())
    more = ["--name", "bob@example.org", "--scope", "admin", "--days", "30", "--auth", str(path)]
    assert main(["token", "new", *more]) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 1 and "vidocr serve --auth" in said.err
    text = path.read_text()
    assert text.startswith("# ours\n") and ann not in text and said.out.strip() not in text
    access = access_of(path)
    assert asking(access, f"Bearer {ann}") == Identity("ann", READ | {Scope.SUBMIT})
    bob = asking(access, f"Bearer {said.out.strip()}")
    assert bob == Identity("bob@example.org", frozenset({Scope.ADMIN})) and bob.may(Scope.READ)


def test_the_command_tells_what_to_add(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "new", "--name", "ann", "--scope", "read"]) == 0
    said = capsys.readouterr()
    path = tmp_path / "auth.toml"
    path.write_text(said.err.partition("\n")[2])
    assert asking(access_of(path), f"Bearer {said.out.strip()}") == Identity("ann", READ)


@pytest.mark.parametrize("name", ["", 'a"\n[[token]]', "jwt:eve", "-x", "a b", "ü", "x" * 65])
def test_names_are_plain(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "new", f"--name={name}"]) == 2
    assert not capsys.readouterr().out


def test_a_file_that_is_broken_is_left_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth.toml"
    path.write_text("[[token")
    assert main(["token", "new", "--name", "ann", "--auth", str(path)]) == 5
    assert not capsys.readouterr().out and path.read_text() == "[[token"
    assert [each.name for each in tmp_path.iterdir()] == ["auth.toml"]
