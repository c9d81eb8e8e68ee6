"""The costs of commands that are known."""

import sys

import pytest

from tests.benchmarks.cost import measured


def test_a_process_is_timed_and_its_memory_is_its_own() -> None:
    ballast = b"x" * 200_000_000  # of this process, not of the one measured
    code = "import time; time.sleep(0.3); sum(range(3_000_000))"
    cost = measured([sys.executable, "-c", code])
    assert cost.wall_s >= 0.3
    assert 0 < cost.cpu_s < cost.wall_s
    assert cost.peak_mb < 100 < len(ballast)


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(SystemExit, match="out of luck"):
        measured([sys.executable, "-c", "raise SystemExit('out of luck')"])
