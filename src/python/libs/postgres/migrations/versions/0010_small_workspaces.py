"""Workspaces beside larger ones are read whole up to a larger size."""

from libs.postgres.migrations import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_sql(__file__)
