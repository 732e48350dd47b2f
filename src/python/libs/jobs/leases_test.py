from datetime import timedelta

from libs.jobs.leases import LONGEST_DELAY, retry_delay


def test_delays_double_up_to_a_limit() -> None:
    delays = [retry_delay(attempts, 99, jitter=lambda: 1.0) for attempts in (0, 1, 2, 20)]
    assert delays == [timedelta(seconds=s) for s in (5, 10, 20)] + [LONGEST_DELAY]


def test_a_delay_keeps_at_least_half_of_its_length() -> None:
    assert retry_delay(0, 99, jitter=lambda: 0.0) == timedelta(seconds=2.5)


def test_the_last_attempt_has_no_next() -> None:
    assert retry_delay(3, 5) is not None
    assert retry_delay(4, 5) is None
