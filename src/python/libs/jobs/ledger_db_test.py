import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from libs.errors import Conflict, NotFound
from libs.jobs import (
    JobRow,
    Jobs,
    JobState,
    Lease,
    LeaseLost,
    Leases,
    Stage,
    Swept,
    claim,
    counts,
    sweep,
)
from libs.postgres.pool import Connection, Pool, create_pool, workspace_transaction

HALF_A_MINUTE = timedelta(seconds=30)
OVER = timedelta(seconds=-1)


class Ledger:
    """One workspace with as many documents as a test asks for."""

    def __init__(self, pool: Pool, owner: psycopg.Connection[tuple[object, ...]]) -> None:
        self.pool = pool
        self._owner = owner
        self.workspace_id = uuid7()
        self.collection_id = uuid7()
        owner.execute("insert into workspaces values (%s, 'w')", (self.workspace_id,))
        self._enter()
        owner.execute(
            "insert into collections values (%s, %s, 'c')", (self.workspace_id, self.collection_id)
        )
        self._add_blob()

    def document(self) -> UUID:
        document_id = uuid7()
        self._owner.execute(
            "insert into documents (workspace_id, id, collection_id, external_id, title)"
            " values (%s, %s, %s, %s, 't')",
            (self.workspace_id, document_id, self.collection_id, str(document_id)),
        )
        self._owner.execute(
            "insert into versions (workspace_id, document_id, number, sha256, media_type,"
            " file_name, size_bytes) values (%s, %s, 1, sha256(''), 'text/plain', 'a', 1)",
            (self.workspace_id, document_id),
        )
        return document_id

    def delete_document(self, document_id: UUID) -> None:
        self._owner.execute("delete from documents where id = %s", (document_id,))

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        return workspace_transaction(self.pool, self.workspace_id)

    async def job(self) -> JobRow:
        document_id = self.document()
        async with self.transaction() as connection:
            return await Jobs(connection).add(document_id, 1, "00-trace")

    async def read(self, job_id: UUID) -> JobRow:
        async with self.transaction() as connection:
            return await Jobs(connection).get(job_id)

    async def claim(
        self, duration: timedelta = HALF_A_MINUTE, wanted: UUID | None = None
    ) -> Lease | None:
        async with self.pool.connection() as connection:
            return await claim(connection, "worker-1", duration, wanted)

    async def lease(self, duration: timedelta = HALF_A_MINUTE) -> Lease:
        job = await self.job()
        lease = await self.claim(duration, job.id)
        assert lease is not None
        return lease

    async def sweep(self, max_crashes: int = 3, most: int = 100) -> Swept:
        async with self.pool.connection() as connection:
            return await sweep(
                connection,
                max_crashes=max_crashes,
                ring_again=timedelta(seconds=15),
                most=most,
            )

    def _enter(self) -> None:
        self._owner.execute(
            "select set_config('ibid.workspace', %s, false)", (str(self.workspace_id),)
        )

    def _add_blob(self) -> None:
        self._owner.execute(
            "insert into blobs (workspace_id, sha256, size_bytes) values (%s, sha256(''), 1)",
            (self.workspace_id,),
        )


@pytest.fixture
async def ledger(owner_url: str, app_url: str) -> AsyncIterator[Ledger]:
    async with create_pool(app_url, 8, "test") as pool:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            yield Ledger(pool, owner)


async def test_a_job_waits_until_a_worker_claims_it(ledger: Ledger) -> None:
    job = await ledger.job()
    lease = await ledger.claim()
    assert lease is not None
    assert (lease.job_id, lease.document_id, lease.version) == (job.id, job.document_id, 1)
    assert lease.workspace_id == ledger.workspace_id
    assert lease.stage is Stage.EXTRACT
    assert lease.traceparent == "00-trace"
    assert lease.is_first
    assert timedelta(0) <= lease.age < timedelta(seconds=10)
    running = await ledger.read(job.id)
    assert running.state is JobState.RUNNING
    assert running.worker == "worker-1"


async def test_a_hundred_rings_at_once_give_one_lease(ledger: Ledger) -> None:
    job = await ledger.job()
    leases = await asyncio.gather(*(ledger.claim(wanted=job.id) for _ in range(100)))
    assert len([lease for lease in leases if lease]) == 1


async def test_workers_that_claim_together_get_different_jobs(ledger: Ledger) -> None:
    jobs = {(await ledger.job()).id for _ in range(8)}
    leases = await asyncio.gather(*(ledger.claim() for _ in range(8)))
    assert {lease.job_id for lease in leases if lease} == jobs


