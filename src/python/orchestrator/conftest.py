"""The servers, and a worker in the process of the test."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from libs.drain import DrainFlag
from libs.embedding import DEFAULT_MODEL, Embedders, Model
from libs.embedding.embedder import Vector
from libs.errors import Rejected
from libs.extraction import Extracted, MediaType, Page
from libs.jobs import JobRow, Jobs, JobState, Lease, claim, sweep
from libs.models import KnownModels
from libs.postgres.pool import Pool, workspace_transaction
from libs.telemetry import OrchestratorMetrics
from libs.testing.corpus import Shelf, count, open_workspace
from libs.testing.embedding import HashingEmbedder
from libs.testing.pools import owner_pool, pool
from libs.testing.postgres import app_url, owner_url, postgres_server
from libs.testing.redis import redis_url
from orchestrator.attempts import Attempts
from orchestrator.bell import Bell
from orchestrator.pipeline import Pipeline, Tools
from orchestrator.slots import Slots

__all__ = ["app_url", "bench", "owner_pool", "owner_url", "pool", "postgres_server", "redis_url"]

LEASE = timedelta(seconds=3)
SOON = 30.0
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"

TEXT = "\n\n".join(f"# Section {n}\n\nThe lantern {n} is lit. " + "word " * 150 for n in range(200))


class Encrypted(Rejected):
    """The document is locked with a password."""

    code = "encrypted"


class GatedEmbedder(HashingEmbedder):
    """Lets through as many batches as it is told to."""

    def __init__(self, batches: int = 10_000) -> None:
        super().__init__(DEFAULT_MODEL)
        self.gate = threading.Semaphore(batches)
        self.waiting = threading.Event()
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        self.waiting.set()
        assert self.gate.acquire(timeout=SOON)
        self.embedded += texts
        return np.tile(self.embed_query("lantern"), (len(texts), 1))


class Bench:
    """A worker's parts around one workspace."""

    def __init__(self, pool: Pool, shelf: Shelf) -> None:
        self.pool = pool
        self.shelf = shelf
        self.embedder = GatedEmbedder()
        self.metrics = OrchestratorMetrics("test")
        self.drain = DrainFlag(None)
        self.further: list[Model] = []
        self.reads = 0
        self.error: Exception | None = None
        self.reading: Callable[[], None] = lambda: None
        self.readable = asyncio.Event()
        self.readable.set()

    async def read(self, path: Path, media_type: MediaType) -> Extracted:
        self.reads += 1
        self.reading()
        if self.error is not None:
            raise self.error
        await self.readable.wait()
        text = await asyncio.to_thread(path.read_text, "utf-8")
        return Extracted(text, [Page(1, 0, len(text))])

    def tools(self) -> Tools:
        embedders = {model.name: HashingEmbedder(model) for model in self.further}
        embedders[self.embedder.model.name] = self.embedder
        models = [one.model for one in embedders.values()]
        known = KnownModels(models, DEFAULT_MODEL.name)
        return Tools(self.read, lambda _: "en", Embedders(lambda name: embedders[name]), known)

    def attempts(self, max_attempts: int = 3) -> Attempts:
        pipeline = Pipeline(self.pool, self.tools(), self.metrics)
        return Attempts(self.pool, pipeline, self.metrics, max_attempts)

    def slots(self, bell: Bell | None = None) -> Slots:
        return Slots(
            self.pool,
            self.attempts(),
            bell or Bell(),
            lambda: not self.drain.is_set,
            worker="worker-1",
            lease=LEASE,
            look=timedelta(minutes=1),
        )

    async def upload(
        self, text: str = TEXT, external_id: str | None = None, traceparent: str | None = None
    ) -> JobRow:
        received = await self.shelf.receive(text, external_id, media_type="text/markdown")
        async with workspace_transaction(self.pool, self.shelf.workspace_id) as connection:
            return await Jobs(connection).add(received.document_id, received.version, traceparent)

    async def claim(self, lease: timedelta = LEASE) -> Lease:
        async with self.pool.connection() as connection:
            found = await claim(connection, "worker-1", lease)
        assert found is not None
        return found

    async def run(self, max_attempts: int = 3) -> None:
        await self.attempts(max_attempts).run(await self.claim())

    async def job(self, job_id: UUID) -> JobRow:
        async with workspace_transaction(self.pool, self.shelf.workspace_id) as connection:
            return await Jobs(connection).get(job_id)

    async def cancel(self, job_id: UUID) -> None:
        async with workspace_transaction(self.pool, self.shelf.workspace_id) as connection:
            await Jobs(connection).cancel(job_id)

    async def count(self, table: str) -> int:
        async with workspace_transaction(self.pool, self.shelf.workspace_id) as connection:
            return await count(connection, table)

    async def sweep(self) -> None:
        async with self.pool.connection() as connection:
            await sweep(connection, max_crashes=3, ring_again=timedelta(seconds=15), most=9)

    async def progressed(self, job_id: UUID) -> JobRow:
        """Return the job once a batch of it is stored."""
        return await self.once(job_id, lambda job: job.done > 0)

    async def finished(self, job_id: UUID) -> JobRow:
        return await self.once(job_id, lambda job: job.state is JobState.DONE)

    async def once(self, job_id: UUID, condition: Callable[[JobRow], bool]) -> JobRow:
        for _ in range(1500):
            if condition(job := await self.job(job_id)):
                return job
            await asyncio.sleep(0.02)
        pytest.fail(f"still {job}")

    async def embeds(self) -> None:
        """Return once a batch waits at the gate."""
        assert await asyncio.to_thread(self.embedder.waiting.wait, SOON)

    def results(self) -> dict[str, float]:
        samples = next(iter(self.metrics.attempts.collect())).samples
        return {one.labels["result"]: one.value for one in samples if one.value}


@pytest.fixture
async def bench(owner_url: str, pool: Pool) -> Bench:
    return Bench(pool, await Shelf.open(pool, open_workspace(owner_url)))


@asynccontextmanager
async def started(bench: Bench, lease: Lease) -> AsyncIterator["asyncio.Task[None]"]:
    """An attempt that runs beside the test."""
    task = asyncio.create_task(bench.attempts().run(lease))
    try:
        yield task
    finally:
        bench.embedder.gate.release(10_000)
        await asyncio.wait_for(task, SOON)
