"""Forms as they arrive, in pieces of any size."""

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message
from urllib3 import encode_multipart_formdata

from vidocr.service.places import inside
from vidocr.service.refusals import Refusal
from vidocr.service.uploads import Form, form_of, plain_name

KNOWN = ("options", "hold")
MOST = 3_000_000


def received(pieces: Sequence[bytes], kind: str, most: int = MOST) -> tuple[Form, bytes]:
    """What becomes of a form that comes in pieces."""
    waiting = list(pieces)

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        piece = waiting.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    to = io.BytesIO()
    form = asyncio.run(form_of(Request(scope, receive), "film", KNOWN, to, most))
    return form, to.getvalue()


def cut(content: bytes, places: Sequence[int]) -> list[bytes]:
    """The content in pieces."""
    ends = sorted({place % (len(content) + 1) for place in places})
    return [content[a:b] for a, b in zip([0, *ends], [*ends, len(content)], strict=True)]


@settings(deadline=None)
@given(
    film=st.binary(max_size=300) | st.sampled_from([b"\r\n--x", b"\r\n--x--\r\n" * 9, b"-" * 50]),
    options=st.text(max_size=50),
    places=st.lists(st.integers(0, 10_000), max_size=30),
    is_first=st.booleans(),
)
def test_a_form_comes_out_as_it_went_in(
    film: bytes, options: str, places: list[int], is_first: bool
) -> None:
    fields: list[Any] = [("options", options), ("film", ("f.mp4", film, "video/mp4"))]
    body, kind = encode_multipart_formdata(fields if is_first else fields[::-1], boundary="xyz-1")
    if b"--xyz-1" in film:
        return
    form, content = received(cut(body, places), kind)
    assert content == film and form.bytes == len(film) and form.name == "f.mp4"
    assert form.fields == {"options": options}


def test_a_large_film_is_written_on_the_way() -> None:
    film = bytes(range(256)) * 10_000
    body, kind = encode_multipart_formdata({"film": ("f", film)})
    form, content = received([body[at : at + 65_536] for at in range(0, len(body), 65_536)], kind)
    assert content == film and form.fields == {}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([("film", ("f", b"x" * 1001))], 413),
        ([("options", "x" * 70_000), ("film", ("f", b""))], 413),
        ([("options", "1"), ("options", "2"), ("film", ("f", b""))], 422),
        ([("film", ("f", b"1")), ("film", ("f", b"2"))], 422),
        ([("colour", "red"), ("film", ("f", b"1"))], 422),
        ([("options", "{}")], 422),
    ],
)
def test_what_is_too_much_or_wrong_is_refused(fields: list[Any], status: int) -> None:
    body, kind = encode_multipart_formdata(fields)
    with pytest.raises(Refusal) as refusal:
        received([body], kind, 1000)
    assert refusal.value.status == status


@pytest.mark.parametrize("keep", [0, 1, 20, 70, 105, -3, -5])
def test_a_form_that_is_cut_short_is_refused(keep: int) -> None:
    body, kind = encode_multipart_formdata({"film": ("f", b"content of it")}, boundary="xyz")
    with pytest.raises(Refusal) as refusal:
        received([body[:keep]], kind)
    assert refusal.value.status == 400


@pytest.mark.parametrize("kind", ["", "; boundary=", "; boundary=" + "x" * 300])
def test_a_form_without_a_boundary_is_refused(kind: str) -> None:
    with pytest.raises(Refusal) as refusal:
        received([b"--x\r\n\r\n"], "multipart/form-data" + kind)
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("film.mp4", "film.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\one.mp4", "one.mp4"),
        ("<img src=x>.mp4", "<img src=x>.mp4"),
        ("", "film"),
        ("..", ".."),
        ("a\nb\0c", "a\\nb\\x00c"),
        ("x" * 500, "x" * 200),
    ],
)
def test_names_are_for_people_alone(sent: str, shown: str) -> None:
    assert plain_name(sent) == shown


def test_nothing_is_told_of_what_lies_outside(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "root2"
    for folder in (root, outside):
        folder.mkdir()
        (folder / "film").touch()
    (root / "out").symlink_to(outside)
    (root / "in").symlink_to(root / "film")
    (root / "circle").symlink_to(root / "circle")
    assert inside(str(root / "film"), [root]) == inside(str(root / "in"), [root])
    said = set()
    for path in ("out/film", "out", "../root2/film", "circle", "none", "film/x", "a\0b"):
        with pytest.raises(Refusal) as refusal:
            inside(f"{root}/{path}", [root])
        said.add((refusal.value.status, refusal.value.message))
    for path in ("film", "", "~/film", "/"):
        with pytest.raises(Refusal):
            inside(path, [root])
    assert len(said) == 1
    with pytest.raises(Refusal):
        inside(str(root / "film"), [])
