"""Plans of a search that do not wait for statistics."""

from libs.postgres.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql(__file__)
