"""The patience to ask PostgreSQL again while it starts, or is migrated."""

import time
from collections.abc import Callable

_PAUSE_SECONDS = 1.0


def patiently[T, E: Exception](
    attempt: Callable[[], T],
    seconds: float,
    failure: type[E],
    say: Callable[[str], None],
    passes: Callable[[E], bool] = lambda _: True,
) -> T:
    """Try again while ``attempt`` raises a ``failure`` that passes; ``say`` what is waited for.

    Each reason is said once.

    Raises:
        failure: one that does not pass, or the last one when ``seconds`` are over.
    """
    deadline, said = time.monotonic() + seconds, ""
    while True:
        try:
            return attempt()
        except failure as missing:
            left = deadline - time.monotonic()
            if left <= 0 or not passes(missing):
                raise
            if said != str(missing):
                said = str(missing)
                say(f"waiting: {said}")
        time.sleep(min(_PAUSE_SECONDS, left))


def first_line(error: Exception) -> str:
    """Return what an error says, without what PostgreSQL adds below."""
    return str(error).partition("\n")[0] or type(error).__name__
