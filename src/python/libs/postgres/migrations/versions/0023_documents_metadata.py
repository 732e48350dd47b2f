"""An index of what documents have in their metadata."""

from libs.postgres.migrations import run_sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    run_sql(__file__)
