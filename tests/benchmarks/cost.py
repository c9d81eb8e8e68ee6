"""What a command costs: wall time, CPU time and peak memory.

The command is started by a small process of its own (this file), because Linux counts the
memory of the process that starts another one into the peak of the new one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def measured(command: Sequence[str]) -> Cost:
    """Run a command to its end; one that fails ends the benchmark."""
    done = subprocess.run([sys.executable, __file__, *command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return Cost(*json.loads(done.stdout))


def _run(command: Sequence[str]) -> int:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    print(json.dumps([wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
    return process.returncode


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
