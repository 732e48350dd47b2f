"""Alembic revisions in plain SQL: ``versions/NNNN_name.py`` runs the ``.sql`` beside it."""

from pathlib import Path

from alembic import op
from psycopg import Connection


def run_sql(revision_file: str) -> None:
    """Run the statements of the ``.sql`` file that has the revision's name.

    They go to the driver as they are: SQLAlchemy would read ``:name`` and ``%`` as parameters.
    """
    connection: Connection[object] = op.get_bind().connection.driver_connection  # type: ignore[assignment]
    connection.execute(Path(revision_file).with_suffix(".sql").read_bytes())
