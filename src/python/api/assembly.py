"""Opens the parts of the service, in the process that serves, and closes them again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from multiprocessing.synchronize import Event

from api.models import SearchModels
from api.parts import Parts
from api.pictures import Pictures
from api.version import VERSION
from libs.drain import DrainFlag
from libs.embedding import Embedders, Registry, TextEmbedder, load_embedder
from libs.extraction import Extractor, Limits
from libs.jobs import ArqDoorbell
from libs.models import KnownModels
from libs.postgres.pool import Pool, create_pool
from libs.postgres.schema import schema_problem
from libs.search import warm_up
from libs.settings import ApiSettings
from libs.telemetry import ApiMetrics, Check, Probes, Readiness, configure_logging, tracing

_STOPPING_SECONDS = 0.2
_CONNECTIONS_AT_LEAST = 4
"""Searches that come at once right after the start find a connection that has searched before."""

_STATEMENT_TIMEOUT_MS = 10_000
"""Of whatever is no search. Deletions may take longer, and say so."""


@asynccontextmanager
async def open_parts(settings: ApiSettings, stopping: Event) -> AsyncIterator[Parts]:
    """``stopping`` is set once the server has been told to stop; the parts drain from then on.

    PostgreSQL and Redis may be away: the service starts, and says that it is not ready.
    """
    configure_logging("api", settings.log_level.value)
    metrics, drain = ApiMetrics(VERSION), DrainFlag(settings.drain_file)
    async with AsyncExitStack() as stack:
        stack.enter_context(tracing("api", VERSION, settings.otlp_endpoint))
        registry = Registry.of(settings)
        models, embedders = _models(settings, registry)
        stack.push_async_callback(embedders.close)
        pool = await stack.enter_async_context(
            create_pool(
                settings.database_url,
                settings.database_pool_size,
                "ibid-api",
                statement_timeout_ms=_STATEMENT_TIMEOUT_MS,
                wait_seconds=settings.database_wait_seconds,
                at_least=_CONNECTIONS_AT_LEAST,
                prepare=partial(warm_up, model=registry.find(settings.embedding_model)),
            )
        )
        metrics.watch_pool(pool.get_stats)
        doorbell = ArqDoorbell(settings.redis_url, metrics.doorbell_failures.inc)
        stack.push_async_callback(doorbell.close)
        extractor = await stack.enter_async_context(Extractor(_limits(settings)))
        readiness = Readiness({"database": _database_check(pool, models)})
        for watch in (readiness.watch(), models.watch(pool), _drain_when(stopping, drain)):
            stack.push_async_callback(_cancel, asyncio.create_task(watch))
        yield Parts(
            pool=pool,
            models=models,
            doorbell=doorbell,
            pictures=Pictures(extractor, settings.upload_folder),
            metrics=metrics,
            probes=Probes(metrics, readiness, drain),
            drain=drain,
            max_upload_bytes=settings.max_upload_bytes,
            upload_folder=settings.upload_folder,
            search_timeout_ms=settings.search_timeout_ms,
        )


def _models(settings: ApiSettings, registry: Registry) -> tuple[SearchModels, Embedders]:
    # a query is too short to share out
    threads = settings.embedding_threads or 1

    def load(name: str) -> TextEmbedder:
        return load_embedder(registry.find(name), settings.model_cache, threads=threads)

    embedders = Embedders(load)
    known = KnownModels(list(registry), settings.embedding_model)
    return SearchModels(embedders, known), embedders


def _limits(settings: ApiSettings) -> Limits:
    return Limits(
        memory_bytes=settings.extraction_memory_mib * 1024**2,
        seconds=settings.extraction_seconds,
        max_characters=settings.extraction_max_characters,
    )


def _database_check(pool: Pool, models: SearchModels) -> Check:
    async def check() -> str | None:
        async with pool.connection() as connection:
            return await schema_problem(connection) or await models.problem(connection)

    return check


async def _drain_when(stopping: Event, drain: DrainFlag) -> None:
    while True:
        if stopping.is_set():
            drain.set()
            return
        await asyncio.sleep(_STOPPING_SECONDS)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
