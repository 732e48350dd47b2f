"""What the conditions of a query read has a bound."""

from libs.postgres.migrations import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_sql(__file__)
