"""Jobs: given, looked at, started, followed and removed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from vidocr.service import intake
from vidocr.service.choices import options_of
from vidocr.service.films import film_of, listing
from vidocr.service.identity import is_still
from vidocr.service.routes.common import (
    Reader,
    ReadJob,
    Served,
    SubmitJob,
    Submitter,
    answers,
    answers_beside,
    body,
)
from vidocr.service.shapes import JobIn, JobOut, JobsOut, Listing, OptionsIn, RegionsOut, State
from vidocr.service.store import DONE, FAILED

router = APIRouter(tags=["jobs"])

_POLL_S = 0.25
_SENT = {
    "type": "object",
    "required": ["film"],
    "properties": {
        "film": {"type": "string", "format": "binary"},
        "options": {"type": "string", "description": "An object of JSON."},
        "webhook": {"type": "string"},
        "hold": {"type": "string", "enum": ["true", "false"]},
    },
    "additionalProperties": False,
}


@router.post(
    "/v1/jobs",
    status_code=201,
    response_model=JobOut,
    responses=answers(400, 413, 415, 429),
    openapi_extra=body(
        ("multipart/form-data", _SENT), ("application/json", JobIn.model_json_schema())
    ),
)
async def create(
    request: Request, response: Response, who: Submitter, service: Served
) -> dict[str, Any]:
    """Have a film read that is sent, or named by its path; with ``hold``, once it is started."""
    job = await intake.taken_in(request, who, service)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return await to_thread.run_sync(service.told, job)


@router.get("/v1/jobs", response_model=JobsOut, responses=answers())
def many(
    who: Reader,
    service: Served,
    state: State | None = None,
    before: Annotated[str | None, Query(pattern=r"^[0-9a-f]{24}$")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Jobs of who asks, or for an admin everybody's; the newest first."""
    found = service.store.jobs(None if who.is_admin else who.name, state, before, limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return {"jobs": [service.told(job) for job in found[:limit]], "next": more}


@router.get("/v1/jobs/{id}", response_model=JobOut, responses=answers(404))
def one(job: ReadJob, service: Served) -> dict[str, Any]:
    """A job, and how far it is."""
    return service.told(job)


@router.delete("/v1/jobs/{id}", status_code=204, responses=answers(404))
def remove(job: SubmitJob, service: Served) -> None:
    """End a job, if it is under way, and remove all its files."""
    service.runner.cancel(job.id)


@router.post("/v1/jobs/{id}/start", response_model=JobOut, responses=answers(400, 404, 409, 429))
def start(job: SubmitJob, asked: OptionsIn, service: Served) -> dict[str, Any]:
    """Start a job that is held, or has failed."""
    if asked.options is not None:
        options_of(service.settings.options, asked.options)
    started = service.store.start(job.id, asked.options)
    service.runner.wake()
    return service.told(started)


@router.post("/v1/jobs/{id}/region", response_model=RegionsOut, responses=answers(400, 404, 429))
async def region(
    job: SubmitJob, who: Submitter, asked: OptionsIn, service: Served
) -> dict[str, Any]:
    """Look where subtitles stand in the film."""

    def look() -> list[dict[str, Any]]:
        given = job.options if asked.options is None else asked.options
        options = options_of(service.settings.options, given)
        path = film_of(job, service.places, service.settings)
        return service.looks.regions(path, options, job.name)

    found = await service.looked(look, who)
    return {"regions": found, "width": job.film["width"], "height": job.film["height"]}


@router.get(
    "/v1/jobs/{id}/events",
    response_class=EventSourceResponse,
    responses=answers_beside("What happens.", "text/event-stream", errors=(404,)),
)
async def events(
    request: Request, job: ReadJob, who: Reader, service: Served
) -> AsyncIterator[ServerSentEvent]:
    """Follow a job: events ``job`` and ``progress``, and ``gone`` where it is removed.

    It ends where who asks is not let in any more.
    """
    said: dict[str, Any] | None = None
    while is_still(who, request, service.authentication):
        now = await to_thread.run_sync(service.store.get, job.id)
        if now is None:
            yield ServerSentEvent(event="gone", data={"id": job.id})
            return
        told = await to_thread.run_sync(service.told, now)
        if said is None or _without(told) != _without(said):
            yield ServerSentEvent(event="job", data=told)
        elif told["progress"] and told["progress"] != said["progress"]:
            yield ServerSentEvent(event="progress", data=told["progress"])
        if now.state in (DONE, FAILED):
            return
        said = told
        await anyio.sleep(_POLL_S)


def _without(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "progress"}


@router.get("/v1/films", response_model=Listing, responses=answers())
def films(
    who: Submitter,
    service: Served,
    under: Annotated[str | None, Query(max_length=4096)] = None,
) -> dict[str, Any]:
    """What can be named by its path: the folders that the operator allows, or one's content."""
    return listing(under, service.settings.roots)
