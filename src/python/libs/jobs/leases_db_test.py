import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from libs.jobs import JobState, Lease, LeaseLost, Leases, Stage
from libs.jobs.conftest import HALF_A_MINUTE, OVER, Ledger


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
