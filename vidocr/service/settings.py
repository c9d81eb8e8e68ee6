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
    ``queue`` wait, ``uploads`` arrive at once, ``pictures`` are asked about at once, with
    ``pixels`` among them, and ``looks`` at frames and places of films are asked for at once. Limits
    in ``_timeout_s`` and ``_mb`` are those of a job's process, ``look_`` of a short look at a film.
    A film may have ``film_pixels``.

    Who has a token may send ``job_rate`` films, ask ``question_rate`` questions and make
    ``read_rate`` other requests, ``requests_each`` at once, with ``uploads_each`` films,
    ``pictures_each`` pictures and ``looks_each`` looks among them; ``queue_each`` of their jobs may
    wait. A body that is no film may have ``body_bytes``, unless it is a picture; of all bodies
    ``bodies_bytes`` are held in memory. One may come slowly for ``body_grace_s``, and after that
    with ``slowest_bytes_s``.
    ``proxy`` is the address, or the network, of the proxy that is believed who asks; ``tls_cert``
    and ``tls_key`` are files in PEM.

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
    looks: int = 128
    pixels: int = 200_000_000
    film_timeout_s: float = 4 * _HOUR_S
    stall_timeout_s: float = 600.0
    film_memory_mb: float = 4000.0
    look_timeout_s: float = 30.0
    look_memory_mb: float = 2000.0
    hold_s: float = _HOUR_S
    film_pixels: int = 8192 * 4320
    job_rate: str = "60/minute"
    question_rate: str = "240/minute"
    read_rate: str = "3000/minute"
    requests_each: int = 64
    queue_each: int = 8
    uploads_each: int = 2
    pictures_each: int = 16
    looks_each: int = 32
    body_bytes: int = 4 * _MB
    bodies_bytes: int = 256 * _MB
    body_grace_s: float = 20.0
    slowest_bytes_s: float = 16_000.0
    proxy: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    webhook_secret: str = field(default="", repr=False)
    webhook_private: bool = False
    webhook_tries: int = 6
    webhook_timeout_s: float = 10.0
