"""Alembic revisions in plain SQL: ``versions/NNNN_name.py`` runs the ``.sql`` beside it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alembic import op
from psycopg import Connection, sql
from psycopg.rows import TupleRow

OUTSIDE = "-- outside a transaction"
"""A line of a ``.sql`` file whose statements, such as ``create index concurrently``, need it."""

_GET_LIMITS = "select current_setting('lock_timeout'), current_setting('statement_timeout')"
_SET_LIMITS = (
    "select set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
)
_PARTS = """
    select c.relname from pg_class c
     where c.relkind = 'r'
       and (c.oid = %(table)s::regclass
            or c.oid in (select inhrelid from pg_inherits where inhparent = %(table)s::regclass))
"""
_END = re.compile(r";\s*$", re.MULTILINE)


def run_sql(revision_file: str) -> None:
    """Run the statements of the ``.sql`` file that has the revision's name.

    They go to the driver as they are: SQLAlchemy would read ``:name`` and ``%`` as parameters.
    Outside a transaction each line that ends in a semicolon ends a statement, and all of them run
    again where the process died in between.
    """
    script = Path(revision_file).with_suffix(".sql").read_text("utf-8")
    if OUTSIDE not in script.splitlines():
        _driver().execute(script.encode())
        return
    with _outside_a_transaction() as driver:
        for statement in filter(str.strip, _END.split(script)):
            driver.execute(statement.encode())


def build_keys(table: str, columns: Sequence[str]) -> None:
    """Build a unique index of a table, or of each of its partitions, while everybody works.

    It is called ``NAME_key`` by the table that it is of; half of one that a process left behind is
    built anew. Does its work outside the revision's transaction.
    """
    key = sql.SQL(", ").join(map(sql.Identifier, columns))
    with _outside_a_transaction() as driver:
        for (name,) in driver.execute(_PARTS, {"table": table}).fetchall():
            index = sql.Identifier(f"{name}_key")
            driver.execute(sql.SQL("drop index concurrently if exists {}").format(index))
            driver.execute(
                sql.SQL("create unique index concurrently {} on {} ({})").format(
                    index, sql.Identifier(name), key
                )
            )


@contextmanager
def _outside_a_transaction() -> Iterator[Connection[TupleRow]]:
    with op.get_context().autocommit_block():
        driver = _driver()
        limits = driver.execute(_GET_LIMITS).fetchone()
        # who is in nobody's way may take its time
        driver.execute(_SET_LIMITS, ("0", "0"))
        yield driver
        driver.execute(_SET_LIMITS, limits)


def _driver() -> Connection[TupleRow]:
    driver: Connection[TupleRow] = op.get_bind().connection.driver_connection  # type: ignore[assignment]
    return driver
