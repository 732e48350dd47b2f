"""Models as data: their states, which one is active, and what is still to be embedded."""

from libs.postgres.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_sql(__file__)