async def test_a_job_runs_through_its_stages_and_ends(ledger: Ledger) -> None:
    lease = await ledger.lease()
    async with ledger.transaction() as connection:
        await Leases(connection).advance(lease, Stage.EMBED)
        await Leases(connection).progress(lease, 3, 7)
    halfway = await ledger.read(lease.job_id)
    assert (halfway.stage, halfway.done, halfway.total) == (Stage.EMBED, 3, 7)
    async with ledger.transaction() as connection:
        age = await Leases(connection).finish(lease)
    ended = await ledger.read(lease.job_id)
    assert ended.state is JobState.DONE
    assert ended.finished_at is not None
    assert ended.finished_at - ended.created_at == age
    assert ended.lease_until is None


async def test_an_error_is_charged_and_tried_again_later(ledger: Ledger) -> None:
    lease = await ledger.lease()
    async with ledger.transaction() as connection:
        await Leases(connection).fail(lease, "unexpected", "Try again.", HALF_A_MINUTE)
    job = await ledger.read(lease.job_id)
    assert (job.state, job.attempts, job.crashes) == (JobState.PENDING, 1, 0)
    assert job.error == "Try again."
    assert await ledger.claim(wanted=lease.job_id) is None


async def test_a_final_error_is_told(ledger: Ledger) -> None:
    lease = await ledger.lease()
    async with ledger.transaction() as connection:
        await Leases(connection).fail(lease, "encrypted", "Remove the password.")
    job = await ledger.read(lease.job_id)
    assert job.state is JobState.FAILED
    assert (job.error_code, job.error) == ("encrypted", "Remove the password.")
    assert job.finished_at is not None


async def test_a_job_that_is_handed_back_is_charged_nothing_and_due_at_once(
    ledger: Ledger,
) -> None:
    lease = await ledger.lease()
    async with ledger.transaction() as connection:
        await Leases(connection).advance(lease, Stage.EMBED)
        await Leases(connection).hand_back(lease)
    job = await ledger.read(lease.job_id)
    assert (job.state, job.attempts, job.crashes) == (JobState.PENDING, 0, 0)
    again = await ledger.claim()
    assert again is not None
    assert again.stage is Stage.EMBED
    assert not again.is_first


@pytest.mark.parametrize("write", ["heartbeat", "advance", "progress", "finish", "fail", "back"])
async def test_a_worker_whose_lease_was_taken_can_write_nothing(ledger: Ledger, write: str) -> None:
    lease = await ledger.lease(OVER)
    assert (await ledger.sweep()).rescued == [lease.job_id]
    assert await ledger.claim() is not None
    before = await ledger.read(lease.job_id)
    with pytest.raises(LeaseLost):
        await write_as(write, ledger, lease)
    assert await ledger.read(lease.job_id) == before


async def write_as(write: str, ledger: Ledger, lease: Lease) -> None:
    async with ledger.transaction() as connection:
        leases = Leases(connection)
        match write:
            case "heartbeat":
                await leases.heartbeat(lease)
            case "advance":
                await leases.advance(lease, Stage.PUBLISH)
            case "progress":
                await leases.progress(lease, 1, 1)
            case "finish":
                await leases.finish(lease)
            case "fail":
                await leases.fail(lease, "x", "x")
            case _:
                await leases.hand_back(lease)


async def test_a_heartbeat_keeps_the_job_from_the_sweep(ledger: Ledger) -> None:
    lease = replace(await ledger.lease(OVER), duration=HALF_A_MINUTE)
    async with ledger.transaction() as connection:
        assert await Leases(connection).heartbeat(lease) is False
    assert (await ledger.sweep()).rescued == []


async def test_a_crash_is_counted_and_the_third_one_fails_the_job(ledger: Ledger) -> None:
    job = await ledger.job()
    for crashes in (1, 2):
        assert await ledger.claim(OVER) is not None
        assert (await ledger.sweep()).rescued == [job.id]
        rescued = await ledger.read(job.id)
        assert (rescued.state, rescued.crashes, rescued.attempts) == (JobState.PENDING, crashes, 0)
    assert await ledger.claim(OVER) is not None
    await ledger.sweep()
    failed = await ledger.read(job.id)
    assert (failed.state, failed.error_code) == (JobState.FAILED, "crashed")
    assert await ledger.claim() is None


async def test_sweeps_at_once_count_a_crash_once(ledger: Ledger) -> None:
    lease = await ledger.lease(OVER)
    swept = await asyncio.gather(*(ledger.sweep() for _ in range(8)))
    assert [job_id for one in swept for job_id in one.rescued] == [lease.job_id]
    assert (await ledger.read(lease.job_id)).crashes == 1


