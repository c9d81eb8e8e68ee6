"""What routes have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Path

from vidocr.service.identity import Identity, Scope, needs
from vidocr.service.refusals import conflict, not_found
from vidocr.service.rooms import Service, service_of
from vidocr.service.shapes import ErrorBody
from vidocr.service.store import DONE, Job

Served = Annotated[Service, Depends(service_of)]
Reader = Annotated[Identity, Depends(needs(Scope.READ))]
Submitter = Annotated[Identity, Depends(needs(Scope.SUBMIT))]
Admin = Annotated[Identity, Depends(needs(Scope.ADMIN))]
JobId = Annotated[str, Path(pattern=r"^[0-9a-f]{24}$")]

_ABOUT = {
    400: "The request can't be read.",
    401: "Who asks does not say who they are, or it is not true.",
    403: "Who asks may not do that, or the path is not allowed.",
    404: "There is none, or it belongs to another.",
    408: "What was sent came too slowly.",
    409: "It can't be done in the state that things are in.",
    413: "More was sent than is taken.",
    415: "What was sent is of a kind that is not taken.",
    422: "What was sent is wrong.",
    429: "There is no room now, or too much was asked for; Retry-After says when to try again.",
    503: "The engine is not there now.",
}
_ALWAYS = {401, 403, 408, 413, 422, 429}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that a route may answer with, beside those of all routes."""
    return {
        status: {"model": ErrorBody, "description": _ABOUT[status]}
        for status in sorted({*_ALWAYS, *statuses})
    }


def answers_beside(about: str, *kinds: str, errors: Sequence[int]) -> dict[int | str, Any]:
    """What a route may answer that gives no JSON unless it is an error.

    Args:
        about: the answer, for people.
        kinds: types of its content.
        errors: as ``answers``.
    """
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    told: dict[int | str, Any] = {
        200: {"description": about, "content": {kind: {} for kind in kinds}}
    }
    for status in sorted({*_ALWAYS, *errors}):
        told[status] = {"description": _ABOUT[status], "content": error}
    return told


def job_of(id: str, who: Identity, service: Service) -> Job:
    """A job, if it is theirs who ask; another's is none.

    Raises:
        Refusal: 404.
    """
    job = service.store.get(id)
    if job is None or not (who.is_admin or job.owner == who.name):
        raise not_found(f"job {id}")
    return job


def to_read(id: JobId, who: Reader, service: Served) -> Job:
    """A dependency: the job that the path names, for one who may look at it."""
    return job_of(id, who, service)


def to_change(id: JobId, who: Submitter, service: Served) -> Job:
    """A dependency: the job that the path names, for one who may change it."""
    return job_of(id, who, service)


ReadJob = Annotated[Job, Depends(to_read)]
SubmitJob = Annotated[Job, Depends(to_change)]


def done(job: ReadJob) -> Job:
    """A dependency: a job that is done.

    Raises:
        Refusal: 409, it is not.
    """
    if job.state != DONE:
        raise conflict(f"job {job.id}: is {job.state}; wait until it is done")
    return job


DoneJob = Annotated[Job, Depends(done)]


def body(*forms: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """What a route takes that reads its body by itself, for the document of the API."""
    content = {kind: {"schema": schema} for kind, schema in forms}
    return {"requestBody": {"required": True, "content": content}}
