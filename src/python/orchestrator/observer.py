"""What each worker tells about the database, for whoever watches its metrics."""

import asyncio

import psycopg
import structlog

from libs.postgres.pool import Pool
from libs.postgres.vitals import vitals
from libs.telemetry import OrchestratorMetrics

_OBSERVE_SECONDS = 30.0

log = structlog.get_logger(__name__)


class Observer:
    def __init__(self, pool: Pool, metrics: OrchestratorMetrics) -> None:
        self._pool = pool
        self._metrics = metrics

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            try:
                await self.observe()
            except (psycopg.Error, TimeoutError) as error:
                log.warning("observer.failed", error=type(error).__name__)
            await asyncio.sleep(_OBSERVE_SECONDS)

    async def observe(self) -> None:
        async with self._pool.connection() as connection:
            found = await vitals(connection)
        metrics = self._metrics
        metrics.schema_version.set(int(found.revision or 0))
        metrics.database_bytes.set(found.size_bytes)
        metrics.connections.set(found.connections)
        metrics.max_connections.set(found.max_connections)
        metrics.unguarded_tables.set(found.unguarded_tables)
