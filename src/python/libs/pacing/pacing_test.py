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
    with paced(25):
        seconds = _work(0.3)
    # at most 1.2, but for other processes; the first and the last slice are not rested for
    assert seconds > 0.8


@pytest.mark.parametrize("percent", [25, 100])
def test_afterwards_nothing_rests(percent: int) -> None:
    before = signal.getsignal(signal.SIGPROF)
    with paced(percent):
        pass
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) is before


def test_what_fails_is_not_paced_on() -> None:
    with pytest.raises(ZeroDivisionError), paced(50):
        _ = 1 / 0
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_all_of_the_processor_needs_no_timer() -> None:
    with paced(100):
        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_it_waits_before_the_block() -> None:
    began = time.perf_counter()
    with paced(100, 0.05):
        assert time.perf_counter() - began >= 0.05


def test_a_timer_that_goes_off_while_it_rests_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, signals = time.process_time, 0

    def interrupted() -> float:
        nonlocal signals
        before = clock()
        if signals < 20:
            signals += 1
            signal.raise_signal(signal.SIGPROF)
        return before

    with paced(50):
        monkeypatch.setattr(time, "process_time", interrupted)
        _work(0.05)
    assert signals == 20
