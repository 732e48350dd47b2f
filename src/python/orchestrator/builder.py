"""Embeds what is published already by the models that are kept beside the active one.

Documents come first: while a job runs, or could, there is a small batch now and then, so that a
model is complete one day also where documents never cease to come.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import psycopg
import structlog

from libs.corpus import Embeddings
from libs.models import Backlog, Claim, Models
from libs.postgres.pool import Pool, workspace_transaction
from libs.telemetry import OrchestratorMetrics
from orchestrator.pipeline import BATCH_PASSAGES, Tools, embed_in_context

_IDLE_SECONDS = 1.0
_BUSY_SECONDS = 5.0
"""After a small batch while jobs run: that is less than a tenth of the worker's time."""

_SMALL_BATCH = 16
log = structlog.get_logger(__name__)


class Builder:
    """``is_busy`` tells whether jobs run; ``may_work`` is asked before each batch.

    ``lease`` is for a batch, the loading of its model included; nothing prolongs it.
    """

    def __init__(
        self,
        pool: Pool,
        tools: Tools,
        metrics: OrchestratorMetrics,
        *,
        is_busy: Callable[[], bool],
        may_work: Callable[[], bool],
        lease: timedelta,
    ) -> None:
        self._pool = pool
        self._tools = tools
        self._metrics = metrics
        self._is_busy = is_busy
        self._may_work = may_work
        self._lease = lease
        self._is_warm = False

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            rest = await self._step()
            await asyncio.sleep(rest)

    async def _step(self) -> float:
        """Do what is to be done; return for how many seconds to rest."""
        if not self._may_work():
            return _IDLE_SECONDS
        if not self._is_warm:
            self._is_warm = await self._guarded(self._warm_up())
        is_busy = self._is_busy()
        if await self._guarded(self.work(_SMALL_BATCH if is_busy else BATCH_PASSAGES)):
            return _BUSY_SECONDS if is_busy else 0
        return _IDLE_SECONDS

    async def _guarded(self, work: Coroutine[Any, Any, bool]) -> bool:
        try:
            return await work
        except psycopg.Error as error:
            # it is away, or a passage went at that moment
            log.warning("backlog.failed", error=type(error).__name__)
        except Exception as error:
            # what a model does not embed, others wait for no longer than the lease
            log.warning("backlog.failed", exc_info=error)
        return False

    async def _warm_up(self) -> bool:
        """Load the active model before the first document needs it."""
        async with self._pool.connection() as connection:
            active = await Models(connection).active()
        async with self._tools.embedders.use(active):
            return True

    async def work(self, most: int = BATCH_PASSAGES) -> bool:
        """Embed a batch; False where there is none to embed."""
        usable = sorted(self._tools.models.usable)
        async with self._pool.connection() as connection:
            claim = await Backlog(connection).claim(usable, self._lease, most)
            if claim is None:
                for name in await Models(connection).settle_builds():
                    log.info("model.ready", model=name)
        if claim is None:
            return False
        await self._embed(claim)
        return True

    async def _embed(self, claim: Claim) -> None:
        async with workspace_transaction(self._pool, claim.workspace_id) as connection:
            passages = await Embeddings(connection).passages(claim.passage_ids)
        if not passages:
            return
        async with self._tools.embedders.use(claim.model) as embedder:
            vectors = await asyncio.to_thread(embed_in_context, embedder, passages)
        async with workspace_transaction(self._pool, claim.workspace_id) as connection:
            ids = [passage.id for passage in passages]
            await Embeddings(connection).store(claim.model, ids, vectors)
        self._metrics.embedded.inc(len(passages))
