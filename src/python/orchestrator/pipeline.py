"""The stages of a job: extract, split, embed, publish.

A stage does its slow work outside any transaction, then stores what it made and moves the job on
in one. So a job that comes back goes on where it was, and a worker that lost its lease stores
nothing. The job's row is always written last: whoever deletes the document locks in that order.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from libs.analysis import AnalysedPassage, analyse
from libs.corpus import (
    Blobs,
    Checkpoints,
    PageText,
    PassageSpan,
    Source,
    Unembedded,
    publish,
)
from libs.embedding import Embedders, TextEmbedder, embed_passages
from libs.extraction import Extracted, MediaType
from libs.jobs import Lease, Leases, Stage
from libs.models import KnownModels, Models
from libs.postgres.pool import Connection, Pool, workspace_transaction
from libs.splitting import Markup, PageSpan, TokenLimit, split
from libs.telemetry import OrchestratorMetrics, span
from orchestrator.heartbeat import Heartbeat

BATCH_PASSAGES = 64
"""About a second of embedding: what a hand-back waits for, and what a crash repeats."""

MOST_TOKENS = 512
"""Of a passage, also where the model would read more: what is found should be about one thing."""

type Read = Callable[[Path, MediaType], Awaitable[Extracted]]
"""Takes the document at the path apart; raises a DomainError that says why it cannot."""

type Detect = Callable[[str], str]
"""Tells the language of a text; ``""`` where it cannot."""


class InContext(Protocol):
    """A passage, and what its document says above it."""

    @property
    def text(self) -> str: ...
    @property
    def heading(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What the stages work with. Passages are split and embedded by the active model."""

    read: Read
    detect: Detect
    embedders: Embedders
    models: KnownModels


