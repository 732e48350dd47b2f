"""Whether the database is as new as the code. Asking needs no Alembic, which is large."""

from typing import TYPE_CHECKING

import psycopg
from psycopg.errors import InsufficientPrivilege, UndefinedTable

if TYPE_CHECKING:
    # a pool is more to load than all that this needs
    from libs.postgres.pool import Connection

REQUIRED_REVISION = "0025"
"""What the code relies on. A newer schema does as well: the release before must run on it."""

_READ = "select version_num from alembic_version"


async def schema_problem(connection: "Connection") -> str | None:
    """Return why the code cannot work on this schema, None if it can."""
    try:
        cursor = await connection.execute(_READ)
        row = await cursor.fetchone()
    except UndefinedTable:
        row = None
    except InsufficientPrivilege:
        return _NO_MEMBER
    return revision_problem(row[0] if row else None)


def read_revision(url: str, timeout_seconds: int) -> str | None:
    """Return the revision of the schema, None where there is no schema yet.

    Raises:
        psycopg.Error: the database cannot be reached, or the role of the URL may not read it.
    """
    with psycopg.connect(url, connect_timeout=timeout_seconds) as connection:
        try:
            row = connection.execute(_READ).fetchone()
        except UndefinedTable:
            return None
    return str(row[0]) if row else None


def revision_problem(revision: str | None) -> str | None:
    """Return why the code cannot work on a schema of this revision, None if it can."""
    if revision is None:
        return "the database has no schema yet; run `ibid migrate`"
    if revision < REQUIRED_REVISION:
        return f"the schema is at {revision} and must be at {REQUIRED_REVISION}; run `ibid migrate`"
    return None


_NO_MEMBER = "this role is no member of ibid_app; run `ibid migrate`"
