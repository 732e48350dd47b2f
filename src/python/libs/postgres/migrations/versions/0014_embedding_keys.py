"""The workspace comes first in the keys of embeddings, as in those of every other table."""

from libs.postgres.migrations import build_keys, run_sql

revision = "0014"
down_revision = "0013"

_KEY = ("workspace_id", "passage_id", "model")


def upgrade() -> None:
    build_keys("embeddings", _KEY)
    build_keys("embedding_backlog", _KEY)
    run_sql(__file__)
