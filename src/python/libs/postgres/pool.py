"""Connections: one pool a process, one transaction a unit of work."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID
from weakref import WeakKeyDictionary, WeakSet

from pgvector.psycopg import register_vector_async
from psycopg import AsyncConnection, OperationalError, sql
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

type Connection = AsyncConnection[TupleRow]
type Pool = AsyncConnectionPool[Connection]

_ENTER = sql.SQL("begin; select set_config('ibid.workspace', {}, true)")
_ENTER_READING = sql.SQL("begin read only; select set_config('ibid.workspace', {}, true)")


def create_pool(
    url: str,
    size: int,
    application: str,
    statement_timeout_ms: int = 0,
    wait_seconds: float = 10,
) -> Pool:
    """Return a closed pool; ``async with`` opens it. Must be created inside a running loop.

    Whoever gets no connection within ``wait_seconds`` gets PoolTimeout, an OperationalError.
    """
    return AsyncConnectionPool(
        url,
        # a search reads both its sides at once where nobody else waits
        min_size=min(2, size),
        max_size=size,
        open=False,
        timeout=wait_seconds,
        # the pauses between its tries double: after a longer outage they would outlast it
        reconnect_timeout=_RECONNECT_SECONDS,
        max_idle=300,
        configure=_configure,
        check=_check,
        reset=_reset,
        kwargs={
            "application_name": application,
            "connect_timeout": 5,
            "options": f"-c timezone=UTC -c statement_timeout={statement_timeout_ms}",
        },
    )


@asynccontextmanager
async def single_statement(pool: Pool) -> AsyncIterator[Connection]:
    """A connection without a transaction: each statement is one, and one exchange."""
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        yield connection


@asynccontextmanager
async def workspace_transaction(pool: Pool, workspace_id: UUID) -> AsyncIterator[Connection]:
    """A transaction that sees and writes the rows of one workspace, and no others."""
    async with pool.connection() as connection:
        # psycopg's own begin would be an exchange of its own; the pool ends the transaction
        await connection.set_autocommit(True)
        await connection.execute(_ENTER.format(sql.Literal(str(workspace_id))))
        yield connection


@asynccontextmanager
async def workspace_reading(pool: Pool, workspace_id: UUID) -> AsyncIterator[Connection]:
    """The same for reading only: nothing is left to wait for when it ends, so nobody waits."""
    connection = await pool.getconn()
    try:
        await connection.set_autocommit(True)
        await connection.execute(_ENTER_READING.format(sql.Literal(str(workspace_id))))
        yield connection
    finally:
        ending = asyncio.create_task(_end(pool, connection))
        _ending.add(ending)
        ending.add_done_callback(_ending.discard)


def has_spare(pool: Pool) -> bool:
    """Whether a connection lies idle that nobody but the caller, who has one, could want."""
    stats = pool.get_stats()
    idle = stats["pool_available"]
    return idle > 0 and stats["pool_size"] - idle <= 1


async def _end(pool: Pool, connection: Connection) -> None:
    try:
        with suppress(OperationalError):  # the pool replaces a connection that broke
            await connection.rollback()
    finally:
        await pool.putconn(connection)


_ending: set[asyncio.Task[None]] = set()
"""The loop itself keeps no task alive."""

_checked: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
"""When each connection was last seen alive."""

_CHECK_SECONDS = 1.0
_RECONNECT_SECONDS = 3.0

_untyped: WeakSet[Connection] = WeakSet()
"""Connections that are older than the schema, and do not know its types."""


async def _check(connection: Connection) -> None:
    """Ask a connection whether it lives, unless it did a moment ago."""
    if connection in _untyped:
        await _configure(connection)
    now = time.monotonic()
    if now - _checked.get(connection, 0.0) > _CHECK_SECONDS:
        await AsyncConnectionPool.check_connection(connection)
        _checked[connection] = now


async def _reset(connection: Connection) -> None:
    if connection.autocommit:
        await connection.set_autocommit(False)


async def _configure(connection: Connection) -> None:
    # before the first migration there is no type to register
    cursor = await connection.execute("select from pg_type where typname = 'halfvec'")
    if await cursor.fetchone() is None:
        _untyped.add(connection)
    else:
        await register_vector_async(connection)
        _untyped.discard(connection)
    await connection.commit()
