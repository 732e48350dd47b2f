"""What a query asks for with its operators."""

from libs.postgres.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql(__file__)
