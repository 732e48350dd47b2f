import pytest
from uuid_utils.compat import uuid7

from libs.errors import Conflict, NotFound
from libs.jobs import Jobs, JobState, LeaseLost, Leases, Stage, counts
from libs.jobs.conftest import HALF_A_MINUTE, OVER, Ledger
from libs.postgres.pool import workspace_transaction


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
        async with ledger.transaction() as connection:
            await Leases(connection).heartbeat(lease)


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
        found = await counts(connection)
    assert len(found) == 3 * len(Stage)
    assert {(one.state, one.stage): one.jobs for one in found if one.jobs} == {
        ("pending", Stage.EXTRACT): 1,
        ("running", Stage.EXTRACT): 1,
    }
    [waits] = [one for one in found if one.due]
    assert waits.state == JobState.PENDING
    assert waits.oldest_seconds >= waits.waiting_seconds > 0


async def test_a_job_that_comes_back_later_is_counted_and_not_due(ledger: Ledger) -> None:
    lease = await ledger.lease()
    async with ledger.transaction() as connection:
        await Leases(connection).hand_back(lease, HALF_A_MINUTE)
    async with ledger.pool.connection() as connection:
        [waits] = [one for one in await counts(connection) if one.jobs]
    assert (waits.state, waits.due, waits.waiting_seconds) == (JobState.PENDING, 0, 0)
    assert waits.oldest_seconds > 0
