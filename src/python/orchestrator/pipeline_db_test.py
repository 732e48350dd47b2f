"""One worker in this process: what happens to a job, and in which order."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from libs.corpus import Checkpoints, Documents
from libs.embedding import DEFAULT_MODEL
from libs.embedding.embedder import Vector
from libs.errors import Rejected, Unavailable
from libs.extraction import Extracted, MediaType, Page
from libs.jobs import ArqDoorbell, JobRow, Jobs, JobState, Lease, Stage, claim, listen, sweep
from libs.postgres.pool import Pool, workspace_transaction
from libs.splitting import TokenLimit
from libs.telemetry import DrainFlag, OrchestratorMetrics, current_ids
from libs.testing.corpus import Shelf, count, open_workspace
from libs.testing.embedding import HashingEmbedder
from orchestrator.attempts import Attempts
from orchestrator.bell import Bell
from orchestrator.pipeline import BATCH_PASSAGES, Pipeline, Tools
from orchestrator.slots import Slots

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

    def attempts(self, max_attempts: int = 3) -> Attempts:
        tools = Tools(
            self.read, TokenLimit(self.embedder.tokenizer, DEFAULT_MODEL.max_tokens), self.embedder
        )
        pipeline = Pipeline(self.pool, tools, self.metrics)
        return Attempts(self.pool, pipeline, self.metrics, max_attempts)

    def slots(self, bell: Bell | None = None) -> Slots:
        return Slots(
            self.pool,
            self.attempts(),
            bell or Bell(),
            self.drain,
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


async def test_a_document_passes_all_stages_and_can_be_found(bench: Bench) -> None:
    job = await bench.upload()
    await bench.run()
    done = await bench.job(job.id)
    assert (done.state, done.stage, done.error) == (JobState.DONE, Stage.PUBLISH, None)
    async with workspace_transaction(bench.pool, bench.shelf.workspace_id) as connection:
        document = await Documents(connection).get(job.document_id)
    assert (document.status, document.published) == ("ready", 1)
    assert await bench.count("passages") == await bench.count("embeddings") >= 200
    assert await bench.count("checkpoints") == 0
    assert bench.results() == {"done": 1}


async def test_every_passage_is_the_text_at_its_place(bench: Bench) -> None:
    job = await bench.upload()
    await bench.run()
    async with workspace_transaction(bench.pool, bench.shelf.workspace_id) as connection:
        text, _ = await Checkpoints(connection, job.document_id, 1).text()
        cursor = await connection.execute("select span_start, span_end, text from passages")
        rows = await cursor.fetchall()
    assert text == TEXT
    assert all(text[start:end] == passage for start, end, passage in rows)


async def test_the_job_tells_its_stage_and_progress(bench: Bench) -> None:
    job = await bench.upload()
    bench.embedder = GatedEmbedder(1)
    async with started(bench, await bench.claim()):
        running = await bench.progressed(job.id)
        assert (running.state, running.stage) == (JobState.RUNNING, Stage.EMBED)
        assert running.done == BATCH_PASSAGES
        assert running.total >= 200


async def test_a_stop_finishes_the_batch_and_charges_nothing(bench: Bench) -> None:
    job = await bench.upload()
    bench.embedder = GatedEmbedder(0)
    slots = bench.slots()
    slot = asyncio.create_task(slots.run())
    await bench.embeds()
    slots.stop()
    bench.embedder.gate.release()
    await asyncio.wait_for(slot, SOON)
    handed_back = await bench.job(job.id)
    assert (handed_back.state, handed_back.stage) == (JobState.PENDING, Stage.EMBED)
    assert (handed_back.attempts, handed_back.crashes) == (0, 0)
    assert handed_back.done == len(bench.embedder.embedded) == BATCH_PASSAGES
    assert bench.results() == {"handed_back": 1}


async def test_a_stop_does_not_wait_for_a_document_to_be_read(bench: Bench) -> None:
    job = await bench.upload()
    bench.readable.clear()
    slots = bench.slots()
    slot = asyncio.create_task(slots.run())
    await bench.once(job.id, lambda _: bench.reads == 1)
    slots.stop()
    await asyncio.wait_for(slot, SOON)
    handed_back = await bench.job(job.id)
    assert (handed_back.state, handed_back.stage) == (JobState.PENDING, Stage.EXTRACT)
    assert (handed_back.attempts, handed_back.crashes) == (0, 0)


async def test_a_job_that_comes_back_repeats_nothing(bench: Bench) -> None:
    job = await bench.upload()
    bench.embedder = GatedEmbedder(1)
    slots = bench.slots()
    slot = asyncio.create_task(slots.run())
    await bench.progressed(job.id)
    slots.stop()
    bench.embedder.gate.release(10_000)
    await asyncio.wait_for(slot, SOON)
    await bench.run()
    assert (await bench.job(job.id)).state is JobState.DONE
    assert bench.reads == 1
    assert len(bench.embedder.embedded) == await bench.count("passages")


async def test_a_document_that_cannot_be_read_fails_with_the_reason(bench: Bench) -> None:
    job = await bench.upload()
    bench.error = Encrypted()
    await bench.run()
    failed = await bench.job(job.id)
    assert (failed.state, failed.error_code) == (JobState.FAILED, "encrypted")
    assert failed.error == "The document is locked with a password."


async def test_an_unexpected_error_is_tried_again_and_told_without_its_text(bench: Bench) -> None:
    job = await bench.upload()
    bench.error = ValueError("the merger is called off")
    await bench.run()
    waiting = await bench.job(job.id)
    assert (waiting.state, waiting.attempts) == (JobState.PENDING, 1)
    assert waiting.run_after > waiting.created_at
    assert "merger" not in str(waiting.error)


async def test_the_last_attempt_fails_the_job(bench: Bench) -> None:
    job = await bench.upload()
    bench.error = Unavailable("The disk is full.")
    await bench.run(max_attempts=1)
    failed = await bench.job(job.id)
    assert (failed.state, failed.error) == (JobState.FAILED, "The disk is full.")


async def test_a_cancelled_job_stops_at_the_next_heartbeat(bench: Bench) -> None:
    job = await bench.upload()
    bench.embedder = GatedEmbedder(0)
    async with started(bench, await bench.claim(timedelta(seconds=0.6))) as attempt:
        await bench.embeds()
        await bench.cancel(job.id)
        await asyncio.sleep(0.4)
        bench.embedder.gate.release()
        await asyncio.wait_for(asyncio.shield(attempt), SOON)
    assert (await bench.job(job.id)).state is JobState.CANCELLED
    assert len(bench.embedder.embedded) == BATCH_PASSAGES
    assert bench.results() == {"cancelled": 1}


async def test_a_heartbeat_holds_the_lease_through_a_long_batch(bench: Bench) -> None:
    job = await bench.upload()
    bench.embedder = GatedEmbedder(0)
    async with started(bench, await bench.claim(timedelta(seconds=1.5))):
        await bench.embeds()
        await asyncio.sleep(2.0)
        await bench.sweep()
        assert (await bench.job(job.id)).crashes == 0
    assert (await bench.job(job.id)).state is JobState.DONE


async def test_a_worker_that_lost_its_lease_changes_nothing(bench: Bench) -> None:
    job = await bench.upload()
    stale = await bench.claim(timedelta(seconds=-1))
    await bench.sweep()
    await bench.run()
    done, passages = await bench.job(job.id), await bench.count("passages")
    await bench.attempts().run(stale)
    assert await bench.job(job.id) == done
    assert await bench.count("passages") == passages
    assert bench.results() == {"done": 1, "lost": 1}


async def test_deleting_the_document_ends_the_work(bench: Bench) -> None:
    job = await bench.upload()
    bench.embedder = GatedEmbedder(0)
    async with started(bench, await bench.claim()):
        await bench.embeds()
        async with workspace_transaction(bench.pool, bench.shelf.workspace_id) as connection:
            await Documents(connection).delete(job.document_id)
    assert bench.results() == {"lost": 1}
    assert await bench.count("passages") == await bench.count("checkpoints") == 0


async def test_the_first_attempt_belongs_to_the_trace_of_the_upload(bench: Bench) -> None:
    traces: list[str] = []
    bench.reading = lambda: traces.append(current_ids()["trace_id"])
    bench.error = ValueError()
    job = await bench.upload(traceparent=f"00-{TRACE_ID}-b7ad6b7169203331-01")
    first = await bench.claim()
    await bench.attempts().run(first)
    assert traces == [TRACE_ID]
    late = replace(first, age=timedelta(minutes=2))
    again = replace(first, fence=2)
    for lease in (late, again):
        await bench.attempts().run(lease)
    assert TRACE_ID not in traces[1:]
    assert (await bench.job(job.id)).attempts == 1


async def test_a_ring_wakes_an_idle_worker(bench: Bench, redis_url: str) -> None:
    bell, doorbell = Bell(), ArqDoorbell(redis_url)
    slots = bench.slots(bell)
    async with asyncio.TaskGroup() as group:
        listener = group.create_task(listen(redis_url, lambda _: bell.ring()))
        group.create_task(slots.run())
        for number in range(3):
            job = await bench.upload(f"Letter {number}.")
            await doorbell.ring(job.id)
            await bench.finished(job.id)
        slots.stop()
        listener.cancel()
    await doorbell.close()


async def test_a_draining_worker_takes_no_job(bench: Bench) -> None:
    job = await bench.upload()
    bench.drain.set()
    bell = Bell()
    slots = bench.slots(bell)
    slot = asyncio.create_task(slots.run())
    for _ in range(3):
        bell.ring()
        await asyncio.sleep(0.05)
    slots.stop()
    await asyncio.wait_for(slot, SOON)
    assert (await bench.job(job.id)).started_at is None


async def test_the_old_version_is_found_until_the_new_one_is_published(bench: Bench) -> None:
    await bench.upload("The old lantern.", "lantern")
    await bench.run()
    await bench.upload("The new lantern.", "lantern")
    bench.embedder = GatedEmbedder(0)
    async with started(bench, await bench.claim()):
        await bench.embeds()
        assert await texts(bench) == ["The old lantern."]
    assert await texts(bench) == ["The new lantern."]


async def texts(bench: Bench) -> list[str]:
    async with workspace_transaction(bench.pool, bench.shelf.workspace_id) as connection:
        cursor = await connection.execute("select text from passages")
        return [row[0] for row in await cursor.fetchall()]
