"""Embeddings of passages that are published already, by a further model."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from pgvector import HalfVector

from libs.corpus.sql import STATEMENTS
from libs.postgres.pool import Connection


class Embeddings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def passages(
        self, passage_ids: Sequence[UUID]
    ) -> dict[UUID, tuple[str, str | None, str | None]]:
        """Text, title and heading of the passages, without those that are gone.

        The title is None where it is the file's name.
        """
        cursor = await self._connection.execute(
            STATEMENTS["get_passages"], {"ids": list(passage_ids)}
        )
        return {row[0]: (row[1], row[2], row[3]) for row in await cursor.fetchall()}

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
