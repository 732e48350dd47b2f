import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import redis

from libs.embedded import ValkeyServer, free_port
from libs.jobs.doorbell import ArqDoorbell, listen

SOON = 5


class Ear:
    """Collects what is heard, and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard: list[UUID] = []
        self._changed = asyncio.Event()

    def __call__(self, job_id: UUID) -> None:
        self.heard.append(job_id)
        self._changed.set()

    async def hears(self, count: int) -> list[UUID]:
        async with asyncio.timeout(SOON):
            while len(self.heard) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.heard


@asynccontextmanager
async def listening(redis_url: str) -> AsyncIterator[Ear]:
    ear = Ear()
    task = asyncio.create_task(listen(redis_url, ear))
    try:
        yield ear
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@asynccontextmanager
async def doorbell(
    redis_url: str, on_failure: Callable[[], None] = lambda: None
) -> AsyncIterator[ArqDoorbell]:
    bell = ArqDoorbell(redis_url, on_failure)
    try:
        yield bell
    finally:
        await bell.close()


async def test_the_same_job_can_be_rung_again_and_again(redis_url: str) -> None:
    job_id = uuid4()
    async with doorbell(redis_url) as bell, listening(redis_url) as ear:
        for count in (1, 2, 3):
            await bell.ring(job_id)
            assert await ear.hears(count) == [job_id] * count


async def test_a_message_is_json_and_holds_the_job_id_alone(redis_url: str) -> None:
    job_id = uuid4()
    async with doorbell(redis_url) as bell:
        await bell.ring(job_id)
    with redis.Redis.from_url(redis_url) as client:
        [key] = client.keys("arq:job:*")
        message = json.loads(client.get(key))
    assert (message["f"], message["a"], message["k"]) == ("ring", [str(job_id)], {})


async def test_a_heard_message_leaves_nothing_behind(redis_url: str) -> None:
    async with doorbell(redis_url) as bell, listening(redis_url) as ear:
        await bell.ring(uuid4())
        await ear.hears(1)
        with redis.Redis.from_url(redis_url) as client:
            for _ in range(100):
                if client.keys("*") == [b"ibid:doorbell:health-check"]:
                    return
                await asyncio.sleep(0.05)
        pytest.fail("a message is left")


async def test_ringing_without_a_redis_returns_at_once_and_is_counted() -> None:
    failures: list[None] = []
    url = f"redis://127.0.0.1:{free_port()}"
    async with doorbell(url, lambda: failures.append(None)) as bell:
        started = time.monotonic()
        for _ in range(100):
            await bell.ring(uuid4())
        assert time.monotonic() - started < 20
    assert len(failures) == 100


async def test_a_redis_that_hangs_delays_one_ring_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        async with doorbell(f"redis://127.0.0.1:{mute.getsockname()[1]}") as bell:
            started = time.monotonic()
            for _ in range(20):
                await bell.ring(uuid4())
            assert time.monotonic() - started < 10


async def test_the_listener_outlives_redis(tmp_path: Path) -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}"
    async with listening(url) as ear:
        for life in ("one", "two"):
            with ValkeyServer(tmp_path / life, port=port, durable=False):
                async with asyncio.timeout(20):
                    while not ear.heard:
                        async with doorbell(url) as bell:
                            await bell.ring(uuid4())
                        await asyncio.sleep(0.1)
            ear.heard.clear()
