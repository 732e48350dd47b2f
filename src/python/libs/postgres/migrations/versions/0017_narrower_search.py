"""The vector index of a large corpus is searched less widely."""

from libs.postgres.migrations import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run_sql(__file__)
