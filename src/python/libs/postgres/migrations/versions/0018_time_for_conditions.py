"""Conditions are looked through for a part of a statement's time, however slowly pages come."""

from libs.postgres.migrations import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run_sql(__file__)
