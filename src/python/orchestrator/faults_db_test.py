"""Workers as processes of their own, and what becomes of their jobs when they or Redis die."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.request import urlopen
from uuid import UUID

import numpy as np
import pytest
import redis

from libs.corpus import Documents
from libs.embedded import PostgresServer, ValkeyServer, free_port
from libs.embedding import DEFAULT_MODEL, Embedders
from libs.embedding.embedder import Vector
from libs.extraction import Extracted, MediaType, Page
from libs.jobs import JobRow, Jobs, JobState
from libs.models import KnownModels, Models, ModelState, build
from libs.postgres.migrate import migrate
from libs.postgres.pool import Pool, create_pool, workspace_transaction
from libs.settings import OrchestratorSettings, read_or_exit
from libs.telemetry import configure_logging
from libs.testing.corpus import Shelf, count, open_workspace
from libs.testing.embedding import HashingEmbedder
from orchestrator.pipeline import Tools
from orchestrator.service import run

LEASE_SECONDS = 3
BATCH_SECONDS = 0.4
PATIENCE_SECONDS = 90

SECTIONS = 240
TEXT = "\n\n".join(
    f"# Section {n}\n\nLantern {n} is lit. " + "word " * 150 for n in range(SECTIONS)
)
SECOND = replace(DEFAULT_MODEL, name="second", fingerprint="2" * 64)
POISON = "This text kills its reader."


class SlowEmbedder(HashingEmbedder):
    def embed_passages(self, texts: Sequence[str]) -> Vector:
        time.sleep(BATCH_SECONDS)
        return np.tile(self.embed_query("lantern"), (len(texts), 1))


async def read(path: Path, media_type: MediaType) -> Extracted:
    text = await asyncio.to_thread(path.read_text, "utf-8")
    if text == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    return Extracted(text, [Page(1, 0, len(text))])


def main() -> None:
    """The worker: the real service around an embedder that takes its time."""
    embedders = {model.name: SlowEmbedder(model) for model in (DEFAULT_MODEL, SECOND)}
    configure_logging("orchestrator", "INFO")
    known = KnownModels([DEFAULT_MODEL, SECOND], DEFAULT_MODEL.name)
    tools = nullcontext(Tools(read, lambda _: "en", Embedders(embedders.__getitem__), known))
    asyncio.run(run(read_or_exit(OrchestratorSettings), tools))


@dataclass
class Worker:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def get(self, path: str) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            text: str = answer.read().decode()
        return text


@dataclass
class Yard:
    """A workspace, and the workers that serve it."""

    pool: Pool
    shelf: Shelf
    environ: dict[str, str]
    folder: Path
    workers: list[Worker] = field(default_factory=list)

    def start_worker(self) -> Worker:
        port = free_port()
        log = self.folder / f"worker-{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, __file__],
                env=os.environ | self.environ | {"IBID_ORCHESTRATOR_PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.workers.append(Worker(process, port, log))
        return self.workers[-1]

    async def upload(self, text: str = TEXT) -> JobRow:
        received = await self.shelf.receive(text, media_type="text/markdown")
        async with workspace_transaction(self.pool, self.shelf.workspace_id) as connection:
            return await Jobs(connection).add(received.document_id, received.version, None)

    async def job(self, job_id: UUID) -> JobRow:
        async with workspace_transaction(self.pool, self.shelf.workspace_id) as connection:
            return await Jobs(connection).get(job_id)

    async def until(self, job_id: UUID, condition: Callable[[JobRow], bool]) -> JobRow:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition(job := await self.job(job_id)):
            if time.monotonic() > deadline:
                logs = "\n".join(worker.log.read_text() for worker in self.workers)
                pytest.fail(f"{job}\n{logs}")
            await asyncio.sleep(0.05)
        return job

    async def until_built(self, condition: Callable[[float, ModelState], bool]) -> None:
        """Return when the progress and the state of the second model are as they should be."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            async with self.pool.connection() as connection:
                [second] = [m for m in await Models(connection).list() if m.name == SECOND.name]
            if condition(second.progress, second.state):
                return
            assert time.monotonic() < deadline, second
            await asyncio.sleep(0.05)

    async def until_embedding(self, job_id: UUID) -> JobRow:
        return await self.until(job_id, lambda job: job.done > 0)

    async def until_done(self, job_id: UUID) -> JobRow:
        job = await self.until(job_id, lambda job: job.state.value in ("done", "failed"))
        assert job.state is JobState.DONE
        await self.assert_whole(job)
        return job

    async def assert_whole(self, job: JobRow) -> None:
        """The document is published once, with every passage and every embedding."""
        async with workspace_transaction(self.pool, self.shelf.workspace_id) as connection:
            document = await Documents(connection).get(job.document_id)
            passages, embeddings = [await count(connection, t) for t in ("passages", "embeddings")]
            left = await count(connection, "checkpoints")
        assert document.published == 1
        assert passages == embeddings == SECTIONS
        assert left == 0

    def worker_of(self, job: JobRow) -> tuple[Worker, Worker]:
        """The worker that has the job, and the other one."""
        [mine] = [w for w in self.workers if str(job.worker).endswith(f"-{w.process.pid}")]
        [other] = [w for w in self.workers if w is not mine]
        return mine, other


