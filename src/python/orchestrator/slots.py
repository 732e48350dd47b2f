"""The slots of a worker: each runs one job after another."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta

import psycopg
import structlog

from libs.jobs import Lease, claim
from libs.postgres.pool import Pool
from orchestrator.attempts import Attempts
from orchestrator.bell import Bell

LOOK = timedelta(seconds=2)
"""How long a job waits at most when nobody rings: then Redis is only an accelerator."""

log = structlog.get_logger(__name__)


class Slots:
    """Claims what is due, whether or not anybody rang, until stopped.

    ``may_claim`` is asked before each claim: not while the service drains, nor while its code does
    not fit the schema.
    """

    def __init__(
        self,
        pool: Pool,
        attempts: Attempts,
        bell: Bell,
        may_claim: Callable[[], bool],
        *,
        worker: str,
        lease: timedelta,
        look: timedelta = LOOK,
    ) -> None:
        self._pool = pool
        self._attempts = attempts
        self._bell = bell
        self._may_claim = may_claim
        self._worker = worker
        self._lease = lease
        self._look_seconds = look.total_seconds()
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Be one slot; returns some time after ``stop``."""
        while not self._stopping.is_set():
            lease = await self._claim()
            if lease is None:
                await self._bell.wait(self._look_seconds * random.uniform(0.75, 1.25))
            elif self._stopping.is_set():
                await self._attempts.hand_back(lease)
            else:
                await self._work(lease)

    def stop(self) -> None:
        """Claim nothing more, and hand back what is running once its batch is done."""
        self._stopping.set()
        self._bell.ring()
        for task in self._running:
            task.cancel()

    @property
    def are_busy(self) -> bool:
        return bool(self._running)

    async def _work(self, lease: Lease) -> None:
        task = asyncio.create_task(self._attempts.run(lease))
        self._running.add(task)
        try:
            await asyncio.wait([task])
        finally:
            self._running.discard(task)
            task.cancel()
        if not task.cancelled():
            task.result()

    async def _claim(self) -> Lease | None:
        if not self._may_claim():
            return None
        try:
            async with self._pool.connection() as connection:
                return await claim(connection, self._worker, self._lease)
        except psycopg.Error as error:
            # it is away
            log.warning("slot.no_claim", error=type(error).__name__)
            return None
