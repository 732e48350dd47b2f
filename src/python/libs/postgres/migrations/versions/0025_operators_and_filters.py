"""Documents are not listed for a query with operators either, where many are left."""

from libs.postgres.migrations import run_sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    run_sql(__file__)
