"""Alembic revisions in plain SQL: ``versions/NNNN_name.py`` runs the ``.sql`` beside it."""

import re
from pathlib import Path

from alembic import op
from psycopg import Connection
from psycopg.rows import TupleRow

OUTSIDE = "-- outside a transaction"
"""A line of a ``.sql`` file whose statements, such as ``create index concurrently``, need it."""

_GET_LIMITS = "select current_setting('lock_timeout'), current_setting('statement_timeout')"
_SET_LIMITS = (
    "select set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
)
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
    with op.get_context().autocommit_block():
        driver = _driver()
        limits = driver.execute(_GET_LIMITS).fetchone()
        # who is in nobody's way may take its time
        driver.execute(_SET_LIMITS, ("0", "0"))
        for statement in filter(str.strip, _END.split(script)):
            driver.execute(statement.encode())
        driver.execute(_SET_LIMITS, limits)


def _driver() -> Connection[TupleRow]:
    driver: Connection[TupleRow] = op.get_bind().connection.driver_connection  # type: ignore[assignment]
    return driver
