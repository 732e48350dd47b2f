"""Whether a server is one that Ibid runs on: PostgreSQL 15 or newer, pgvector 0.8 or newer."""

import psycopg
from psycopg.rows import TupleRow

from libs.postgres.errors import Unsuitable

_LEAST_SERVER = 15
_LEAST_PGVECTOR = (0, 8)


def refuse_old_server(connection: psycopg.Connection[TupleRow]) -> None:
    """Raises Unsuitable, with what is to be done. Changes nothing."""
    row = connection.execute(
        "select default_version, installed_version from pg_available_extensions"
        " where name = 'vector'"
    ).fetchone()
    available, installed = row or (None, None)
    problem = server_problem(connection.info.server_version, available, installed)
    if problem is not None:
        raise Unsuitable(problem)


def server_problem(server: int, available: str | None, installed: str | None) -> str | None:
    """Return why the server will not do; ``server`` is its version as libpq tells it."""
    if server // 10_000 < _LEAST_SERVER:
        return (
            f"the server is PostgreSQL {server // 10_000}, and Ibid needs {_LEAST_SERVER} or newer"
        )
    if available is None:
        return "the server has no pgvector: install version 0.8 or newer there"
    if _is_old(installed or available):
        mend = (
            "install a newer one there"
            if _is_old(available)
            else "let an administrator run in this database: alter extension vector update"
        )
        return f"pgvector is {installed or available} here, and Ibid needs 0.8 or newer: {mend}"
    return None


def _is_old(version: str) -> bool:
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    return tuple(numbers) < _LEAST_PGVECTOR
