"""One worker in this process: what happens to a job, and in which order."""

import asyncio

from libs.corpus import Checkpoints, Documents
from libs.jobs import ArqDoorbell, Jobs, JobState, Stage, listen
from libs.postgres.pool import workspace_transaction
from orchestrator.bell import Bell
from orchestrator.conftest import SOON, TEXT, Bench, GatedEmbedder, started
from orchestrator.pipeline import BATCH_PASSAGES


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


async def test_another_title_is_searched_once_the_version_is_published_anew(bench: Bench) -> None:
    job = await bench.upload("Turn the wick.\n\nTrim it.", "guide")
    await bench.run()
    passages = await bench.count("passages")
    retitled = await bench.shelf.receive("Turn the wick.\n\nTrim it.", "guide", "Bilge pumps")
    assert (retitled.is_new_version, retitled.is_retitled) == (False, True)
    async with workspace_transaction(bench.pool, bench.shelf.workspace_id) as connection:
        repeated = await Jobs(connection).repeat(retitled.document_id, retitled.version)
    assert repeated is not None
    assert (repeated.id, repeated.stage) == (job.id, Stage.SPLIT)
    assert await bench.count("passages") == passages
    await bench.run()
    assert await bench.count("passages") == await bench.count("embeddings") == passages
    assert "Bilge pumps. Turn the wick." in bench.embedder.embedded[-1]
    async with workspace_transaction(bench.pool, bench.shelf.workspace_id) as connection:
        found = await connection.execute("select from passages where lexemes @@ 'bilg'::tsquery")
        assert found.rowcount == passages
        vocabulary = await connection.execute("select documents from vocables where word = 'wick'")
        assert await vocabulary.fetchall() == [(1,)]


async def test_a_worker_that_is_at_a_retitled_document_loses_its_lease(bench: Bench) -> None:
    job = await bench.upload(external_id="guide")
    bench.embedder = GatedEmbedder(1)
    async with started(bench, await bench.claim()):
        await bench.progressed(job.id)
        async with workspace_transaction(bench.pool, bench.shelf.workspace_id) as connection:
            await Jobs(connection).repeat(job.document_id, 1)
        again = await bench.job(job.id)
        assert (again.state, again.stage, again.done) == (JobState.PENDING, Stage.SPLIT, 0)
    assert await bench.count("passages") == 0
