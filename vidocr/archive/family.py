"""Processes that belong together: none outlives the first, and none takes too much memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from contextlib import suppress

import psutil

_MB = 1 << 20


def die_with_parent() -> None:
    """End this process when the one that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "it was started by multiprocessing"

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)  # whatever it does: nobody wants it any more

    threading.Thread(target=watch, name="parent", daemon=True).start()


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its children, in MiB; 0 if it is gone."""
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                total += each.memory_info().rss
    return total / _MB


def end(pid: int) -> None:
    """Kill a process and its children."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (*process.children(recursive=True), process):
            with suppress(psutil.Error):
                each.kill()
