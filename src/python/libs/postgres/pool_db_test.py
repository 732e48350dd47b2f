"""The pool when PostgreSQL is away, or has no schema yet."""

import asyncio

import numpy as np
import psycopg
import pytest
from pgvector import HalfVector
from psycopg_pool import PoolTimeout

from libs.embedded import free_port
from libs.postgres.migrate import migrate
from libs.postgres.pool import create_pool


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


async def test_whoever_gets_no_connection_is_told_soon() -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    async with create_pool(url, 1, "test", wait_seconds=0.2) as pool:
        with pytest.raises(PoolTimeout):
            async with pool.connection():
                pass
    assert issubclass(PoolTimeout, psycopg.OperationalError)
