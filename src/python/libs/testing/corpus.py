"""Workspaces and published documents in one line each."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from libs.analysis import analyse
from libs.corpus import (
    Blobs,
    Checkpoints,
    Collection,
    Collections,
    Documents,
    PageText,
    PassageSpan,
    Received,
    Upload,
    publish,
)
from libs.embedding import DEFAULT_MODEL, knows_word
from libs.postgres.pool import Connection, Pool, workspace_transaction
from libs.testing.embedding import HashingEmbedder

EMBEDDER = HashingEmbedder(DEFAULT_MODEL)
knows = partial(knows_word, EMBEDDER.tokenizer)
"""It was taught no word."""


def open_workspace(owner_url: str, name: str = "test") -> UUID:
    """Create a workspace and return its id."""
    workspace_id = uuid7()
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("select create_workspace(%s, %s)", (workspace_id, name))
    return workspace_id


@dataclass(frozen=True)
class Shelf:
    """A collection of a workspace that texts are put into without a job."""

    pool: Pool
    workspace_id: UUID
    collection: Collection
    embedder: HashingEmbedder = field(default=EMBEDDER)

    @classmethod
    async def open(cls, pool: Pool, workspace_id: UUID, name: str = "shelf") -> "Shelf":
        async with workspace_transaction(pool, workspace_id) as connection:
            return cls(pool, workspace_id, await Collections(connection).create(name))

    async def receive(
        self,
        text: str,
        external_id: str | None = None,
        title: str | None = None,
        metadata: dict[str, object] | None = None,
        media_type: str = "text/plain",
    ) -> Received:
        """Store the text as an upload; nothing is searchable yet."""
        body = text.encode()
        sha256 = hashlib.sha256(body).digest()
        async with workspace_transaction(self.pool, self.workspace_id) as connection:
            await Blobs(connection).store(sha256, len(body), _parts(body))
            return await Documents(connection).receive(
                Upload(
                    self.collection.id,
                    sha256,
                    len(body),
                    media_type,
                    "text.txt",
                    external_id,
                    title,
                    metadata,
                )
            )

    async def prepare(self, received: Received, text: str, language: str = "en") -> None:
        """Do what a job does before it publishes: one page, one passage a paragraph."""
        async with workspace_transaction(self.pool, self.workspace_id) as connection:
            checkpoints = Checkpoints(connection, received.document_id, received.version)
            await checkpoints.store_pages([PageText(1, 0, len(text), text)])
            title = (await checkpoints.source()).title
            spans = paragraphs(text)
            analysed = [
                analyse(text[one.start : one.end], title, one.heading, language) for one in spans
            ]
            await checkpoints.store_passages(text, spans, analysed, language)
            await self._embed(checkpoints)

    async def publish(self, received: Received) -> bool:
        async with workspace_transaction(self.pool, self.workspace_id) as connection:
            return await publish(
                connection, received.document_id, received.version, self.embedder.model.name
            )

    async def add(
        self, text: str, external_id: str | None = None, language: str = "en", **details: object
    ) -> Received:
        """Receive, prepare and publish; ``details`` as ``receive`` takes them."""
        received = await self.receive(text, external_id, **details)  # type: ignore[arg-type]
        if received.is_new_version:
            await self.prepare(received, text, language)
            await self.publish(received)
        return received

    async def _embed(self, checkpoints: Checkpoints) -> None:
        todo = await checkpoints.unembedded(10_000)
        await checkpoints.store_embeddings(
            [one.ordinal for one in todo],
            self.embedder.embed_passages([one.text for one in todo]),
            self.embedder.model.name,
        )


def paragraphs(text: str) -> list[PassageSpan]:
    """The paragraphs of a text of one page, as spans."""
    spans: list[PassageSpan] = []
    start = 0
    for paragraph in text.split("\n\n"):
        spans.append(PassageSpan(1, start, start + len(paragraph)))
        start += len(paragraph) + 2
    return spans


async def count(connection: Connection, table: str) -> int:
    """How many rows of a table the connection's role sees."""
    cursor = await connection.execute(
        psycopg.sql.SQL("select count(*) from {}").format(psycopg.sql.Identifier(table))
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def _parts(body: bytes) -> AsyncIterator[bytes]:
    yield body
