"""Questions about pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request

from vidocr.model import Image
from vidocr.ocr.profiles import Task
from vidocr.service import pictures
from vidocr.service.intake import checked, shaped
from vidocr.service.question_shapes import GenerateIn, GenerateOut, OcrIn, OcrOut
from vidocr.service.rooms import Service
from vidocr.service.routes.common import Served, Submitter, answers, body
from vidocr.service.uploads import FORM, JSON, body_of, form_of, kind_of

router = APIRouter(tags=["pictures"])

_FIELDS = ("task", "prompt", "keys", "language")
_MORE_BYTES = 1 << 20  # of JSON around a picture
_SENT = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {"type": "string", "format": "binary"},
        "task": {"type": "string", "enum": [task.value for task in Task]},
        "prompt": {"type": "string", "maxLength": 20_000},
        "keys": {"type": "string", "description": "Names with commas between them."},
        "language": {"type": "string", "maxLength": 100},
    },
    "additionalProperties": False,
}
_ASKED = OcrIn.model_json_schema(ref_template="#/components/schemas/{model}")
_ERRORS = answers(400, 413, 415, 429, 503)


@router.post(
    "/v1/ocr",
    response_model=OcrOut,
    responses=_ERRORS,
    openapi_extra=body((FORM, _SENT), (JSON, _ASKED)),
)
async def ocr(request: Request, who: Submitter, service: Served) -> dict[str, Any]:
    """Read a picture, or ask about it."""
    with service.pictures.taken("pictures", who):
        content, asked = await _received(request, service)
        return await to_thread.run_sync(
            _answer, content, asked, service, limiter=service.picture_threads
        )


@router.post(
    "/generate",
    response_model=GenerateOut,
    responses=_ERRORS,
    openapi_extra=body((JSON, GenerateIn.model_json_schema())),
)
async def generate(request: Request, who: Submitter, service: Served) -> dict[str, Any]:
    """Ask the model about a picture, in the plain form that its deployments offer."""

    def answer() -> dict[str, Any]:
        if service.desk.profile is None:
            raise pictures.no_model()
        content = pictures.decoded(asked.image, service.settings.image_bytes)
        with _opened(content, service) as image:
            return {"text": service.desk.answer(image, asked.prompt).text}

    with service.pictures.taken("pictures", who):
        asked = checked(GenerateIn, await _json(request, service))
        return await to_thread.run_sync(answer, limiter=service.picture_threads)


async def _received(request: Request, service: Service) -> tuple[bytes | None, OcrIn]:
    """The picture if it came in a form, and what is asked."""
    if kind_of(request) == JSON:
        return None, checked(OcrIn, await _json(request, service))
    to = io.BytesIO()
    form = await form_of(request, "image", _FIELDS, to, service.settings.image_bytes)
    fields: dict[str, Any] = dict(form.fields)
    if "keys" in fields:
        fields["keys"] = [key.strip() for key in fields["keys"].split(",") if key.strip()]
    return to.getvalue(), shaped(OcrIn, {"image": "", **fields})


async def _json(request: Request, service: Service) -> bytes:
    return await body_of(request, service.settings.image_bytes * 4 // 3 + _MORE_BYTES)


def _answer(content: bytes | None, asked: OcrIn, service: Service) -> dict[str, Any]:
    settings = service.settings
    if content is None:
        content = pictures.decoded(asked.image, settings.image_bytes)
    with _opened(content, service) as image:
        return pictures.asked(
            service.desk,
            image,
            task=asked.task,
            prompt=asked.prompt,
            keys=asked.keys,
            language=asked.language,
        )


@contextmanager
def _opened(content: bytes, service: Service) -> Iterator[Image]:
    """A picture, while there is room for it: a small file may hold a very large one."""
    most = service.settings.image_pixels
    with service.pixels.taken(pictures.pixels_of(content, most), "pixels of pictures"):
        yield pictures.opened(content, most)
