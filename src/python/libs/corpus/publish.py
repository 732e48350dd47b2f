"""Make a version searchable, at once and whole."""

from collections.abc import Mapping
from uuid import UUID

from libs.analysis import fold
from libs.corpus.sql import STATEMENTS
from libs.errors import NotFound
from libs.postgres.pool import Connection


async def publish(connection: Connection, document_id: UUID, version: int, model: str) -> bool:
    """Put the version's passages in the place of the published ones; return whether it did.

    It does not when a newer version is published already; the same one it publishes anew.
    Everything happens in the caller's transaction: searches see the old version, then the new one,
    and nothing in between.

    Raises NotFound once the document is deleted.
    """
    key = {"document_id": document_id, "version": version}
    cursor = await connection.execute(STATEMENTS["hold_document"], key)
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("The document was deleted.")
    collection_id, published = row
    is_newest: bool = version >= published
    if is_newest:
        await connection.execute(STATEMENTS["withdraw_passages"], key)
        await connection.execute(
            STATEMENTS["publish_passages"], key | {"collection_id": collection_id}
        )
        await connection.execute(STATEMENTS["publish_embeddings"], key | {"model": model})
        await _publish_vocabulary(connection, key)
        await connection.execute(STATEMENTS["mark_published"], key)
    await connection.execute(STATEMENTS["clear_checkpoints"], key)
    return is_newest


async def _publish_vocabulary(connection: Connection, key: Mapping[str, object]) -> None:
    await connection.execute(STATEMENTS["withdraw_vocabulary"], key)
    cursor = await connection.execute(STATEMENTS["get_vocables"], key)
    words = [row[0] for row in await cursor.fetchall()]
    folded = [fold(word) for word in words]
    await connection.execute(
        STATEMENTS["publish_vocabulary"], {**key, "words": words, "folded": folded}
    )
