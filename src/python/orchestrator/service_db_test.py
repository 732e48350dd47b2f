"""The whole service in this process: when it is ready, when it claims, and how it stops."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psycopg
import pytest

from libs.embedded import free_port
from libs.jobs import JobState
from libs.postgres.migrate import head, migrate
from libs.postgres.schema import REQUIRED_REVISION
from libs.settings import OrchestratorSettings
from libs.settings.values import DatabaseUrl, RedisUrl
from libs.testing.postgres import TestServer
from orchestrator.conftest import SOON, Bench, GatedEmbedder
from orchestrator.pipeline import BATCH_PASSAGES, Tools
from orchestrator.service import run

OLDER = {
    "postgres": f"the schema is at 0000 and must be at {REQUIRED_REVISION}; run `ibid migrate`"
}


@dataclass
class Running:
    """The service, as its probes show it."""

    task: asyncio.Task[None]
    port: int
    drain_file: Path

    async def until_not_ready(self, reasons: dict[str, str]) -> None:
        await self._until(503, reasons)

    async def until_ready(self) -> None:
        await self._until(200, {})

    async def stopped(self) -> None:
        """Return when SIGTERM has ended it."""
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(self.task, SOON)

    async def _until(self, status: int, reasons: dict[str, str]) -> None:
        found: object = None
        for _ in range(round(SOON / 0.02)):
            found = await asyncio.to_thread(self._readiness)
            if found == (status, reasons):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(found)

    def _readiness(self) -> tuple[int, dict[str, str]]:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status, {}
        except HTTPError as error:
            with error:
                return error.code, json.load(error)["reasons"]
        except URLError:
            return 0, {}


@asynccontextmanager
async def running(
    app_url: str, redis_url: str, tools: Tools, folder: Path
) -> AsyncIterator[Running]:
    settings = OrchestratorSettings(
        database_url=DatabaseUrl(app_url),
        redis_url=RedisUrl(redis_url),
        orchestrator_port=free_port(),
        drain_file=folder / "draining",
        worker_slots=1,
    )
    task = asyncio.create_task(run(settings, nullcontext(tools)))
    try:
        yield Running(task, settings.orchestrator_port, folder / "draining")
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=SOON)


async def test_on_an_older_schema_it_is_not_ready_and_claims_nothing(
    bench: Bench, owner_url: str, app_url: str, redis_url: str, tmp_path: Path
) -> None:
    _set_revision(owner_url, "0000")
    job = await bench.upload("A letter.")
    async with running(app_url, redis_url, bench.tools(), tmp_path) as service:
        await service.until_not_ready(OLDER)
        migrated_at = _set_revision(owner_url, head())
        await service.until_ready()
        done = await bench.finished(job.id)
    assert done.started_at is not None
    assert done.started_at > migrated_at


async def test_on_a_newer_schema_it_is_ready_and_works(
    bench: Bench, owner_url: str, app_url: str, redis_url: str, tmp_path: Path
) -> None:
    _set_revision(owner_url, "9999")
    job = await bench.upload("A letter.")
    async with running(app_url, redis_url, bench.tools(), tmp_path) as service:
        await service.until_ready()
        await bench.finished(job.id)


async def test_a_service_that_is_older_than_the_schema_s_tables_becomes_ready(
    bench: Bench, unmigrated: tuple[str, str], redis_url: str, tmp_path: Path
) -> None:
    owner_url, app_url = unmigrated
    async with running(app_url, redis_url, bench.tools(), tmp_path) as service:
        await service.until_not_ready(
            {"postgres": "the database has no schema yet; run `ibid migrate`"}
        )
        await asyncio.to_thread(migrate, owner_url, app_url)
        await service.until_ready()


async def test_a_drained_service_claims_nothing_and_hands_its_job_back_at_sigterm(
    bench: Bench, app_url: str, redis_url: str, tmp_path: Path
) -> None:
    bench.embedder = GatedEmbedder(1)
    running_job, waiting_job = await bench.upload(), await bench.upload("A letter.")
    async with running(app_url, redis_url, bench.tools(), tmp_path) as service:
        await bench.progressed(running_job.id)
        service.drain_file.touch()
        await service.until_not_ready({"drain": "draining"})
        bench.embedder.gate.release()
        await bench.once(running_job.id, lambda job: job.done == 2 * BATCH_PASSAGES)
        bench.embedder.gate.release()
        await service.stopped()
    handed_back, waiting = await bench.job(running_job.id), await bench.job(waiting_job.id)
    assert (handed_back.state, handed_back.attempts, handed_back.crashes) == (
        JobState.PENDING,
        0,
        0,
    )
    assert (waiting.state, waiting.started_at) == (JobState.PENDING, None)


def _set_revision(owner_url: str, revision: str) -> datetime:
    """Return when that was, by PostgreSQL's clock."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        row = owner.execute("select clock_timestamp()").fetchone()
        owner.execute("update alembic_version set version_num = %s", (revision,))
    assert row is not None
    at: datetime = row[0]
    return at


@pytest.fixture
def unmigrated(postgres_server: TestServer) -> Iterator[tuple[str, str]]:
    """The addresses of a database without a schema, for its owner and for the services."""
    run_as_superuser = postgres_server.superuser.execute
    run_as_superuser("create database ibid_unmigrated")
    yield postgres_server.owner_url("ibid_unmigrated"), postgres_server.app_url("ibid_unmigrated")
    run_as_superuser("drop database ibid_unmigrated with (force)")
