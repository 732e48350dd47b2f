"""Documents, their versions and their text."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from libs.corpus.collections import Collections
from libs.corpus.model import (
    Document,
    PageSpan,
    Received,
    Status,
    TextWindow,
    Upload,
    Version,
)
from libs.corpus.sql import STATEMENTS
from libs.errors import Conflict, NotFound
from libs.postgres.pool import Connection


class Documents:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def receive(self, upload: Upload) -> Received:
        """File an upload whose blob is stored; of several at once with the same bytes, one is new.

        The same bytes as the newest version: nothing but title and metadata changes, if given. A
        new body for a known external id becomes the next version. Raises NotFound without its
        collection.
        """
        await Collections(self._connection).hold(upload.collection_id)
        known = None if upload.external_id else await self._same_bytes(upload)
        if known is None:
            document_id = uuid7()
            if await self._add(document_id, upload):
                await self._add_version(document_id, 1, upload)
                return Received(document_id, 1, True)
            known = await self._held(upload)
        document_id, latest, sha256 = known
        is_retitled = await self._describe(document_id, upload)
        if sha256 == upload.sha256:
            return Received(document_id, latest, False, is_retitled)
        await self._add_version(document_id, latest + 1, upload)
        await self._connection.execute(
            STATEMENTS["raise_latest"], {"id": document_id, "version": latest + 1}
        )
        return Received(document_id, latest + 1, True)

    async def get(self, document_id: UUID) -> Document:
        async with self._connection.cursor(row_factory=class_row(Document)) as cursor:
            await cursor.execute(STATEMENTS["get_document"], {"id": document_id})
            return await cursor.fetchone() or _missing(document_id)

    async def list(
        self,
        limit: int,
        *,
        collection_id: UUID | None = None,
        status: Status | None = None,
        after: UUID | None = None,
    ) -> Sequence[Document]:
        """Oldest first."""
        async with self._connection.cursor(row_factory=class_row(Document)) as cursor:
            await cursor.execute(
                STATEMENTS["list_documents"],
                {"limit": limit, "collection_id": collection_id, "status": status, "after": after},
            )
            return await cursor.fetchall()

    async def count(self, collection_id: UUID | None = None) -> dict[Status, int]:
        """How many documents stand at each status; statuses without any are left out."""
        cursor = await self._connection.execute(
            STATEMENTS["count_documents"], {"collection_id": collection_id}
        )
        return {row[0]: row[1] for row in await cursor.fetchall()}

    async def versions(self, document_id: UUID) -> Sequence[Version]:
        """Newest first."""
        found = await self._versions("list_versions", id=document_id)
        return found or _missing(document_id)

    async def version(self, document_id: UUID, number: int | None = None) -> Version:
        """The version of that number; without one the published, or else the newest."""
        found = await self._versions("get_version", id=document_id, number=number)
        if not found and number is not None:
            raise NotFound(f"Document {document_id} has no version {number}.")
        return found[0] if found else _missing(document_id)

    async def text(
        self, document_id: UUID, start: int, end: int, number: int | None = None
    ) -> TextWindow:
        """Return ``[start, end)`` of the canonical text, cut to its length.

        Raises Conflict while the version has no text yet.
        """
        version = await self.version(document_id, number)
        if version.text_length is None:
            raise Conflict("The text of this document has not been read yet. Wait for its job.")
        start = min(start, version.text_length)
        end = max(start, min(end, version.text_length))
        cursor = await self._connection.execute(
            STATEMENTS["read_text"],
            {"id": document_id, "version": version.number, "start": start, "end": end},
        )
        rows = await cursor.fetchall()
        return TextWindow(
            version.number,
            start,
            end,
            version.text_length,
            "".join(row[3] for row in rows),
            tuple(PageSpan(*row[:3]) for row in rows),
        )

    async def page(self, document_id: UUID, version: int, number: int) -> PageSpan:
        cursor = await self._connection.execute(
            STATEMENTS["get_page"], {"id": document_id, "version": version, "number": number}
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFound(f"Version {version} of document {document_id} has no page {number}.")
        return PageSpan(*row)

    async def delete(self, document_id: UUID) -> None:
        """Remove the document and all that was made of it."""
        cursor = await self._connection.execute(STATEMENTS["delete_document"], {"id": document_id})
        if cursor.rowcount == 0:
            _missing(document_id)

    async def _same_bytes(self, upload: Upload) -> tuple[UUID, int, bytes] | None:
        cursor = await self._connection.execute(
            STATEMENTS["find_same_bytes"],
            {"collection_id": upload.collection_id, "sha256": upload.sha256},
        )
        row = await cursor.fetchone()
        return None if row is None else (row[0], row[1], upload.sha256)

    async def _held(self, upload: Upload) -> tuple[UUID, int, bytes]:
        """The document that was there first, locked; another upload may have just made it."""
        if upload.external_id is None:
            known = await self._same_bytes(upload)
        else:
            key = {"collection_id": upload.collection_id, "external_id": upload.external_id}
            await self._connection.execute(STATEMENTS["hold_external"], key)
            cursor = await self._connection.execute(STATEMENTS["find_external"], key)
            known = await cursor.fetchone()
        if known is None:
            raise Conflict("The document was deleted while this upload came in. Upload it again.")
        return known[0], known[1], known[2]

    async def _add(self, document_id: UUID, upload: Upload) -> bool:
        cursor = await self._connection.execute(
            STATEMENTS["add_document"],
            {
                "id": document_id,
                "collection_id": upload.collection_id,
                "external_id": upload.external_id,
                "content_sha256": None if upload.external_id else upload.sha256,
                "title": upload.title or upload.file_name,
                "metadata": _jsonb(upload.metadata),
            },
        )
        return cursor.rowcount == 1

    async def _add_version(self, document_id: UUID, number: int, upload: Upload) -> None:
        await self._connection.execute(
            STATEMENTS["add_version"],
            {
                "document_id": document_id,
                "number": number,
                "sha256": upload.sha256,
                "media_type": upload.media_type,
                "file_name": upload.file_name,
                "size_bytes": upload.size_bytes,
            },
        )

    async def _describe(self, document_id: UUID, upload: Upload) -> bool:
        """Return whether that gave the document another title."""
        cursor = await self._connection.execute(
            STATEMENTS["describe_document"],
            {"id": document_id, "title": upload.title, "metadata": _jsonb(upload.metadata)},
        )
        row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def _versions(self, statement: str, **parameters: object) -> Sequence[Version]:
        async with self._connection.cursor(row_factory=class_row(Version)) as cursor:
            await cursor.execute(STATEMENTS[statement], parameters)
            return await cursor.fetchall()


def _jsonb(metadata: dict[str, object] | None) -> Jsonb | None:
    return None if metadata is None else Jsonb(metadata)


def _missing(document_id: UUID) -> Any:
    raise NotFound(f"There is no document {document_id}.")
