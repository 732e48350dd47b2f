"""Filters that leave many documents are held against the candidates."""

from libs.postgres.migrations import run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run_sql(__file__)
