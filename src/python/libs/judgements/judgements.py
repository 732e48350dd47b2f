"""What people said of hits. Rows are only ever added, and go with their document."""

from collections.abc import Sequence
from uuid import UUID

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row
from uuid_utils.compat import uuid7

from libs.errors import NotFound
from libs.judgements.model import Judgement
from libs.judgements.sql import STATEMENTS
from libs.postgres.pool import Connection


class Judgements:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        query: str,
        document_id: UUID,
        *,
        relevance: int,
        origin: str,
        version: int | None = None,
        passage_id: UUID | None = None,
    ) -> Judgement:
        """Raises NotFound when the workspace has no such document."""
        given = {
            "id": uuid7(),
            "query": query,
            "document_id": document_id,
            "version": version,
            "passage_id": passage_id,
            "relevance": relevance,
            "origin": origin,
        }
        try:
            [added] = await self._select("add_judgement", given)
        except ForeignKeyViolation as error:
            raise NotFound(f"There is no document {document_id}.") from error
        return added

    async def list(self, limit: int, after: UUID | None = None) -> Sequence[Judgement]:
        """Oldest first."""
        return await self._select("list_judgements", {"limit": limit, "after": after})

    async def _select(self, statement: str, given: dict[str, object]) -> Sequence[Judgement]:
        async with self._connection.cursor(row_factory=class_row(Judgement)) as cursor:
            await cursor.execute(STATEMENTS[statement], given)
            return await cursor.fetchall()
