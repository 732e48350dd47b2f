"""Lexemes of every language, near-duplicates, completions, and feedback in the ranking."""

from libs.postgres.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql(__file__)
