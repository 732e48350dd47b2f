"""What the database says about itself, to be watched. Any login may ask."""

from dataclasses import dataclass

from psycopg.rows import class_row

from libs.postgres.pool import Connection

_READ = """
select (select version_num from alembic_version) as revision,
       pg_database_size(current_database()) as size_bytes,
       (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
       current_setting('max_connections')::integer as max_connections,
       (select count(*) from pg_class c
         where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
           and (c.relname = 'workspaces' or exists (
                   select from pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'workspace_id'))
           and has_table_privilege(c.oid, 'select, insert, update, delete')
           and not row_security_active(c.oid)) as unguarded_tables
"""


@dataclass(frozen=True, slots=True)
class Vitals:
    """``connections`` of all programs. ``unguarded_tables``: tables of workspaces that this login
    may read or write without row-level security; there must be none.
    """

    revision: str | None
    size_bytes: int
    connections: int
    max_connections: int
    unguarded_tables: int


async def vitals(connection: Connection) -> Vitals:
    """Raises psycopg.errors.UndefinedTable where there is no schema yet."""
    async with connection.cursor(row_factory=class_row(Vitals)) as cursor:
        await cursor.execute(_READ)
        found = await cursor.fetchone()
    assert found is not None
    return found