class Pipeline:
    def __init__(self, pool: Pool, tools: Tools, metrics: OrchestratorMetrics) -> None:
        self._pool = pool
        self._tools = tools
        self._metrics = metrics

    async def run(self, lease: Lease, heartbeat: Heartbeat) -> None:
        """Run what is left of the job's stages; the last one stops the heartbeat."""
        stages: dict[Stage, Callable[[Lease], Awaitable[None]]] = {
            Stage.EXTRACT: self._extract,
            Stage.SPLIT: self._split,
            Stage.EMBED: self._embed,
            Stage.PUBLISH: lambda lease: self._publish(lease, heartbeat),
        }
        order = list(stages)
        for stage in order[order.index(lease.stage) :]:
            started = monotonic()
            with span(f"stage {stage}"):
                await stages[stage](lease)
            self._metrics.job_seconds.labels(stage).observe(monotonic() - started)

    async def _extract(self, lease: Lease) -> None:
        async with self._transaction(lease) as connection:
            source = await _checkpoints(connection, lease).source()
        with tempfile.TemporaryDirectory(prefix="ibid-job-") as folder:
            path = Path(folder, "document")
            await self._download(lease, source, path)
            extracted = await self._tools.read(path, MediaType(source.media_type))
        pages = [
            PageText(page.number, page.start, page.end, extracted.text[page.start : page.end])
            for page in extracted.pages
        ]
        async with self._transaction(lease) as connection:
            await _checkpoints(connection, lease).store_pages(pages)
            await Leases(connection).advance(lease, Stage.SPLIT)

    async def _download(self, lease: Lease, source: Source, path: Path) -> None:
        with path.open("wb") as file:  # a new file on this machine
            async with self._transaction(lease) as connection:
                async for part in Blobs(connection).parts(source.sha256):
                    await asyncio.to_thread(file.write, part)

    async def _split(self, lease: Lease) -> None:
        async with self._transaction(lease) as connection:
            checkpoints = _checkpoints(connection, lease)
            source = await checkpoints.source()
            text, pages = await checkpoints.text()
            active = await Models(connection).active()
        async with self._tools.embedders.use(active) as embedder:
            passages = await asyncio.to_thread(
                split,
                text,
                [PageSpan(page.number, page.start, page.end) for page in pages],
                _markup(source.media_type),
                _limit(embedder),
            )
        spans = [PassageSpan(one.page, one.start, one.end, one.heading) for one in passages]
        language, analysed = await asyncio.to_thread(self._analyse, text, spans, source.title)
        async with self._transaction(lease) as connection:
            await _checkpoints(connection, lease).store_passages(text, spans, analysed, language)
            await Leases(connection).advance(lease, Stage.EMBED)

    def _analyse(
        self, text: str, spans: list[PassageSpan], title: str
    ) -> tuple[str, list[AnalysedPassage]]:
        language = self._tools.detect(text)
        return language, [
            analyse(text[span.start : span.end], title, span.heading, language) for span in spans
        ]

    async def _embed(self, lease: Lease) -> None:
        async with self._transaction(lease) as connection:
            active = await Models(connection).active()
            checkpoints = _checkpoints(connection, lease)
            await checkpoints.clear_embeddings(active)
            done, total = await checkpoints.count()
            batch = await checkpoints.unembedded(BATCH_PASSAGES)
        async with self._tools.embedders.use(active) as embedder:
            while batch:
                done += len(batch)
                batch = await _uninterrupted(self._embed_batch(lease, embedder, batch, done, total))
        async with self._transaction(lease) as connection:
            await Leases(connection).advance(lease, Stage.PUBLISH)

    async def _embed_batch(
        self,
        lease: Lease,
        embedder: TextEmbedder,
        batch: list[Unembedded],
        done: int,
        total: int,
    ) -> list[Unembedded]:
        """Embed and store the batch; return the next one."""
        embeddings = await asyncio.to_thread(embed_in_context, embedder, batch)
        async with self._transaction(lease) as connection:
            checkpoints = _checkpoints(connection, lease)
            await checkpoints.store_embeddings(
                [one.ordinal for one in batch], embeddings, embedder.model.name
            )
            following = await checkpoints.unembedded(BATCH_PASSAGES)
            await Leases(connection).progress(lease, done, total)
        self._metrics.embedded.inc(len(batch))
        return following

    async def _publish(self, lease: Lease, heartbeat: Heartbeat) -> None:
        while not await self._is_published(lease, heartbeat):
            # another model has become active since
            await self._embed(lease)

    async def _is_published(self, lease: Lease, heartbeat: Heartbeat) -> bool:
        """Publish, unless the passages are embedded by another model than the active one."""
        async with self._transaction(lease) as connection:
            # a worker that is stopped in here must not hold the rows for ever
            await connection.execute("set local idle_in_transaction_session_timeout = '60s'")
            active = await Models(connection).hold_active()
            if not await _checkpoints(connection, lease).are_embedded_by(active):
                return False
            await publish(connection, lease.document_id, lease.version, active)
            await heartbeat.stop()
            age = await Leases(connection).finish(lease)
        self._metrics.searchable_seconds.observe(age.total_seconds())
        return True

    def _transaction(self, lease: Lease) -> AbstractAsyncContextManager[Connection]:
        return workspace_transaction(self._pool, lease.workspace_id)


def _checkpoints(connection: Connection, lease: Lease) -> Checkpoints:
    return Checkpoints(connection, lease.document_id, lease.version)


def embed_in_context(embedder: TextEmbedder, passages: Sequence[InContext]) -> NDArray[np.float32]:
    """Return what passages mean in their documents, [n, dimension]; nothing is cut off."""
    return embed_passages(embedder, [(one.text, one.title, one.heading) for one in passages])


def _limit(embedder: TextEmbedder) -> TokenLimit:
    model = embedder.model
    tokens = min(model.max_tokens, MOST_TOKENS)
    return TokenLimit(embedder.tokenizer, tokens, model.passage_prefix)


def _markup(media_type: str) -> Markup:
    """Extraction writes HTML and Word documents with Markdown's signs."""
    is_plain = media_type in (MediaType.TEXT, MediaType.PDF)
    return Markup.PLAIN if is_plain else Markup.MARKDOWN


async def _uninterrupted[T](work: Coroutine[Any, Any, T]) -> T:
    """Await the work; a cancellation takes effect when it is done."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # or asyncio would complain that nobody asked
        raise
