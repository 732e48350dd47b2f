"""What a job has finished of a version and not yet published, so that nothing is done twice."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from pgvector import HalfVector
from psycopg.rows import class_row
from uuid_utils.compat import uuid7

from libs.analysis import AnalysedPassage
from libs.corpus.model import PageSpan, PageText, PassageSpan, Source, Unembedded
from libs.corpus.sql import STATEMENTS
from libs.errors import NotFound
from libs.postgres.pool import Connection


class Checkpoints:
    """The state of one version between upload and publication."""

    def __init__(self, connection: Connection, document_id: UUID, version: int) -> None:
        self._connection = connection
        self._key = {"document_id": document_id, "version": version}

    async def source(self) -> Source:
        """Raises NotFound once the document is deleted."""
        async with self._connection.cursor(row_factory=class_row(Source)) as cursor:
            await cursor.execute(STATEMENTS["get_source"], self._key)
            found = await cursor.fetchone()
        if found is None:
            raise NotFound("The document was deleted.")
        return found

    async def store_pages(self, pages: Sequence[PageText]) -> None:
        """Store the canonical text: contiguous pages from 0. Replaces what is there.

        Raises:
            ValueError: a page does not begin where the one before it ends.
        """
        end = 0
        for page in pages:
            if page.start != end or page.end - page.start != len(page.text):
                raise ValueError(f"page {page.number} does not continue the text at {end}")
            end = page.end
        await self._connection.execute(STATEMENTS["clear_pages"], self._key)
        async with self._connection.cursor() as cursor:
            await cursor.executemany(
                STATEMENTS["store_page"],
                [
                    self._key | {"number": p.number, "start": p.start, "end": p.end, "text": p.text}
                    for p in pages
                ],
            )
        await self._connection.execute(
            STATEMENTS["describe_version"], self._key | {"length": end, "pages": len(pages)}
        )

    async def text(self) -> tuple[str, list[PageSpan]]:
        """The canonical text and its pages; ``("", [])`` before it is extracted."""
        cursor = await self._connection.execute(STATEMENTS["get_pages"], self._key)
        rows = await cursor.fetchall()
        return "".join(row[3] for row in rows), [PageSpan(*row[:3]) for row in rows]

    async def store_passages(
        self,
        text: str,
        spans: Sequence[PassageSpan],
        analysed: Sequence[AnalysedPassage],
        language: str,
    ) -> None:
        """Store where the passages of ``text`` lie, in reading order, and what finds them.

        Replaces what is there. ``language`` is the text's, by which they were analysed.
        """
        await self._connection.execute(STATEMENTS["clear_checkpoints"], self._key)
        await self._connection.execute(
            STATEMENTS["store_language"], self._key | {"language": language}
        )
        async with self._connection.cursor() as cursor:
            await cursor.executemany(
                STATEMENTS["store_span"],
                [
                    self._key
                    | {
                        "ordinal": ordinal,
                        "passage_id": uuid7(),
                        "page": span.page,
                        "start": span.start,
                        "end": span.end,
                        "heading": span.heading,
                        "text": text[span.start : span.end],
                        "lexemes": found_by.lexemes,
                        "vocables": found_by.vocables,
                        "signature": found_by.signature,
                    }
                    for ordinal, (span, found_by) in enumerate(zip(spans, analysed, strict=True))
                ],
            )

    async def count(self) -> tuple[int, int]:
        """How many passages are embedded, and how many there are."""
        cursor = await self._connection.execute(STATEMENTS["count_checkpoints"], self._key)
        row = await cursor.fetchone()
        return (0, 0) if row is None else (row[0], row[1])

    async def unembedded(self, limit: int) -> list[Unembedded]:
        """Passages without an embedding, shortest first."""
        async with self._connection.cursor(row_factory=class_row(Unembedded)) as cursor:
            await cursor.execute(STATEMENTS["unembedded"], self._key | {"limit": limit})
            return await cursor.fetchall()

    async def are_embedded_by(self, model: str) -> bool:
        """Whether each passage has an embedding, and all have it by this model."""
        cursor = await self._connection.execute(
            STATEMENTS["are_embedded_by"], self._key | {"model": model}
        )
        row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def clear_embeddings(self, model: str) -> int:
        """Forget embeddings by other models than this; return how many there were."""
        cursor = await self._connection.execute(
            STATEMENTS["clear_other_embeddings"], self._key | {"model": model}
        )
        return cursor.rowcount

    async def store_embeddings(
        self, ordinals: Sequence[int], embeddings: np.ndarray, model: str
    ) -> None:
        """``embeddings`` is [len(ordinals), dimension]."""
        await self._connection.execute(
            STATEMENTS["store_checkpoint_embeddings"],
            self._key
            | {
                "model": model,
                "ordinals": list(ordinals),
                "embeddings": [HalfVector(row) for row in embeddings],
            },
        )
