"""What PostgreSQL says, as failures of a command; and the patience to ask it again."""

import sys
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager

import psycopg

from cli.failures import ExitCode, Failure
from cli.text import flat
from libs.errors import DomainError
from libs.schema_wait.patience import first_line
from libs.schema_wait.patience import patiently as ask_again


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
            raise Failure(first_line(cause), ExitCode.UNREACHABLE) from error
        if isinstance(cause, psycopg.Error):
            raise Failure(f"the database refused: {first_line(cause)}") from error
        raise


def patiently[T](attempt: Callable[[], T], seconds: float, codes: Container[ExitCode]) -> T:
    """Try again while ``attempt`` fails with one of ``codes``; say what is waited for, once each.

    Raises:
        Failure: the last one, when the time is over.
    """
    return ask_again(attempt, seconds, Failure, say, lambda failure: failure.code in codes)


def say(line: str) -> None:
    """Tell on stderr how things go, at once also where nobody looks at a terminal."""
    print(f"ibid: {flat(line)}", file=sys.stderr, flush=True)
