"""The doorbell: tells workers that a job is due. A ring that is lost costs time, never the job.

arq carries it, and only this module knows. A message holds no more than a job's id, and is done
with as soon as it is heard: none of arq's retries, time-outs, results or leases are used.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol
from uuid import UUID, uuid4

from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

_QUEUE = "ibid:doorbell"
_RING = "ring"

_RING_SECONDS = 1.0
_QUIET_SECONDS = 2.0
_POLL_SECONDS = 0.2
_REBUILD_SECONDS = (0.5, 15.0)

log = logging.getLogger(__name__)


class Doorbell(Protocol):
    async def ring(self, job_id: UUID) -> None:
        """Announce a job whose transaction is committed. Never raises, soon returns."""
        ...


class NullDoorbell:
    """Nobody hears it; the workers find the job when they look for themselves."""

    async def ring(self, job_id: UUID) -> None:
        pass


class ArqDoorbell:
    """Rings through Redis; ``on_failure`` is called for each ring that failed.

    After a failure it stays silent for a while, so that a Redis that hangs does not slow uploads.
    """

    def __init__(self, redis_url: str, on_failure: Callable[[], None] = lambda: None) -> None:
        self._redis = _connect(redis_url, _RING_SECONDS)
        self._on_failure = on_failure
        self._silent_until = 0.0

    async def ring(self, job_id: UUID) -> None:
        if time.monotonic() < self._silent_until:
            self._on_failure()
            return
        try:
            async with asyncio.timeout(_RING_SECONDS):
                # arq drops a message whose id it has seen lately
                await self._redis.enqueue_job(_RING, str(job_id), _job_id=f"{job_id}:{uuid4()}")
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = time.monotonic() + _QUIET_SECONDS
            self._on_failure()
            log.warning(
                "doorbell.unheard", extra={"job_id": str(job_id), "error": type(error).__name__}
            )

    async def close(self) -> None:
        with suppress(RedisError, OSError):
            await self._redis.aclose(close_connection_pool=True)


async def listen(
    redis_url: str, heard: Callable[[UUID], None], on_failure: Callable[[], None] = lambda: None
) -> None:
    """Call ``heard`` for every ring until cancelled. Outlives Redis: the worker is built again."""
    shortest, longest = _REBUILD_SECONDS
    delay = shortest
    while True:
        started = time.monotonic()
        worker = _worker(redis_url, heard)
        try:
            await worker.main()
        except (RedisError, OSError, TimeoutError) as error:
            if time.monotonic() - started > longest:
                delay = shortest
            on_failure()
            log.warning(
                "doorbell.lost", extra={"error": type(error).__name__, "again_seconds": delay}
            )
        finally:
            await _close(worker)
        await asyncio.sleep(delay)
        delay = min(2 * delay, longest)


def _worker(redis_url: str, heard: Callable[[UUID], None]) -> Worker:
    async def ring(ctx: dict[Any, Any], *args: Any, **_: Any) -> None:
        heard(UUID(args[0]))

    return Worker(
        # keep_result=0: arq refuses an id for as long as it keeps the result
        functions=[func(ring, name=_RING, keep_result=0, timeout=5, max_tries=1)],
        queue_name=_QUEUE,
        redis_pool=_connect(redis_url, timeout_seconds=5.0),
        handle_signals=False,
        poll_delay=_POLL_SECONDS,
        queue_read_limit=1000,
        keep_result=0,
        job_serializer=_encode,
        job_deserializer=json.loads,
        log_results=False,
    )


async def _close(worker: Worker) -> None:
    # not Worker.close(): it wants to talk to the Redis that is gone
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    with suppress(RedisError, OSError):
        await worker.pool.aclose(close_connection_pool=True)


def _connect(redis_url: str, timeout_seconds: float) -> ArqRedis:
    pool = ConnectionPool.from_url(
        redis_url, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds
    )
    return ArqRedis(
        pool, job_serializer=_encode, job_deserializer=json.loads, default_queue_name=_QUEUE
    )


def _encode(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()
