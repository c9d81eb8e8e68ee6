"""What goes in and out as JSON, for the document of the API and for checks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from vidocr.model import Box, Cue
from vidocr.service.store import DONE, Hook, Job

_LONGEST_US = 10**15  # some thirty years
_MOST_CUES = 100_000
_Us = Annotated[int, Field(ge=0, le=_LONGEST_US)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
State = Literal["held", "queued", "running", "done", "failed"]


def _no_controls(text: str) -> str:
    if any(ord(character) < 32 for character in text):
        raise ValueError("holds control characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is no text") from None
    return text


_Text = Annotated[str, Field(max_length=1000), AfterValidator(_no_controls)]


class Strict(BaseModel):
    """What is sent: of the right types, and nothing beside."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(BaseModel):
    """What is wrong, for programs in a word, and for people."""

    code: str
    message: str


class ErrorBody(BaseModel):
    """The body of every answer with an error."""

    error: Problem


class RegionOut(BaseModel):
    """A place where subtitles stand, in px of the picture."""

    x: int
    y: int
    width: int
    height: int
    line_height: float


class Streams(BaseModel):
    """Subtitles that the file carries as a stream."""

    codec: str
    language: str | None


class FilmOut(BaseModel):
    """What the film is."""

    width: int
    height: int
    duration_us: int | None
    frame_rate: float | None
    bytes: int
    subtitle_streams: list[Streams]


class Progress(BaseModel):
    """How far a job is; ``speed`` in seconds of film a second."""

    done_us: int
    total_us: int | None
    share: float | None
    speed: float | None
    eta_s: float | None


class HookOut(BaseModel):
    """What became of a webhook."""

    url: str
    state: Literal["waiting", "delivered", "failed"]
    tries: int
    last: str


class JobOut(BaseModel):
    """A film to be read, and what came of it. Times in seconds since 1970.

    One that ``ends_early`` lacks frames at its end that its container promises.
    """

    id: str
    name: str
    owner: str
    state: State
    created: float
    started: float | None
    ended: float | None
    tries: int
    options: dict[str, Any]
    film: FilmOut
    progress: Progress | None
    error: Problem | None
    cues: int | None
    revision: int
    engine: str
    regions: list[RegionOut]
    ends_early: bool
    webhook: HookOut | None


class JobsOut(BaseModel):
    """Jobs, the newest first; ``next`` is what to give as ``before`` for more."""

    jobs: list[JobOut]
    next: str | None


class JobIn(Strict):
    """A film below one of the operator's folders."""

    path: Annotated[str, Field(max_length=4096)]
    options: dict[str, Any] = {}
    webhook: Annotated[str, Field(max_length=2000)] | None = None
    hold: bool = False


class OptionsIn(Strict):
    """Options of the job from now on; None for those that it has."""

    options: dict[str, Any] | None = None


class RegionsOut(BaseModel):
    """Where subtitles stand in the film, and the size of its picture, in px."""

    regions: list[RegionOut]
    width: int
    height: int


class CueIn(Strict):
    """A cue as a person wants it. What is left out is that of its first origin."""

    start_us: _Us
    end_us: _Us
    lines: Annotated[list[_Text], Field(min_length=1, max_length=20)]
    place: Annotated[list[_Share], Field(min_length=4, max_length=4)] | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{2,35}$")] | None = None
    origins: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=100)] = []
    accepted: bool | None = None

    @model_validator(mode="after")
    def _check(self) -> CueIn:
        if self.start_us >= self.end_us:
            raise ValueError("end_us has to be after start_us")
        if not "".join(self.lines).strip():
            raise ValueError("lines are blank; remove the cue instead")
        if self.place and not (self.place[0] < self.place[2] and self.place[1] < self.place[3]):
            raise ValueError("place is empty; give x0 < x1 and y0 < y1")
        return self


class CuesIn(Strict):
    """All cues, as a person wants them, made out of those of ``revision``."""

    revision: Annotated[int, Field(ge=0, le=2**53)]
    cues: Annotated[list[CueIn], Field(max_length=_MOST_CUES)]


class CueOut(BaseModel):
    """A cue, what bears it out, and what became of it."""

    start_us: int
    end_us: int
    lines: list[str]
    place: list[float]
    position: Literal["top", "middle", "bottom"]
    confidence: float
    language: str | None
    engine: str
    alternatives: list[str]
    flags: list[str]
    boxes: list[list[float]]
    accepted: bool
    origins: list[int]
    pictures: int


class CuesOut(BaseModel):
    """All cues of a job by their start; ``revision`` is 0 as they were read."""

    revision: int
    cues: list[CueOut]


class FramesOut(BaseModel):
    """When frames begin."""

    starts_us: list[int]


class RejectOut(BaseModel):
    """Text that was found and is no subtitle; ``box`` in px."""

    reason: str
    start_us: int
    end_us: int
    text: str
    box: list[float]


class RejectsOut(BaseModel):
    """What was left out, and the figures of the run."""

    rejects: list[RejectOut]
    report: dict[str, Any]


class Entry(BaseModel):
    """A film or folder that can be named by its path."""

    name: str
    path: str
    folder: bool
    bytes: int | None


class Listing(BaseModel):
    """What stands in a folder."""

    roots: list[str]
    folder: str | None
    entries: list[Entry]


def job_told(
    job: Job, progress: dict[str, Any] | None, revision: int, hook: Hook | None
) -> dict[str, Any]:
    """A job as ``JobOut`` has it."""
    return {
        "id": job.id,
        "name": job.name,
        "owner": job.owner,
        "state": job.state,
        "created": job.created,
        "started": job.started,
        "ended": job.ended,
        "tries": job.tries,
        "options": job.options,
        "film": job.film,
        "progress": progress,
        "error": job.error,
        "cues": job.result.get("cues") if job.state == DONE else None,
        "revision": revision,
        "engine": job.result.get("engine", ""),
        "regions": job.result.get("regions", []),
        "ends_early": job.result.get("ends_early", False),
        "webhook": _hook_told(job, hook) if job.webhook else None,
    }


def _hook_told(job: Job, hook: Hook | None) -> dict[str, Any]:
    hook = hook or Hook(job.id, 0.0, 0, "waiting")
    return {"url": job.webhook, "state": hook.state, "tries": hook.tries, "last": hook.last}


def cue_told(kept: dict[str, Any]) -> dict[str, Any]:
    """A cue as ``CueOut`` has it."""
    place = Cue(0, 1, ("-",), Box(*kept["place"])).position.value
    return {name: kept[name] for name in CueOut.model_fields if name != "position"} | {
        "position": place
    }
