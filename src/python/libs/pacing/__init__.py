"""A process that starts leaves the processor to those that serve."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

_SLICE_SECONDS = 0.005


@contextmanager
def paced(percent: int, delay_seconds: float = 0) -> Iterator[None]:
    """Wait, then take about so many percent of a processor for the block; 100 is all there is.

    After every few milliseconds of CPU time the main thread rests, once it is between two
    instructions of Python. Imports are cut to slices by it; what is long in C is not. A process
    that is forked meanwhile is not paced. Main thread only.
    """
    time.sleep(delay_seconds)
    if percent >= 100:
        yield
        return
    worked = time.process_time()
    resting = False

    def rest(*_: object) -> None:
        nonlocal worked, resting
        if resting:
            # the timer went off again meanwhile: what other threads do counts, too
            return
        resting = True
        time.sleep((time.process_time() - worked) * (100 / percent - 1))
        worked = time.process_time()
        resting = False

    before = signal.signal(signal.SIGPROF, rest)
    signal.setitimer(signal.ITIMER_PROF, _SLICE_SECONDS, _SLICE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
