"""Words that very many passages have are looked for without the index."""

from libs.postgres.migrations import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql(__file__)
