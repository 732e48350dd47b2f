import pytest

from dev.logs import reason

_INFO = '{"event": "Shutting down", "level": "info"}\n'
_ERROR = '{"event": "worker.failed", "level": "error", "reason": "no route"}\n'


@pytest.mark.parametrize(
    ("log", "telling"),
    [
        ("", ""),
        ("ibid: IBID_REDIS_URL: not set\n" + _INFO, "ibid: IBID_REDIS_URL: not set"),
        ("Traceback\n  File x\nValueError: no luck\n", "ValueError: no luck"),
        (
            "called on an `Err` value: Address in use\n  12: _start\n" + _INFO,
            "called on an `Err` value: Address in use",
        ),
        (_ERROR + _INFO, _ERROR.strip()),
        (_INFO, _INFO.strip()),
        ("words\n", "words"),
    ],
)
def test_the_line_that_tells_why(log: str, telling: str) -> None:
    assert reason(log) == telling
