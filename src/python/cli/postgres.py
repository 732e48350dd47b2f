"""What PostgreSQL says, as failures of a command; and the patience to ask it again."""

import sys
import time
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager

import psycopg

from cli.failures import ExitCode, Failure
from cli.text import flat
from libs.errors import DomainError

_PAUSE_SECONDS = 1.0


@contextmanager
def told() -> Iterator[None]:
    """Turn the errors of the database, and of the code that talks to it, into a Failure."""
    try:
        yield
    except DomainError as error:
        raise Failure(error.message) from error
    except Exception as error:
        # SQLAlchemy, under Alembic, wraps the errors of the driver
        cause = getattr(error, "orig", error)
        if isinstance(cause, psycopg.errors.UndefinedFunction):
            raise Failure("the database has no schema yet; run: ibid migrate") from error
        if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
            raise Failure(_first_line(cause), ExitCode.UNREACHABLE) from error
        if isinstance(cause, psycopg.Error):
            raise Failure(f"the database refused: {_first_line(cause)}") from error
        raise


def patiently[T](attempt: Callable[[], T], seconds: float, codes: Container[ExitCode]) -> T:
    """Try again while ``attempt`` fails with one of ``codes``; say what is waited for, once each.

    Raises:
        Failure: the last one, when the time is over.
    """
    deadline, said = time.monotonic() + seconds, ""
    while True:
        try:
            return attempt()
        except Failure as failure:
            left = deadline - time.monotonic()
            if failure.code not in codes or left <= 0:
                raise
            if said != str(failure):
                said = str(failure)
                say(f"waiting: {said}")
        time.sleep(min(_PAUSE_SECONDS, left))


def say(line: str) -> None:
    """Tell on stderr how things go, at once also where nobody looks at a terminal."""
    print(f"ibid: {flat(line)}", file=sys.stderr, flush=True)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
