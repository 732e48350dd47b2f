"""The corpus, the ledger and the walls between workspaces."""

from libs.postgres.migrations import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql(__file__)
