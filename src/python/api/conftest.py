import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
import pytest

from api.app import create_app
from api.models import SearchModels
from api.parts import Parts
from api.pictures import Pictures
from libs.accounts import bootstrap
from libs.drain import DrainFlag
from libs.embedded import free_port
from libs.embedding import DEFAULT_MODEL, Embedders
from libs.extraction import Extractor
from libs.jobs import Lease, Leases, claim
from libs.models import KnownModels
from libs.postgres.pool import Connection, Pool, create_pool, workspace_transaction
from libs.telemetry import ApiMetrics, Probes, Readiness
from libs.testing.corpus import Shelf
from libs.testing.embedding import HashingEmbedder
from libs.testing.postgres import app_url, owner_url, postgres_server
from libs.testing.redis import redis_url

__all__ = ["app_url", "owner_url", "postgres_server", "redis_url"]

MAX_UPLOAD_BYTES = 100_000
SECOND_MODEL = replace(DEFAULT_MODEL, name="second", fingerprint="2" * 64)
WIDE_MODEL = replace(DEFAULT_MODEL, name="wide", fingerprint="3" * 64, dimension=768)
MODELS = {model.name: model for model in (DEFAULT_MODEL, SECOND_MODEL, WIDE_MODEL)}
SERVER_MAX_UPLOAD_BYTES = 200 << 20


@dataclass
class Bell:
    """Remembers for which jobs it was rung."""

    rung: list[UUID] = field(default_factory=list)
    ringing: asyncio.Event = field(default_factory=asyncio.Event)

    async def ring(self, job_id: UUID) -> None:
        self.rung.append(job_id)
        self.ringing.set()


@dataclass(frozen=True)
class Service:
    """The API in this process, with callers of two workspaces and one without a key."""

    parts: Parts
    bell: Bell
    shelf: Shelf
    owner: httpx.AsyncClient
    stranger: httpx.AsyncClient
    anonymous: httpx.AsyncClient
    tokens: tuple[str, str]
    owner_url: str

    @property
    def documents(self) -> str:
        """Where documents of the shelf's collection are uploaded and listed."""
        return f"/v1/collections/{self.shelf.collection.id}/documents"

    async def upload(self, content: bytes, name: str = "a.txt", **fields: str) -> httpx.Response:
        return await self.owner.post(self.documents, files={"file": (name, content)}, data=fields)

    async def create_collection(self, name: str) -> dict[str, Any]:
        response = await self.owner.post("/v1/collections", json={"name": name})
        assert response.status_code == 201
        created: dict[str, Any] = response.json()
        return created

    async def claim(self) -> Lease:
        """Take the job that waits the longest, as a worker does."""
        async with self.parts.pool.connection() as connection:
            lease = await claim(connection, "worker", timedelta(seconds=30))
        assert lease is not None
        return lease

    @asynccontextmanager
    async def work(self, lease: Lease) -> AsyncIterator[Connection]:
        async with workspace_transaction(self.parts.pool, lease.workspace_id) as connection:
            yield connection

    async def finish(self, lease: Lease) -> None:
        async with self.work(lease) as connection:
            await Leases(connection).finish(lease)

    async def fail(self, lease: Lease) -> None:
        async with self.work(lease) as connection:
            await Leases(connection).fail(lease, "broken", "The document is damaged.")


@pytest.fixture
async def service(app_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    tokens = _token(owner_url, "Research"), _token(owner_url, "Elsewhere")
    bell = Bell()
    async with (
        create_pool(app_url, 8, "test", statement_timeout_ms=5_000) as pool,
        Extractor() as extractor,
    ):
        parts = _parts(pool, bell, extractor, tmp_path)
        await parts.models.look(pool)
        app = create_app(never)
        # not by the lifespan, which must begin and end in one task
        app.litestar.state.parts = parts
        async with (
            _client(app, tokens[0]) as owner,
            _client(app, tokens[1]) as stranger,
            _client(app, None) as anonymous,
        ):
            workspace = (await owner.get("/v1/auth/whoami")).json()["workspace_id"]
            shelf = await Shelf.open(pool, UUID(workspace))
            yield Service(parts, bell, shelf, owner, stranger, anonymous, tokens, owner_url)


def never() -> AbstractAsyncContextManager[Parts]:
    raise AssertionError("the parts are there already")


@dataclass
class Server:
    """``python -m api`` in a process of its own."""

    process: subprocess.Popen[bytes]
    url: str
    drain_file: Path
    log: Path
    token: str = ""
    owner_url: str = ""

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30
        )

    def worker(self) -> psutil.Process:
        [worker] = [
            child
            for child in psutil.Process(self.process.pid).children()
            if "libs.extraction" not in " ".join(child.cmdline())
        ]
        return worker


@pytest.fixture
def server(
    app_url: str, owner_url: str, redis_url: str, tmp_path: Path, model_cache: Path
) -> Iterator[Server]:
    token = _token(owner_url, "Research")
    with started(app_url, redis_url, tmp_path, model_cache) as server:
        server.token, server.owner_url = token, owner_url
        wait_until_ready(server)
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def documents(client: httpx.Client) -> str:
    """Where to upload to."""
    collection = client.post("/v1/collections", json={"name": "a"}).json()
    return f"/v1/collections/{collection['id']}/documents"


@contextmanager
def started(
    app_url: str, redis_url: str, folder: Path, model_cache: Path, **variables: str
) -> Iterator[Server]:
    """``python -m api``, which need not be ready yet."""
    port = free_port()
    drain_file, log = folder / "draining", folder / "api.log"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "IBID_DATABASE_URL": app_url,
        "IBID_REDIS_URL": redis_url,
        "IBID_API_PORT": str(port),
        "IBID_DRAIN_FILE": str(drain_file),
        "IBID_MODEL_CACHE": str(model_cache),
        "IBID_UPLOAD_FOLDER": str(folder),
        "IBID_MAX_UPLOAD_BYTES": str(SERVER_MAX_UPLOAD_BYTES),
        **variables,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "api"], env=environment, stdout=output, stderr=output
        )
    try:
        yield Server(process, f"http://127.0.0.1:{port}", drain_file, log)
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Converted once for all tests of this process."""
    return tmp_path_factory.mktemp("models")


def wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{server.url}/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(server.log.read_text())


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def _parts(pool: Pool, bell: Bell, extractor: Extractor, folder: Path) -> Parts:
    metrics, drain = ApiMetrics("test"), DrainFlag(folder / "draining")
    return Parts(
        pool=pool,
        models=SearchModels(
            Embedders(lambda name: HashingEmbedder(MODELS[name])),
            KnownModels(list(MODELS.values()), DEFAULT_MODEL.name),
        ),
        doorbell=bell,
        pictures=Pictures(extractor, folder),
        metrics=metrics,
        probes=Probes(metrics, Readiness({}), drain),
        drain=drain,
        max_upload_bytes=MAX_UPLOAD_BYTES,
        upload_folder=folder,
        search_timeout_ms=10_000,
    )


def _client(app: object, token: str | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),  # type: ignore[arg-type]
        base_url="http://api",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )


def _token(owner_url: str, workspace: str) -> str:
    token = bootstrap(owner_url, workspace, "owner")
    assert token is not None
    return token
