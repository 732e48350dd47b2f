"""Judgements of hits, and evaluations of searches on judged queries."""

from libs.postgres.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql(__file__)
