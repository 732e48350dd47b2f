"""Waits until the database's schema is as new as this build needs it. Changes nothing."""

from collections.abc import Callable

import psycopg

from libs.postgres.schema import read_revision, revision_problem
from libs.schema_wait.patience import first_line, patiently

_CONNECT_SECONDS = 5


class NotReady(Exception):
    """The schema is older than it must be, or the database cannot be asked."""

    def __init__(self, reason: str, *, is_reached: bool) -> None:
        super().__init__(reason)
        self.is_reached = is_reached


def await_schema(url: str, seconds: float, say: Callable[[str], None]) -> str:
    """Return the schema's revision once it will do; ``say`` what is waited for, once each.

    A role that is missing, or may not read yet, is waited for too: the migration makes it.

    Raises:
        NotReady: what is missing when ``seconds`` are over.
    """
    return patiently(lambda: _ready_revision(url), seconds, NotReady, say)


def _ready_revision(url: str) -> str:
    try:
        revision = read_revision(url, _CONNECT_SECONDS)
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise NotReady(first_line(error), is_reached=False) from error
    except psycopg.Error as error:
        reason = f"the database refused: {first_line(error)}"
        raise NotReady(reason, is_reached=True) from error
    problem = revision_problem(revision)
    if problem is not None or revision is None:
        raise NotReady(str(problem), is_reached=True)
    return revision
