"""How a film comes in: sent in a form, or named by its path; looked at before it is queued."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from anyio import to_thread
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from vidocr.errors import InputError
from vidocr.output import explained
from vidocr.service.choices import options_of
from vidocr.service.identity import Identity
from vidocr.service.places import FILM, inside
from vidocr.service.refusals import invalid
from vidocr.service.rooms import Service
from vidocr.service.shapes import JobIn
from vidocr.service.store import HELD, QUEUED, Job
from vidocr.service.uploads import FORM, Form, body_of, form_of, kind_of, plain_name
from vidocr.service.webhooks import address_of

_Shape = TypeVar("_Shape", bound=BaseModel)

_FIELDS = ("options", "webhook", "hold")
_WORDS = {"true": True, "1": True, "false": False, "0": False, "": False}
_JSON_BYTES = 1 << 20


async def taken_in(request: Request, who: Identity, service: Service) -> Job:
    """The job that a request asks for; it waits, or is held.

    Raises:
        Refusal: 400, 403, 413, 415, 422 or 429, as the request is.
        VidocrError: the film can't be read.
    """
    await to_thread.run_sync(service.store.check_room, who.name)
    if kind_of(request) != FORM:
        body = await body_of(request, _JSON_BYTES)
        asked = checked(JobIn, body)
        return await service.looked(partial(_named, asked, who, service), who)
    with service.uploads.taken("uploads", who):
        name = secrets.token_hex(12)
        with explained(service.settings.data):
            folder = service.places.upload(name)
        try:
            form = await _received(request, folder, service)
            async with service.turns.taken(who):  # what was sent is not refused for want of room
                return await to_thread.run_sync(
                    _sent, form, folder, who, service, limiter=service.look_threads
                )
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # a job's has been moved away


async def _received(request: Request, folder: Path, service: Service) -> Form:
    with explained(service.settings.data), (folder / FILM).open("wb") as file:
        return await form_of(request, "film", _FIELDS, file, service.settings.upload_bytes)


def checked(shape: type[_Shape], body: bytes) -> _Shape:
    """A body in JSON of that shape.

    Raises:
        Refusal: 422, it is none.
    """
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise invalid(problems(error.errors())) from None


def shaped(shape: type[_Shape], fields: Mapping[str, Any]) -> _Shape:
    """The fields of a form in that shape; raises as ``checked``."""
    try:
        return shape.model_validate(fields)
    except ValidationError as error:
        raise invalid(problems(error.errors())) from None


def problems(errors: Any) -> str:
    """What pydantic found wrong, in a line."""
    places = [".".join(map(str, each["loc"])) for each in errors]
    return "; ".join(
        f"{place}: {each['msg']}" if place else each["msg"]
        for place, each in zip(places, errors, strict=True)
    )


def _sent(form: Form, folder: Path, who: Identity, service: Service) -> Job:
    """A job of a film that was sent."""
    fields = form.fields
    hold = _WORDS.get(fields.get("hold", ""))
    if hold is None:
        raise invalid("hold: takes true or false")
    options = _options(fields.get("options", ""))
    _check(service, options, fields.get("webhook", ""))
    film = service.looks.film(folder / FILM, form.name)
    job = Job(
        id=folder.name,
        owner=who.name,
        name=form.name,
        state=HELD if hold else QUEUED,
        created=time.time(),
        options=options,
        film=film | {"bytes": form.bytes},
        webhook=fields.get("webhook", ""),
    )
    with explained(service.settings.data):
        service.places.keep(folder)
    try:
        service.store.add(job)
    except BaseException:  # whatever it is, the film must not stay without its job
        service.places.remove(job.id)
        raise
    service.runner.wake()
    return job


def _named(asked: JobIn, who: Identity, service: Service) -> Job:
    """A job of a film that the operator has."""
    path = inside(asked.path, service.settings.roots)
    _check(service, asked.options, asked.webhook or "")
    name = plain_name(path.name)
    film = service.looks.film(path, name)
    job = Job(
        id=secrets.token_hex(12),
        owner=who.name,
        name=name,
        state=HELD if asked.hold else QUEUED,
        path=asked.path,
        created=time.time(),
        options=asked.options,
        film=film | {"bytes": _size(path)},
        webhook=asked.webhook or "",
    )
    service.store.add(job)
    service.runner.wake()
    return job


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise InputError(f"{path.name}: can't be looked at: {error.strerror}") from error


def _options(text: str) -> dict[str, Any]:
    try:
        options = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise invalid(f"options: is no JSON ({error})") from error
    if not isinstance(options, dict):
        raise invalid("options: takes an object of JSON")
    return options


def _check(service: Service, options: Mapping[str, Any], webhook: str) -> None:
    options_of(service.settings.options, options)
    if webhook:
        address_of(webhook, service.settings)
