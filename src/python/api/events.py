"""A job's changes as server-sent events."""

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec

import ibid_contract as wire
from api import presenters
from api.tenancy import Tenant
from libs.drain import DrainFlag
from libs.errors import NotFound
from libs.jobs import JobRow, Jobs

POLL_SECONDS = 0.4
HEARTBEAT_SECONDS = 10.0


async def job_events(
    tenant: Tenant,
    job: JobRow,
    drain: DrainFlag,
    poll_seconds: float = POLL_SECONDS,
) -> AsyncIterator[bytes]:
    """Yield the job at once and at every change until it ends, is deleted, or this server drains.

    Comments in between keep the connection alive. A client that was cut off connects again and
    gets the job as it is then.
    """
    shown = presenters.job(job)
    yield _event(shown)
    spoken = time.monotonic()
    while not shown.state.is_final and not drain.is_set:
        await asyncio.sleep(poll_seconds)
        try:
            current = await read_job(tenant, shown)
        except NotFound:
            return
        if _without_lease(current) != _without_lease(shown):
            shown, spoken = current, time.monotonic()
            yield _event(shown)
        elif time.monotonic() - spoken >= HEARTBEAT_SECONDS:
            spoken = time.monotonic()
            yield b": still there\n\n"


async def wait_for_end(tenant: Tenant, job: wire.Job, seconds: float, drain: DrainFlag) -> None:
    """Return when the job has ended, was deleted, the time is over, or this server drains."""
    deadline, pause = time.monotonic() + seconds, 0.05
    while not job.state.is_final and time.monotonic() < deadline and not drain.is_set:
        await asyncio.sleep(min(pause, max(deadline - time.monotonic(), 0)))
        pause = min(pause * 1.5, 1.0)
        try:
            job = await read_job(tenant, job)
        except NotFound:
            return


async def read_job(tenant: Tenant, job: wire.Job) -> wire.Job:
    async with tenant.transaction() as connection:
        return presenters.job(await Jobs(connection).get(job.id))


def _event(job: wire.Job) -> bytes:
    return b"event: job\ndata: " + msgspec.json.encode(job) + b"\n\n"


def _without_lease(job: wire.Job) -> wire.Job:
    """A heartbeat of the worker is no change that anybody waits for."""
    return msgspec.structs.replace(job, lease_until=None)
