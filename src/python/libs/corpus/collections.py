"""Named sets of documents."""

from collections.abc import Sequence
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from uuid_utils.compat import uuid7

from libs.corpus.model import Collection
from libs.corpus.sql import STATEMENTS
from libs.errors import Conflict, NotFound
from libs.postgres.pool import Connection


class Collections:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def create(self, name: str, description: str = "") -> Collection:
        """Raises Conflict when the workspace has a collection of that name."""
        try:
            found = await self._select(
                "create_collection", id=uuid7(), name=name, description=description
            )
        except UniqueViolation as error:
            raise _taken(name) from error
        return found[0]

    async def get(self, collection_id: UUID) -> Collection:
        found = await self._select("get_collection", id=collection_id)
        if not found:
            raise _missing(collection_id)
        return found[0]

    async def list(self, limit: int, after: UUID | None = None) -> Sequence[Collection]:
        """Oldest first."""
        return await self._select("list_collections", limit=limit, after=after)

    async def update(
        self, collection_id: UUID, name: str | None = None, description: str | None = None
    ) -> Collection:
        """Change what is not None. Raises NotFound or Conflict."""
        try:
            await self._connection.execute(
                STATEMENTS["update_collection"],
                {"id": collection_id, "name": name, "description": description},
            )
        except UniqueViolation as error:
            raise _taken(name or "") from error
        return await self.get(collection_id)

    async def delete(self, collection_id: UUID) -> None:
        """Remove the collection with its documents and all that was made of them."""
        cursor = await self._connection.execute(
            STATEMENTS["delete_collection"], {"id": collection_id}
        )
        if cursor.rowcount == 0:
            raise _missing(collection_id)

    async def hold(self, collection_id: UUID) -> None:
        """Keep the collection from being deleted until the transaction ends."""
        cursor = await self._connection.execute(
            STATEMENTS["hold_collection"], {"id": collection_id}
        )
        if cursor.rowcount == 0:
            raise _missing(collection_id)

    async def _select(self, statement: str, **parameters: object) -> Sequence[Collection]:
        async with self._connection.cursor(row_factory=class_row(Collection)) as cursor:
            await cursor.execute(STATEMENTS[statement], parameters)
            return await cursor.fetchall()


def _missing(collection_id: UUID) -> NotFound:
    return NotFound(f"There is no collection {collection_id}.")


def _taken(name: str) -> Conflict:
    return Conflict(f"There is already a collection named “{name}”. Choose another name.")