async def test_a_waiting_job_is_rung_once_in_a_while(ledger: Ledger) -> None:
    job = await ledger.job()
    assert (await ledger.sweep()).due == [job.id]
    assert (await ledger.sweep()).due == []


async def test_a_waiting_job_is_cancelled_at_once(ledger: Ledger) -> None:
    job = await ledger.job()
    async with ledger.transaction() as connection:
        cancelled = await Jobs(connection).cancel(job.id)
    assert cancelled.state is JobState.CANCELLED
    assert cancelled.finished_at is not None
    assert await ledger.claim() is None


async def test_a_running_job_hears_of_its_cancellation_and_ends_when_handed_back(
    ledger: Ledger,
) -> None:
    lease = await ledger.lease()
    async with ledger.transaction() as connection:
        assert (await Jobs(connection).cancel(lease.job_id)).state is JobState.RUNNING
    async with ledger.transaction() as connection:
        assert await Leases(connection).heartbeat(lease) is True
        await Leases(connection).hand_back(lease)
    assert (await ledger.read(lease.job_id)).state is JobState.CANCELLED


async def test_a_cancelled_job_whose_worker_died_is_cancelled_by_the_sweep(ledger: Ledger) -> None:
    lease = await ledger.lease(OVER)
    async with ledger.transaction() as connection:
        await Jobs(connection).cancel(lease.job_id)
    await ledger.sweep()
    assert (await ledger.read(lease.job_id)).state is JobState.CANCELLED


async def test_a_failed_job_is_retried_with_counters_at_zero(ledger: Ledger) -> None:
    lease = await ledger.lease()
    async with ledger.transaction() as connection:
        await Leases(connection).fail(lease, "x", "x")
    async with ledger.transaction() as connection:
        job = await Jobs(connection).retry(lease.job_id)
    assert (job.state, job.attempts, job.error) == (JobState.PENDING, 0, None)
    again = await ledger.claim()
    assert again is not None
    assert again.fence > lease.fence + 1


@pytest.mark.parametrize("change", ["retry", "cancel"])
async def test_a_job_that_is_done_stays_done(ledger: Ledger, change: str) -> None:
    lease = await ledger.lease()
    async with ledger.transaction() as connection:
        await Leases(connection).finish(lease)
    with pytest.raises(Conflict, match="this one is done"):
        async with ledger.transaction() as connection:
            await getattr(Jobs(connection), change)(lease.job_id)


async def test_a_job_that_waits_cannot_be_retried(ledger: Ledger) -> None:
    job = await ledger.job()
    with pytest.raises(Conflict, match="pending"):
        async with ledger.transaction() as connection:
            await Jobs(connection).retry(job.id)


async def test_deleting_the_document_takes_the_lease(ledger: Ledger) -> None:
    lease = await ledger.lease()
    ledger.delete_document(lease.document_id)
    with pytest.raises(LeaseLost):
        await write_as("heartbeat", ledger, lease)


async def test_jobs_are_listed_newest_first_and_filtered(ledger: Ledger) -> None:
    jobs = [await ledger.job() for _ in range(3)]
    lease = await ledger.claim()
    assert lease is not None
    async with ledger.transaction() as connection:
        ledger_jobs = Jobs(connection)
        newest = await ledger_jobs.list(limit=2)
        older = await ledger_jobs.list(limit=2, after=newest[-1].id)
        running = await ledger_jobs.list(limit=9, state=JobState.RUNNING)
        of_document = await ledger_jobs.list(limit=9, document_id=jobs[1].document_id)
        of_collection = await ledger_jobs.list(limit=9, collection_id=ledger.collection_id)
        elsewhere = await ledger_jobs.list(limit=9, collection_id=uuid7())
    assert [job.id for job in newest + older] == [job.id for job in reversed(jobs)]
    assert [job.id for job in running] == [lease.job_id]
    assert [job.id for job in of_document] == [jobs[1].id]
    assert len(of_collection) == 3
    assert elsewhere == []


async def test_another_workspace_sees_and_changes_nothing(ledger: Ledger) -> None:
    job = await ledger.job()
    async with workspace_transaction(ledger.pool, uuid7()) as connection:
        assert await Jobs(connection).list(limit=9) == []
        for call in (Jobs(connection).get, Jobs(connection).retry, Jobs(connection).cancel):
            with pytest.raises(NotFound):
                await call(job.id)


async def test_the_counts_cover_all_workspaces(ledger: Ledger) -> None:
    await ledger.lease()
    await ledger.job()
    async with ledger.pool.connection() as connection:
        by_state = await counts(connection)
    assert {state: count.jobs for state, count in by_state.items()} == {
        "pending": 1,
        "running": 1,
        "failed": 0,
    }
    assert by_state["pending"].oldest_seconds > 0
