"""What encoders do to the process that they run in, undone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ordinary_scheduling() -> Iterator[None]:
    """Give this thread back its priority after the block.

    SVT-AV1 makes a thread of root's a real-time one, above all others of the machine. So is all
    that is started from it later: a browser, say, that lets nothing else run.
    """
    if not hasattr(os, "sched_setscheduler"):  # only Linux has it
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, priority)
