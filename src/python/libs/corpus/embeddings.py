"""Embeddings of passages that are published already, by a further model."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from pgvector import HalfVector
from psycopg.rows import class_row

from libs.corpus.model import PublishedPassage
from libs.corpus.sql import STATEMENTS
from libs.postgres.pool import Connection


class Embeddings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def passages(self, passage_ids: Sequence[UUID]) -> Sequence[PublishedPassage]:
        """The passages, without those that are gone."""
        async with self._connection.cursor(row_factory=class_row(PublishedPassage)) as cursor:
            await cursor.execute(STATEMENTS["get_published_passages"], {"ids": list(passage_ids)})
            return await cursor.fetchall()

    async def store(self, model: str, passage_ids: Sequence[UUID], embeddings: np.ndarray) -> None:
        """``embeddings`` is [len(passage_ids), dimension]. Those that are there stay as they are.

        Raises psycopg.errors.ForeignKeyViolation where a passage goes at the same moment.
        """
        await self._connection.execute(
            STATEMENTS["store_embeddings"],
            {
                "model": model,
                "ids": list(passage_ids),
                "embeddings": [HalfVector(row) for row in embeddings],
            },
        )