@contextmanager
def yard_of(pool: Pool, shelf: Shelf, app_url: str, redis_url: str, folder: Path) -> Iterator[Yard]:
    environ = {
        "IBID_DATABASE_URL": app_url,
        "IBID_REDIS_URL": redis_url,
        "IBID_LEASE_SECONDS": str(LEASE_SECONDS),
        "IBID_MAX_CRASHES": "2",
        "IBID_WORKER_SLOTS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    yard = Yard(pool, shelf, environ, folder)
    try:
        yield yard
    finally:
        for worker in yard.workers:
            worker.signal(signal.SIGKILL)
            worker.process.wait()


@pytest.fixture
async def yard(
    owner_url: str, app_url: str, pool: Pool, redis_url: str, tmp_path: Path
) -> AsyncIterator[Yard]:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    with yard_of(pool, shelf, app_url, redis_url, tmp_path) as made:
        yield made


async def test_the_job_of_a_killed_worker_is_finished_by_another(yard: Yard) -> None:
    yard.start_worker()
    yard.start_worker()
    job = await yard.upload()
    running = await yard.until_embedding(job.id)
    killed, _ = yard.worker_of(running)
    killed.signal(signal.SIGKILL)
    done = await yard.until_done(job.id)
    assert (done.attempts, done.crashes) == (0, 1)
    assert done.worker != running.worker


async def test_a_model_is_built_to_its_end_by_another_worker_than_was_killed(
    yard: Yard, owner_url: str
) -> None:
    killed = yard.start_worker()
    job = await yard.upload()
    await yard.until_done(job.id)
    await asyncio.to_thread(build, owner_url, "second")
    await yard.until_built(lambda progress, _: progress > 0)
    killed.signal(signal.SIGKILL)
    yard.start_worker()
    await yard.until_built(lambda _, state: state is ModelState.READY)
    async with workspace_transaction(yard.pool, yard.shelf.workspace_id) as connection:
        assert await count(connection, "embeddings") == 2 * SECTIONS


async def test_a_stopped_worker_hands_back_and_another_goes_on(yard: Yard) -> None:
    yard.start_worker()
    yard.start_worker()
    job = await yard.upload()
    stopped, other = yard.worker_of(await yard.until_embedding(job.id))
    stopped.signal(signal.SIGTERM)
    assert await asyncio.to_thread(stopped.process.wait, PATIENCE_SECONDS) == 0
    done = await yard.until_done(job.id)
    assert (done.attempts, done.crashes) == (0, 0)
    assert f"-{other.process.pid}" in str(done.worker)
    [embedded] = re.findall(r"^ibid_passages_embedded_total (\S+)", other.get("/metrics"), re.M)
    assert 0 < float(embedded) < SECTIONS


async def test_a_worker_that_slept_through_its_lease_commits_nothing(yard: Yard) -> None:
    yard.start_worker()
    yard.start_worker()
    job = await yard.upload()
    sleeper, other = yard.worker_of(await yard.until_embedding(job.id))
    sleeper.signal(signal.SIGSTOP)
    done = await yard.until_done(job.id)
    sleeper.signal(signal.SIGCONT)
    await yard.until(
        job.id, lambda _: 'job_attempts_total{result="lost"}' in sleeper.get("/metrics")
    )
    assert await yard.job(job.id) == done
    await yard.assert_whole(done)
    assert 'ibid_job_attempts_total{result="done"} 1.0' in other.get("/metrics")


async def test_a_document_that_kills_its_workers_fails_and_others_go_on(yard: Yard) -> None:
    for _ in range(3):
        yard.start_worker()
    poison = await yard.upload(POISON)
    failed = await yard.until(poison.id, lambda job: job.state is JobState.FAILED)
    assert (failed.error_code, failed.crashes) == ("crashed", 2)
    ends = sorted(str(worker.process.poll()) for worker in yard.workers)
    assert ends == [str(-signal.SIGKILL)] * 2 + ["None"]
    await yard.until_done((await yard.upload()).id)


async def test_work_goes_on_when_redis_is_emptied_and_dies(
    owner_url: str, app_url: str, pool: Pool, tmp_path: Path
) -> None:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    server = ValkeyServer(tmp_path / "valkey", port=free_port(), durable=False)
    server.start()
    with yard_of(pool, shelf, app_url, server.url, tmp_path) as yard:
        worker = yard.start_worker()
        job = await yard.upload()
        await yard.until_embedding(job.id)
        with redis.Redis.from_url(server.url) as client:
            client.flushall()
        server.stop()
        assert (await yard.until_done(job.id)).crashes == 0
        later = await yard.upload("Redis is gone, and I am read all the same.")
        await yard.until(later.id, lambda job: job.state is JobState.DONE)
        assert "ready" in worker.get("/readyz")
        assert "ibid_doorbell_failures_total 0.0" not in worker.get("/metrics")


async def test_work_goes_on_when_postgres_restarts(tmp_path: Path, redis_url: str) -> None:
    server = PostgresServer(
        tmp_path / "postgres", port=free_port(), user="ibid", password="p", durable=False
    )
    server.start()
    app_url = server.url(user="ibid_api", password="p")
    await asyncio.to_thread(migrate, server.url(), app_url)
    try:
        async with create_pool(app_url, 4, "test") as pool:
            shelf = await Shelf.open(pool, open_workspace(server.url()))
            with yard_of(pool, shelf, app_url, redis_url, tmp_path) as yard:
                yard.start_worker()
                job = await yard.upload()
                await yard.until_embedding(job.id)
                await asyncio.to_thread(server.stop)
                await asyncio.to_thread(server.start)
                # a connection that was alive a moment ago is handed out unasked
                await pool.check()
                done = await yard.until_done(job.id)
                assert done.attempts == 0
    finally:
        server.stop()


if __name__ == "__main__":
    main()
