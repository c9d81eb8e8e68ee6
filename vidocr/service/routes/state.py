"""How the service is, and what it can do."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from vidocr import tracks
from vidocr.ocr.choice import states
from vidocr.ocr.languages import languages
from vidocr.service import choices, pictures
from vidocr.service.desk import READY
from vidocr.service.question_shapes import Abilities, Health, Readiness
from vidocr.service.routes.common import Admin, Reader, Served, answers, answers_beside

router = APIRouter(tags=["state"])


@router.get("/healthz", response_model=Health)
async def health() -> dict[str, str]:
    """The service answers."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "It can't work now."}},
)
def ready(service: Served, response: Response) -> dict[str, Any]:
    """Whether the service can work: its list of jobs, its engine, and what runs jobs."""
    service.store.counts()
    alive = "ok" if service.runner.is_alive else "it has stopped"
    checks = {"store": "ok", "engine": service.desk.state, "runner": alive}
    is_ready = service.desk.state == READY and service.runner.is_alive
    response.status_code = 200 if is_ready else 503
    return {"ready": is_ready, "checks": checks}


@router.get(
    "/metrics",
    response_class=Response,
    responses=answers_beside("Figures for Prometheus.", "text/plain", errors=()),
)
def metrics(who: Admin, service: Served) -> Response:
    """Figures for Prometheus."""
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


@router.get("/v1/engines", response_model=Abilities, responses=answers())
def abilities(who: Reader, service: Served) -> dict[str, Any]:
    """What can read here, and what the service takes."""
    settings, desk = service.settings, service.desk
    return {
        "engines": states(),
        "jobs": choices.engines(settings.options),
        "default": settings.options.engine,
        "options": choices.keys(),
        "reads": desk.name,
        "tasks": [task.value for task in pictures.tasks(desk.profile)],
        "translates": choices.translates(settings.options),
        "prompts": desk.profile is not None,
        "languages": [{"code": each.code, "name": each.name} for each in languages()],
        "formats": tracks.formats(),
        "upload_bytes": settings.upload_bytes,
        "film_s": settings.film_s,
        "image_bytes": settings.image_bytes,
    }
