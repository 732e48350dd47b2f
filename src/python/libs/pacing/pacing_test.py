import signal
import time

import pytest

from libs.pacing import paced


def _work(cpu_seconds: float) -> float:
    """Return how many seconds so much work takes."""
    began, worked = time.perf_counter(), time.process_time()
    while time.process_time() - worked < cpu_seconds:
        sum(range(100))
    return time.perf_counter() - began


def test_work_takes_its_share_of_the_time() -> None:
    with paced(0.25):
        seconds = _work(0.3)
    # at most 1.2, but for other processes; the first and the last slice are not rested for
    assert seconds > 0.8


@pytest.mark.parametrize("share", [0.25, 1])
def test_afterwards_nothing_rests(share: float) -> None:
    before = signal.getsignal(signal.SIGPROF)
    with paced(share):
        pass
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) is before


def test_what_fails_is_not_paced_on() -> None:
    with pytest.raises(ZeroDivisionError), paced(0.5):
        _ = 1 / 0
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_all_of_the_processor_needs_no_timer() -> None:
    with paced(1):
        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
