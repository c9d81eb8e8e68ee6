"""What came of a job: tracks, cues, pictures, and the film beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi import Path as InPath
from starlette.responses import FileResponse

from vidocr import tracks
from vidocr.service import cues, results
from vidocr.service.films import film_of, type_of, types
from vidocr.service.refusals import not_found
from vidocr.service.rooms import Service
from vidocr.service.routes.common import (
    DoneJob,
    Reader,
    ReadJob,
    Served,
    Submitter,
    answers,
    answers_beside,
)
from vidocr.service.shapes import CuesIn, CuesOut, FramesOut, RejectsOut, cue_told
from vidocr.service.store import Job

router = APIRouter(tags=["results"])

_PIECES = "multipart/byteranges"
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_Us = Annotated[int, Query(ge=0, le=10**15)]
_Language = Annotated[str, Query(max_length=20, pattern=r"^[A-Za-z0-9-]*$")]
_Number = Annotated[int, InPath(ge=0, le=10**9)]


@router.get(
    "/v1/jobs/{id}/tracks/{format}",
    response_class=Response,
    responses=answers_beside("The track.", "text/plain", errors=(404, 409)),
)
def track(
    job: DoneJob,
    format: str,
    service: Served,
    text: cues.Shown = cues.Shown.TRANSLATION,
    language: _Language = "",
) -> Response:
    """The track, with the edits that were made, in any format there is, all of it or a language."""
    if format not in tracks.formats():
        raise not_found(f"format {format!r} (there are {', '.join(tracks.formats())})")
    present = [cues.cue_of(each) for each in _present(job, service)[1]]
    shown = cues.chosen(present, text, language)
    ending = f".{language}.{format}" if language else f".{format}"
    name = quote(Path(job.name).stem + ending, safe="")
    return Response(
        tracks.render(shown, format, _about(job)),
        media_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


@router.get("/v1/jobs/{id}/cues", response_model=CuesOut, responses=answers(404, 409))
def cues_now(job: DoneJob, service: Served, original: bool = False) -> dict[str, Any]:
    """The cues as they were edited, or as they were read."""
    if original:
        return _told(0, cues.as_read(service.places.out(job.id)))
    return _told(*_present(job, service))


@router.put("/v1/jobs/{id}/cues", response_model=CuesOut, responses=answers(400, 404, 409))
def edit(job: DoneJob, who: Submitter, edits: CuesIn, service: Served) -> dict[str, Any]:
    """Put other cues in the place of those that there are, if nobody else has meanwhile."""
    given = [cue.model_dump() for cue in edits.cues]
    made = cues.edited(given, cues.as_read(service.places.out(job.id)))
    revision = service.store.edit(job.id, edits.revision, json.dumps(made))
    return _told(revision, made)


@router.get(
    "/v1/jobs/{id}/cues/{n}/picture",
    response_class=FileResponse,
    responses=answers_beside("A JPEG.", "image/jpeg", errors=(404, 409)),
)
def picture(
    job: DoneJob, n: _Number, service: Served, line: Annotated[int, Query(ge=0, le=100)] = 0
) -> FileResponse:
    """The picture of a line of the nth cue as it was read, counted from 0."""
    path = results.picture(service.places.out(job.id), n, line)
    return FileResponse(path, media_type="image/jpeg", headers=_FOR_EVER)


@router.get("/v1/jobs/{id}/frames", response_model=FramesOut, responses=answers(404, 409))
def frames(
    job: DoneJob, service: Served, from_us: _Us = 0, until_us: _Us | None = None
) -> dict[str, Any]:
    """When the frames of a stretch begin that were read."""
    return {"starts_us": results.starts_us(service.places.out(job.id), from_us, until_us)}


@router.get("/v1/jobs/{id}/rejects", response_model=RejectsOut, responses=answers(404, 409))
def rejects(job: DoneJob, service: Served) -> dict[str, Any]:
    """What was found and is no subtitle, and the figures of the run."""
    out = service.places.out(job.id)
    return {"rejects": results.rejects(out), "report": results.report(out)}


@router.get(
    "/v1/jobs/{id}/frame",
    response_class=Response,
    responses=answers_beside("A JPEG.", "image/jpeg", errors=(404, 429)),
)
async def frame(
    job: ReadJob,
    who: Reader,
    service: Served,
    time_us: _Us = 0,
    side: Annotated[int, Query(ge=64, le=1920)] = 960,
) -> Response:
    """The frame of the film that shows at a time."""

    def look() -> bytes:
        path = film_of(job, service.places, service.settings)
        return service.looks.frame(path, time_us, side, job.name)

    jpeg = await service.looked(look, who)
    return Response(jpeg, media_type="image/jpeg", headers=_FOR_EVER)


@router.get(
    "/v1/jobs/{id}/film",
    response_class=FileResponse,
    responses=answers_beside("The film.", *types(), errors=(404,))
    | {
        206: {"description": "Ranges of it.", "content": dict.fromkeys((*types(), _PIECES), {})},
        400: {"description": "The range can't be read.", "content": {"text/plain": {}}},
        416: {"description": "There is no such range.", "content": {"text/plain": {}}},
    },
)
def film(job: ReadJob, service: Served) -> FileResponse:
    """The film, or a range of it."""
    path = film_of(job, service.places, service.settings)
    return FileResponse(path, media_type=type_of(job.name))


def _present(job: Job, service: Service) -> tuple[int, list[dict[str, Any]]]:
    """The revision that the cues are at, and the cues."""
    revision, kept = service.store.edits(job.id)
    read = cues.as_read(service.places.out(job.id)) if kept is None else json.loads(kept)
    return revision, read


def _told(revision: int, kept: list[dict[str, Any]]) -> dict[str, Any]:
    return {"revision": revision, "cues": [cue_told(cue) for cue in kept]}


def _about(job: Job) -> tracks.About:
    film = job.film
    return tracks.About(
        film=job.name,
        width=film.get("width"),
        height=film.get("height"),
        duration_us=film.get("duration_us"),
        engine=job.result.get("engine", ""),
    )
