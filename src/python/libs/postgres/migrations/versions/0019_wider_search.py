"""The vector index of a large corpus is searched somewhat more widely."""

from libs.postgres.migrations import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run_sql(__file__)
