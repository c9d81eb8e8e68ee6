"""What goes in and out as JSON where nothing is kept: questions about pictures and the service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from vidocr.ocr.profiles import Task
from vidocr.service.shapes import Strict


class EngineOut(BaseModel):
    """An engine, and whether it is ready."""

    engine: str
    ready: bool
    note: str


class LanguageOut(BaseModel):
    """A language that subtitles may be in."""

    code: str
    name: str


class Abilities(BaseModel):
    """What the service can do, and takes."""

    engines: list[EngineOut]
    jobs: list[str]
    default: str
    options: list[str]
    reads: str
    tasks: list[str]
    translates: bool
    prompts: bool
    languages: list[LanguageOut]
    formats: list[str]
    upload_bytes: int
    film_s: float
    image_bytes: int


class OcrIn(Strict):
    """A picture in base64, or as a ``data:`` address, and what to do with it."""

    model_config = ConfigDict(extra="forbid", strict=False)  # tasks are named

    image: str
    task: Task = Task.TEXT
    prompt: Annotated[str, Field(max_length=20_000)] = ""
    keys: Annotated[list[str], Field(max_length=100)] = []
    language: Annotated[str, Field(max_length=100)] = "English"


class LineOut(BaseModel):
    """A line of text; ``box`` in px of the picture."""

    text: str
    box: list[float] | None
    confidence: float


class OcrOut(BaseModel):
    """What the engine says of a picture."""

    text: str
    lines: list[LineOut]
    confidence: float
    cut_off: bool
    width: int
    height: int
    engine: str
    task: str | None


class GenerateIn(BaseModel):
    """A picture in base64, and a question; what else deployments send is passed over."""

    image: str
    prompt: Annotated[str, Field(min_length=1, max_length=20_000)]


class GenerateOut(BaseModel):
    """The answer."""

    text: str


class Health(BaseModel):
    """The service answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether the service can work; ``checks`` say ``ok`` or why not."""

    ready: bool
    checks: dict[str, str]
