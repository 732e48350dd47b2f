"""The pool: what its transactions see, and when PostgreSQL is away or has no schema yet."""

import asyncio
from contextlib import nullcontext
from uuid import uuid4

import numpy as np
import psycopg
import pytest
from pgvector import HalfVector
from psycopg import sql
from psycopg_pool import PoolTimeout

from libs.embedded import free_port
from libs.postgres.migrate import migrate
from libs.postgres.pool import (
    Condition,
    Connection,
    Pool,
    create_pool,
    workspace_reading,
    workspace_transaction,
)
from libs.testing.corpus import open_workspace


async def test_a_connection_that_is_older_than_the_schema_learns_its_types(empty_url: str) -> None:
    async with create_pool(empty_url, 1, "test") as pool:
        async with pool.connection() as connection:
            first = connection.pgconn.backend_pid
        await asyncio.to_thread(migrate, empty_url)
        async with pool.connection() as connection:
            cursor = await connection.execute("select '[1,2]'::halfvec")
            row = await cursor.fetchone()
            assert connection.pgconn.backend_pid == first
    assert row is not None
    assert isinstance(row[0], HalfVector)
    assert np.array_equal(row[0].to_numpy(), [1, 2])


async def test_the_connection_that_was_used_last_is_used_next(app_url: str) -> None:
    async with create_pool(app_url, 2, "test") as pool:
        async with pool.connection() as last:
            async with pool.connection() as first:
                assert first is not last
            await _all_returned(pool, 1)
        for _ in range(3):
            await _all_returned(pool, 2)
            async with pool.connection() as connection:
                assert connection is last


async def test_no_plan_is_compiled_whatever_its_cost(app_url: str) -> None:
    async with create_pool(app_url, 1, "test") as pool, pool.connection() as connection:
        cursor = await connection.execute("show jit")
        assert await cursor.fetchone() == ("off",)


async def test_connections_are_prepared_before_they_are_used(app_url: str) -> None:
    prepared = []

    async def prepare(connection: Connection) -> None:
        prepared.append(connection)
        await connection.execute("set search_path = nowhere")
        await connection.execute("select there_is_no_such_function()")

    async with create_pool(app_url, 3, "test", at_least=2, prepare=prepare) as pool:
        await _all_returned(pool, 2)
        async with pool.connection() as connection:
            assert connection in prepared
            cursor = await connection.execute("show search_path")
            assert await cursor.fetchone() != ("nowhere",)
    assert len(prepared) == 2


async def _all_returned(pool: Pool, connections: int) -> None:
    """Connections come back by the pool's own tasks."""
    while pool.get_stats()["pool_available"] < connections:
        await asyncio.sleep(0.01)


async def test_whoever_gets_no_connection_is_told_soon() -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    async with create_pool(url, 1, "test", wait_seconds=0.2) as pool:
        with pytest.raises(PoolTimeout):
            async with pool.connection():
                pass
    assert issubclass(PoolTimeout, psycopg.OperationalError)


async def test_reading_sees_one_workspace_and_writes_nothing(pool: Pool, owner_url: str) -> None:
    workspace_id = open_workspace(owner_url)
    async with workspace_reading(pool, workspace_id) as connection:
        cursor = await connection.execute("select current_workspace()")
        assert await cursor.fetchone() == (workspace_id,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute("delete from documents")


async def test_a_connection_that_was_read_with_comes_back_clean(app_url: str) -> None:
    async with create_pool(app_url, 1, "test") as pool:
        for _ in range(3):
            async with workspace_reading(pool, uuid4()) as connection:
                await connection.execute("select 1")
        async with pool.connection() as connection:
            cursor = await connection.execute(
                "select current_workspace(), current_setting('transaction_read_only')"
            )
            assert await cursor.fetchone() == (None, "off")


async def test_what_is_read_often_stays_prepared(app_url: str) -> None:
    async with create_pool(app_url, 1, "test") as pool:
        for _ in range(7):
            async with workspace_reading(pool, uuid4()) as connection:
                await connection.execute("select %s::integer", [1])
        async with pool.connection() as connection:
            cursor = await connection.execute("select statement from pg_prepared_statements")
            assert await cursor.fetchall() == [("select $1::integer",)]


async def test_a_transaction_begins_only_where_its_condition_holds(pool: Pool) -> None:
    for begin in workspace_transaction, workspace_reading:
        for query, holds in (("select 1", True), ("select", True), ("select where false", False)):
            condition = Condition(sql.SQL(query), LookupError)
            with nullcontext() if holds else pytest.raises(LookupError):
                async with begin(pool, uuid4(), condition) as connection:
                    await connection.execute("select 1")


async def test_a_reading_gives_up_what_takes_too_long(pool: Pool) -> None:
    async with workspace_reading(pool, uuid4(), statement_timeout_ms=20) as connection:
        with pytest.raises(psycopg.errors.QueryCanceled):
            await connection.execute("select pg_sleep(30)")
    async with workspace_reading(pool, uuid4()) as connection:
        await connection.execute("select pg_sleep(0.03)")
