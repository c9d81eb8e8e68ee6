"""Forms that are sent, read as they arrive: the file goes where it is to be, piece by piece.

Frameworks keep a file whole, in a folder of their own, before they say how large it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from anyio import to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from vidocr.messages import printable
from vidocr.service.refusals import Refusal, invalid, too_large, unsupported

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FORM, JSON = "multipart/form-data", "application/json"
_FIELD_BYTES = 1 << 16
_HEADER_BYTES = 1 << 13
_PIECE_BYTES = 1 << 20
_NAME_LENGTH = 200


@dataclass(slots=True)
class Form:
    """The fields of a form, and of its file the name and size."""

    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    bytes: int = 0


def kind_of(request: Request) -> str:
    """The type of what is sent: a form or JSON.

    Raises:
        Refusal: 415, it is neither.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (FORM, JSON):
        raise unsupported(f"content type {printable(kind)!r}: send {FORM} or {JSON}")
    return kind


async def body_of(request: Request, most_bytes: int) -> bytes:
    """What is sent, whole.

    Raises:
        Refusal: 413, it is larger.
    """
    body = bytearray()
    async for piece in _pieces(request, most_bytes):
        body += piece
    return bytes(body)


async def form_of(
    request: Request, called: str, known: Collection[str], to: BinaryIO, most_bytes: int
) -> Form:
    """A form with one file, which is written to ``to``.

    Args:
        request: whose body it is.
        called: the field of the file.
        known: the other fields.
        to: a file that is open for writing.
        most_bytes: that the file may have.

    Raises:
        Refusal: 400, it is no form; 413, the file is larger; 422, it has other fields, or no file.
    """
    _, parameters = parse_options_header(request.headers["content-type"])
    reader = _Reader(called, known, most_bytes)
    try:
        parser = MultipartParser(
            parameters.get(b"boundary", b""),
            reader.callbacks(),
            max_header_size=_HEADER_BYTES,
        )
        async for piece in _pieces(request, most_bytes + _PIECE_BYTES):
            parser.write(piece)
            if len(reader.pending) >= _PIECE_BYTES:
                await to_thread.run_sync(to.write, reader.take())
        parser.finalize()
    except FormParserError as error:
        raise _broken(str(error)) from None
    await to_thread.run_sync(to.write, reader.take())
    if not reader.is_whole:
        raise _broken("it ends in the middle")
    if not reader.has_file:
        raise invalid(f"{called}: is missing; send a file under that name")
    return reader.form


async def _pieces(request: Request, most_bytes: int) -> AsyncIterator[bytes]:
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most_bytes:
        raise too_large("the body", most_bytes)
    came = 0
    try:
        async for piece in request.stream():
            came += len(piece)
            if came > most_bytes:
                raise too_large("the body", most_bytes)
            yield piece
    except ClientDisconnect:
        raise _broken("the connection was cut") from None


def _broken(why: str) -> Refusal:
    return Refusal(400, "bad_request", f"the form can't be read: {printable(why)}; send it again")


class _Reader:
    """Takes in what the parser finds in a form."""

    def __init__(self, called: str, known: Collection[str], most_bytes: int) -> None:
        self.form = Form()
        self.pending = bytearray()
        self.has_file = self.is_whole = False
        self._called = called
        self._known = known
        self._most_bytes = most_bytes
        self._header = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._value = bytearray()
        self._field = ""

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._name_piece,
            "on_header_value": self._value_piece,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }  # fmt: skip

    def take(self) -> bytes:
        """What has come of the file since the last time."""
        pending, self.pending = bytes(self.pending), bytearray()
        return pending

    def _begin(self) -> None:
        self._headers = {}
        self._field = ""

    def _name_piece(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _value_piece(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _headers_end(self) -> None:
        kind, parts = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._field = parts.get(b"name", b"").decode(errors="replace")
        is_file = self._field == self._called
        if kind != b"form-data" or not (is_file or self._field in self._known):
            raise invalid(
                f"field {printable(self._field)!r}: is unknown; the fields are "
                f"{', '.join((self._called, *self._known))}"
            )
        if (is_file and self.has_file) or self._field in self.form.fields:
            raise invalid(f"field {self._field}: came twice; send it once")
        if is_file:
            self.has_file = True
            self.form.name = plain_name(parts.get(b"filename", b"").decode(errors="replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._field == self._called:
            self.pending += data[start:end]
            self.form.bytes += end - start
            if self.form.bytes > self._most_bytes:
                raise too_large(self._called, self._most_bytes)
        else:
            self._value += data[start:end]
            if len(self._value) > _FIELD_BYTES:
                raise too_large(f"field {self._field}", _FIELD_BYTES)

    def _end(self) -> None:
        if self._field != self._called:
            self.form.fields[self._field] = self._value.decode(errors="replace")
            self._value = bytearray()

    def _all(self) -> None:
        self.is_whole = True


def plain_name(name: str) -> str:
    """A name for people to see, without folders; it never becomes one of a file."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return printable(last)[:_NAME_LENGTH] or "film"
