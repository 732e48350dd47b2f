"""Filters for languages and authors hold beside operators, too."""

from libs.postgres.migrations import run_sql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run_sql(__file__)
