"""Words count by how much of the query they are."""

from libs.postgres.migrations import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql(__file__)
