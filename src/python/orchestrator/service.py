"""The composition root: which parts there are, and how they start and stop together."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from libs.drain import DrainFlag
from libs.jobs import ArqDoorbell, listen
from libs.models import KnownModels
from libs.postgres.pool import Pool, create_pool
from libs.postgres.schema import schema_problem
from libs.settings import OrchestratorSettings
from libs.telemetry import OrchestratorMetrics, Probes, Readiness, serve, tracing
from orchestrator.attempts import Attempts
from orchestrator.bell import Bell
from orchestrator.builder import Builder
from orchestrator.observer import Observer
from orchestrator.pipeline import Pipeline, Tools
from orchestrator.pulse import Pulse
from orchestrator.slots import Slots
from orchestrator.sweeper import Sweeper

VERSION = "0.1.0"
_LEASES_A_BATCH = 4
"""A job's lease is prolonged while it runs, that of a batch of the backlog is not."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """``background`` are loops that run until they are cancelled."""

    slots: Slots
    drain: DrainFlag
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]]


async def run(settings: OrchestratorSettings, tools: AbstractAsyncContextManager[Tools]) -> None:
    """Run jobs until SIGTERM or SIGINT; then hand back what is running and return.

    Raises:
        OSError: the port of the probes is taken.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _built(settings, tools) as service, asyncio.TaskGroup() as group:
        background = [group.create_task(loop()) for loop in service.background]
        slots = [group.create_task(service.slots.run()) for _ in range(settings.worker_slots)]
        log.info("orchestrator.started", port=settings.orchestrator_port)
        await stop.wait()
        log.info("orchestrator.stopping")
        service.drain.set()
        service.slots.stop()
        await asyncio.wait(slots, timeout=settings.shutdown_seconds)
        for task in (*slots, *background):
            task.cancel()
    log.info("orchestrator.stopped")


@asynccontextmanager
async def _built(
    settings: OrchestratorSettings, tools: AbstractAsyncContextManager[Tools]
) -> AsyncIterator[Service]:
    metrics, pulse, bell = OrchestratorMetrics(VERSION), Pulse(), Bell()
    drain = DrainFlag(settings.drain_file)
    heard_nothing = metrics.doorbell_failures.inc
    async with AsyncExitStack() as stack:
        pool = create_pool(settings.database_url, settings.database_pool_size, "ibid-orchestrator")
        metrics.watch_pool(pool.get_stats)
        stages = await stack.enter_async_context(tools)
        readiness = Readiness({"postgres": lambda: _check(pool, stages.models)})
        probes = Probes(metrics, readiness, drain, pulse.stuck)
        stack.enter_context(serve(probes, settings.orchestrator_host, settings.orchestrator_port))
        stack.enter_context(tracing("orchestrator", VERSION, settings.otlp_endpoint))
        pipeline = Pipeline(pool, stages, metrics)
        await stack.enter_async_context(pool)
        doorbell = ArqDoorbell(settings.redis_url, heard_nothing)
        stack.push_async_callback(doorbell.close)

        attempts = Attempts(pool, pipeline, metrics, settings.max_attempts)
        sweeper = Sweeper(pool, doorbell, bell, metrics, settings.max_crashes)

        def may_work() -> bool:
            return not drain.is_set and not readiness.reasons()

        slots = Slots(
            pool,
            attempts,
            bell,
            may_work,
            worker=f"{socket.gethostname()}-{os.getpid()}",
            lease=timedelta(seconds=settings.lease_seconds),
        )

        def listening() -> Coroutine[Any, Any, None]:
            return listen(settings.redis_url, lambda _: bell.ring(), heard_nothing)

        builder = Builder(
            pool,
            stages,
            metrics,
            is_busy=lambda: slots.are_busy,
            may_work=may_work,
            lease=timedelta(seconds=_LEASES_A_BATCH * settings.lease_seconds),
        )
        loops = [
            pulse.run,
            readiness.watch,
            sweeper.run,
            Observer(pool, metrics).run,
            listening,
            builder.run,
        ]
        yield Service(slots, drain, loops)


async def _check(pool: Pool, models: KnownModels) -> str | None:
    async with pool.connection(timeout=3) as connection:
        return await schema_problem(connection) or await models.problem(connection)
