"""What every worker does for the whole ledger every few seconds."""

import asyncio
import random
import time
from datetime import timedelta

import psycopg
import structlog

from libs.accounts import expire_idempotency_keys
from libs.jobs import Doorbell, JobState, Swept, counts, sweep
from libs.postgres.pool import Pool
from libs.telemetry import OrchestratorMetrics
from orchestrator.bell import Bell

_SWEEP_SECONDS = 2.0
_RING_AGAIN = timedelta(seconds=15)
_MOST = 20
"""Workers look for themselves; more rings than this would only keep them busy listening."""

_EXPIRE_SECONDS = 600.0
_IDEMPOTENCY_KEYS_LIVE = timedelta(hours=24)

log = structlog.get_logger(__name__)


class Sweeper:
    """Rescues jobs from dead workers, rings for those that wait, and counts them all."""

    def __init__(
        self,
        pool: Pool,
        doorbell: Doorbell,
        bell: Bell,
        metrics: OrchestratorMetrics,
        max_crashes: int,
    ) -> None:
        self._pool = pool
        self._doorbell = doorbell
        self._bell = bell
        self._metrics = metrics
        self._max_crashes = max_crashes
        self._expire_at = 0.0

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except psycopg.Error as error:
                # it is away, or not migrated yet
                log.warning("sweep.failed", error=type(error).__name__)
            await asyncio.sleep(_SWEEP_SECONDS * random.uniform(0.75, 1.25))

    async def sweep(self) -> None:
        async with self._pool.connection() as connection:
            swept = await sweep(
                connection, max_crashes=self._max_crashes, ring_again=_RING_AGAIN, most=_MOST
            )
        await self._ring(swept)
        await self._count()
        await self._expire()
        self._metrics.last_sweep.set(time.time())

    async def _ring(self, swept: Swept) -> None:
        self._metrics.rescued.inc(len(swept.rescued))
        if swept.rescued:
            log.warning("sweep.rescued", job_ids=swept.rescued)
        if swept.rescued or swept.due:
            self._bell.ring()
        for job_id in (*swept.rescued, *swept.due):
            await self._doorbell.ring(job_id)

    async def _count(self) -> None:
        async with self._pool.connection() as connection:
            found = await counts(connection)
        for one in found:
            self._metrics.jobs.labels(one.state, one.stage).set(one.jobs)
        unfinished = [one.oldest_seconds for one in found if one.state != JobState.FAILED]
        self._metrics.due.set(sum(one.due for one in found))
        self._metrics.oldest_pending_seconds.set(max(one.waiting_seconds for one in found))
        self._metrics.oldest_unfinished_seconds.set(max(unfinished))

    async def _expire(self) -> None:
        if time.monotonic() < self._expire_at:
            return
        self._expire_at = time.monotonic() + _EXPIRE_SECONDS
        async with self._pool.connection() as connection:
            await expire_idempotency_keys(connection, _IDEMPOTENCY_KEYS_LIVE)
