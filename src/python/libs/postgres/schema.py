"""Whether the database is as new as the code. Asking needs no Alembic, which is large."""

from psycopg.errors import UndefinedTable

from libs.postgres.pool import Connection

REQUIRED_REVISION = "0001"
"""What the code relies on. A newer schema does as well: the release before must run on it."""


async def schema_problem(connection: Connection) -> str | None:
    """Return why the code cannot work on this schema, None if it can."""
    try:
        cursor = await connection.execute("select version_num from alembic_version")
        row = await cursor.fetchone()
    except UndefinedTable:
        row = None
    if row is None:
        return "the database has no schema yet; run `ibid migrate`"
    if row[0] < REQUIRED_REVISION:
        return f"the schema is at {row[0]} and must be at {REQUIRED_REVISION}; run `ibid migrate`"
    return None
