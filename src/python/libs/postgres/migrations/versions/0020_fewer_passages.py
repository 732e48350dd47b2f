"""In a small workspace, a query's words bring fewer passages to rank."""

from libs.postgres.migrations import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run_sql(__file__)
