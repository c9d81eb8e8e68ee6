"""Runs of a batch: who takes part, and whether one is alive."""

from __future__ import annotations

import os
import secrets
import socket
import time
from contextlib import suppress
from typing import NamedTuple

import psutil


class Run(NamedTuple):
    """A process that works on a batch. ``seen`` is when it was last heard of (Unix time, s)."""

    name: str
    host: str
    pid: int
    born: float
    seen: float

    @classmethod
    def this(cls) -> Run:
        """A new one, of this process."""
        pid = os.getpid()
        born = psutil.Process(pid).create_time()
        return cls(secrets.token_hex(6), _host(), pid, born, time.time())

    @property
    def now(self) -> float:
        """The time."""
        return time.time()


def _host() -> str:
    """This machine, or this container of it: what numbers its processes on its own."""
    with suppress(OSError):
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115  # no path
    return socket.gethostname()


def is_alive(run: Run, here: Run, lease_s: float) -> bool:
    """Whether the process of a run still works, as far as ``here`` can tell.

    On this machine the process is looked for, elsewhere its lease decides.
    """
    if run.name == here.name:
        return True
    if run.host != here.host:
        return here.now - run.seen < lease_s
    try:
        process = psutil.Process(run.pid)
        born: float = process.create_time()
        return abs(born - run.born) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
