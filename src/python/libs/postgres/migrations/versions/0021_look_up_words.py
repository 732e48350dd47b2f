"""What a search asks of its words is one function."""

from libs.postgres.migrations import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run_sql(__file__)
