"""Words bring fewer passages to rank."""

from libs.postgres.migrations import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_sql(__file__)
