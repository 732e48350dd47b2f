"""The bytes of documents, by their SHA-256, in parts."""

from collections.abc import AsyncIterable, AsyncIterator

from libs.corpus.sql import STATEMENTS
from libs.postgres.pool import Connection

PART_BYTES = 1 << 20
"""Large enough for speed, small enough that no process holds much of a document."""


class Blobs:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def store(self, sha256: bytes, size_bytes: int, parts: AsyncIterable[bytes]) -> bool:
        """Store the bytes unless they are there; return whether they were new.

        ``parts`` yields at most ``PART_BYTES`` at a time; it is not read when the blob is there.
        """
        cursor = await self._connection.execute(
            STATEMENTS["store_blob"], {"sha256": sha256, "size_bytes": size_bytes}
        )
        row = await cursor.fetchone()
        if row is None or not row[0]:
            return False
        ordinal = 0
        async for part in parts:
            await self._connection.execute(
                STATEMENTS["store_part"], {"sha256": sha256, "ordinal": ordinal, "bytes": part}
            )
            ordinal += 1
        return True

    async def parts(self, sha256: bytes) -> AsyncIterator[bytes]:
        """Yield the bytes in order, one part at a time; nothing if there is no such blob."""
        ordinal = 0
        while part := await self.part(sha256, ordinal):
            yield part
            ordinal += 1

    async def part(self, sha256: bytes, ordinal: int) -> bytes | None:
        """Return one part, the first being 0; None after the last."""
        cursor = await self._connection.execute(
            STATEMENTS["get_part"], {"sha256": sha256, "ordinal": ordinal}, binary=True
        )
        row = await cursor.fetchone()
        return None if row is None else row[0]
