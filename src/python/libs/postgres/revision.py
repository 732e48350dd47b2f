"""The revision of the schema, known without loading the tools that migrate it."""

from importlib import resources

from psycopg.errors import UndefinedTable

from libs.postgres.pool import Pool


def newest() -> str:
    """The newest revision that this code knows, such as ``0001``."""
    folder = resources.files("libs.postgres.migrations").joinpath("versions")
    return max(entry.name[:4] for entry in folder.iterdir() if entry.name.endswith(".sql"))


async def missing_revision(pool: Pool) -> str | None:
    """Say why this code cannot work on that schema; None when it can.

    A newer schema is fine: migrations expand before they contract.
    """
    wanted = newest()
    async with pool.connection() as connection:
        try:
            cursor = await connection.execute("select max(version_num) from alembic_version")
            row = await cursor.fetchone()
        except UndefinedTable:
            return f"the schema is not there; migrate to {wanted}"
    found = row[0] if row else None
    if found is None or found < wanted:
        return f"the schema is at {found}; migrate to {wanted}"
    return None
