"""How an attempt at a job can end."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from libs.corpus import Documents
from libs.errors import Unavailable
from libs.jobs import JobState
from libs.postgres.pool import workspace_transaction
from libs.telemetry import current_ids
from orchestrator.conftest import SOON, TRACE_ID, Bench, Encrypted, GatedEmbedder, started
from orchestrator.pipeline import BATCH_PASSAGES


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
