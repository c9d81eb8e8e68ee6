"""What the operator of the service decides: every default once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from vidocr.options import Options

PORT = 7860
LOOPBACK = "127.0.0.1"
DATA = Path("vidocr-data")
_GB = 10**9
_MB = 10**6
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the service listens and keeps things, and how much it takes.

    ``roots`` are folders with films that may be named by their path. ``options`` are those that
    jobs start from; they also say which engine answers questions about pictures. A film may be
    ``film_s`` long, a held job waits ``hold_s`` for its start. ``workers`` jobs run at once,
    ``queue`` wait, ``uploads`` arrive at once, ``pictures`` are asked about at once. Limits in
    ``_timeout_s`` and ``_mb`` are those of a job's process, ``look_`` of a short look at a film.
    Webhooks go to private addresses with ``webhook_private`` alone; they are signed with
    ``webhook_secret``, and tried ``webhook_tries`` times.
    """

    host: str = LOOPBACK
    port: int = PORT
    data: Path = DATA
    roots: tuple[Path, ...] = ()
    options: Options = Options()
    upload_bytes: int = 20 * _GB
    film_s: float = 6 * _HOUR_S
    image_bytes: int = 32 * _MB
    image_pixels: int = 40_000_000
    queue: int = 16
    workers: int = 1
    uploads: int = 8
    pictures: int = 64
    film_timeout_s: float = 4 * _HOUR_S
    stall_timeout_s: float = 600.0
    film_memory_mb: float = 4000.0
    look_timeout_s: float = 30.0
    look_memory_mb: float = 2000.0
    hold_s: float = _HOUR_S
    webhook_secret: str = field(default="", repr=False)
    webhook_private: bool = False
    webhook_tries: int = 6
    webhook_timeout_s: float = 10.0
