"""Memory that is free goes back to the system."""

import os
import platform
from pathlib import Path

import pytest

from vidocr.memory import give_back

BLOCK, BLOCKS, KEPT_EVERY = 50_000, 2000, 100


def resident_mb() -> float:
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries can't be asked")
def test_what_lies_between_blocks_in_use_is_given_back() -> None:
    give_back()
    before = resident_mb()
    blocks = [bytearray(b"x") * BLOCK for _ in range(BLOCKS)]
    full = resident_mb()
    kept = blocks[::KEPT_EVERY]
    del blocks
    give_back()
    assert full - before > 80
    assert resident_mb() - before < 20
    assert len(kept) == BLOCKS // KEPT_EVERY
