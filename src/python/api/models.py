"""Which model a search embeds by: the active one, or another one that the caller names.

A query is embedded by one model and searched among its embeddings, whatever becomes active in
between: a model that was active keeps its embeddings.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import psycopg
import structlog

from libs.embedding import Embedders, TextEmbedder
from libs.errors import Rejected, Unavailable
from libs.models import KnownModels, Models, ModelState
from libs.postgres.pool import Connection, Pool, single_statement

_LOOK_SECONDS = 0.5

log = structlog.get_logger(__name__)


class NoSuchModel(Rejected):
    """There is no such model to search by."""

    code = "unknown-model"


class SearchModels:
    def __init__(self, embedders: Embedders, known: KnownModels) -> None:
        self._embedders = embedders
        self._known = known
        self._states: Mapping[str, ModelState] = {}
        self._active: str | None = None

    @asynccontextmanager
    async def use(self, name: str | None) -> AsyncIterator[TextEmbedder]:
        """Yield the embedder of the active model, or of the one that is named.

        Raises:
            NoSuchModel: no complete model has the name.
            Unavailable: the active model is not loaded yet.
        """
        async with self._embedders.use(self._choose(name)) as embedder:
            yield embedder

    async def problem(self, connection: Connection) -> str | None:
        """Return why nothing can be searched, None if it can."""
        problem = await self._known.problem(connection)
        if problem is None and self._active is None:
            return "the active model is being loaded"
        return problem

    async def watch(self, pool: Pool) -> None:
        """Follow what becomes active, until cancelled."""
        while True:
            try:
                await self.look(pool)
            except psycopg.Error as error:
                # it is away, or not migrated yet
                log.debug("models.not_read", error=type(error).__name__)
            except Exception as error:
                log.error("models.not_loaded", exc_info=error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self, pool: Pool) -> None:
        """Read the models' states; load what has become active, and only then search by it."""
        if not self._known.usable:
            async with pool.connection() as connection:
                await self._known.introduce(connection)
        # twice a second, beside searches: without a transaction it is one exchange
        async with single_statement(pool) as connection:
            self._states = await Models(connection).states()
        active = next(name for name, state in self._states.items() if state is ModelState.ACTIVE)
        if active != self._active and active in self._known.usable:
            async with self._embedders.use(active):
                self._active = active
            log.info("model.active", model=active)

    def _choose(self, name: str | None) -> str:
        if name is None:
            if self._active is None:
                raise Unavailable("The model is not loaded yet. Try again in a moment.")
            return self._active
        state = self._states.get(name)
        if name not in self._known.usable or state is None:
            raise NoSuchModel(f"There is no model “{name}” here.")
        if not state.is_complete:
            raise NoSuchModel(f"The model “{name}” is {state}, and not ready to search by.")
        return name
