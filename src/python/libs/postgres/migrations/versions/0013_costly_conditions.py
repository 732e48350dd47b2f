"""Conditions that are costly to look up are held against what a search without them finds."""

from libs.postgres.migrations import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql(__file__)
