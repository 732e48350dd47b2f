"""The servers, and a ledger with documents to put jobs on."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from libs.jobs import JobRow, Jobs, Lease, Swept, claim, sweep
from libs.postgres.pool import Connection, Pool, create_pool, workspace_transaction
from libs.testing.postgres import app_url, owner_url, postgres_server
from libs.testing.redis import redis_url

__all__ = ["app_url", "ledger", "owner_url", "postgres_server", "redis_url"]

HALF_A_MINUTE = timedelta(seconds=30)
OVER = timedelta(seconds=-1)


class Ledger:
    """One workspace with as many documents as a test asks for."""

    def __init__(self, pool: Pool, owner: psycopg.Connection[tuple[object, ...]]) -> None:
        self.pool = pool
        self._owner = owner
        self.workspace_id = uuid7()
        self.collection_id = uuid7()
        owner.execute("insert into workspaces values (%s, 'w')", (self.workspace_id,))
        self._enter()
        owner.execute(
            "insert into collections values (%s, %s, 'c')", (self.workspace_id, self.collection_id)
        )
        self._add_blob()

    def document(self) -> UUID:
        document_id = uuid7()
        self._owner.execute(
            "insert into documents (workspace_id, id, collection_id, external_id, title)"
            " values (%s, %s, %s, %s, 't')",
            (self.workspace_id, document_id, self.collection_id, str(document_id)),
        )
        self._owner.execute(
            "insert into versions (workspace_id, document_id, number, sha256, media_type,"
            " file_name, size_bytes) values (%s, %s, 1, sha256(''), 'text/plain', 'a', 1)",
            (self.workspace_id, document_id),
        )
        return document_id

    def delete_document(self, document_id: UUID) -> None:
        self._owner.execute("delete from documents where id = %s", (document_id,))

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        return workspace_transaction(self.pool, self.workspace_id)

    async def job(self) -> JobRow:
        document_id = self.document()
        async with self.transaction() as connection:
            return await Jobs(connection).add(document_id, 1, "00-trace")

    async def read(self, job_id: UUID) -> JobRow:
        async with self.transaction() as connection:
            return await Jobs(connection).get(job_id)

    async def claim(
        self, duration: timedelta = HALF_A_MINUTE, wanted: UUID | None = None
    ) -> Lease | None:
        async with self.pool.connection() as connection:
            return await claim(connection, "worker-1", duration, wanted)

    async def lease(self, duration: timedelta = HALF_A_MINUTE) -> Lease:
        job = await self.job()
        lease = await self.claim(duration, job.id)
        assert lease is not None
        return lease

    async def sweep(self, max_crashes: int = 3, most: int = 100) -> Swept:
        async with self.pool.connection() as connection:
            return await sweep(
                connection,
                max_crashes=max_crashes,
                ring_again=timedelta(seconds=15),
                most=most,
            )

    def _enter(self) -> None:
        self._owner.execute(
            "select set_config('ibid.workspace', %s, false)", (str(self.workspace_id),)
        )

    def _add_blob(self) -> None:
        self._owner.execute(
            "insert into blobs (workspace_id, sha256, size_bytes) values (%s, sha256(''), 1)",
            (self.workspace_id,),
        )


@pytest.fixture
async def ledger(owner_url: str, app_url: str) -> AsyncIterator[Ledger]:
    async with create_pool(app_url, 8, "test") as pool:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            yield Ledger(pool, owner)
