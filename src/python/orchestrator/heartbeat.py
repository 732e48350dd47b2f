"""Keeps a lease alive while the work under it goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import structlog

from libs.jobs import Lease, LeaseLost, Leases
from libs.postgres.pool import Pool, workspace_transaction

_BEATS_PER_LEASE = 3
_MOST_SECONDS = 2.0
"""So that a job ends soon after somebody asked to cancel it."""

log = structlog.get_logger(__name__)


class JobCancelled(Exception):
    """Somebody asked to cancel the job."""


class Heartbeat:
    """Beats until stopped, or until it learns that the work is in vain."""

    def __init__(self, pool: Pool, lease: Lease) -> None:
        self._pool = pool
        self._lease = lease
        self.verdict: LeaseLost | JobCancelled | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, scope: asyncio.Timeout) -> None:
        """Beat, and end ``scope`` once there is a verdict."""
        self._task = asyncio.create_task(self._beat(scope))

    async def stop(self) -> None:
        """Beat no more. Before the job is finished: the next beat would find its lease gone."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()

    async def _beat(self, scope: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        while self.verdict is None:
            seconds = self._lease.duration.total_seconds() / _BEATS_PER_LEASE
            await asyncio.sleep(min(seconds, _MOST_SECONDS))
            try:
                async with workspace_transaction(
                    self._pool, self._lease.workspace_id
                ) as connection:
                    if await Leases(connection).heartbeat(self._lease):
                        self.verdict = JobCancelled()
            except LeaseLost as lost:
                self.verdict = lost
            except (psycopg.OperationalError, psycopg.InterfaceError):
                # the work goes on: should the lease run out, its fence keeps it from committing
                log.warning("job.heartbeat_failed")
        scope.reschedule(loop.time())


@asynccontextmanager
async def kept_alive(pool: Pool, lease: Lease) -> AsyncIterator[Heartbeat]:
    """Prolong the lease for the length of the block.

    Raises:
        LeaseLost: another worker has the job, or it is gone; the block was cancelled.
        JobCancelled: somebody asked to cancel the job; the block was cancelled.
    """
    heartbeat = Heartbeat(pool, lease)
    try:
        async with asyncio.timeout(None) as scope:
            heartbeat.start(scope)
            try:
                yield heartbeat
            finally:
                await heartbeat.stop()
    except TimeoutError:
        if heartbeat.verdict is not None:
            raise heartbeat.verdict from None
        raise
