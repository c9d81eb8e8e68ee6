"""Memory that is free, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Hand freed memory on where the C library can be asked to (glibc).

    It keeps what threads have freed, after they have ended, in case the next ones need as much.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
