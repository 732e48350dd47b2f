"""Connections: one pool a process, one transaction a unit of work."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import LiteralString
from uuid import UUID
from weakref import WeakKeyDictionary, WeakSet

from pgvector.psycopg import register_vector_async
from psycopg import AsyncConnection, Error, OperationalError, sql
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from libs.postgres.statements import kept

type Connection = AsyncConnection[TupleRow]
type Pool = AsyncConnectionPool[Connection]
type Prepare = Callable[[Connection], Awaitable[None]]

# Compiling a plan takes longer than any search, and its costs alone start that: a sort within a
# function that sets enable_sort = off costs 10^10 before PostgreSQL 18.
_OPTIONS = "-c timezone=UTC -c jit=off"


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for a transaction to begin. It is asked in the exchange that begins it.

    ``query`` gives a row where it holds, and none where ``error`` is to be raised.
    """

    query: sql.Composable
    error: Callable[[], Exception]


def create_pool(
    url: str,
    size: int,
    application: str,
    statement_timeout_ms: int = 0,
    wait_seconds: float = 10,
    at_least: int = 1,
    prepare: Prepare | None = None,
) -> Pool:
    """Return a closed pool; ``async with`` opens it. Must be created inside a running loop.

    It keeps ``at_least`` connections. Each goes through ``prepare`` before its first use, for what
    that would have to wait for; what it begins is taken back, and its errors do not count.
    Whoever gets no connection within ``wait_seconds`` gets PoolTimeout, an OperationalError.
    """
    pool: Pool = AsyncConnectionPool(
        url,
        min_size=min(at_least, size),
        max_size=size,
        open=False,
        timeout=wait_seconds,
        # the pauses between its tries double: after a longer outage they would outlast it
        reconnect_timeout=_RECONNECT_SECONDS,
        max_idle=300,
        configure=_configure if prepare is None else partial(_prepare, prepare),
        check=_check,
        reset=_reset,
        kwargs={
            "application_name": application,
            "connect_timeout": 5,
            "options": f"{_OPTIONS} -c statement_timeout={statement_timeout_ms}",
        },
    )
    # no option of the library, which gives out whichever has rested longest; a test holds it
    pool._pool = _LastInFirstOut(pool._pool)
    return pool


class _LastInFirstOut(deque[Connection]):
    """The connection that was used last: its process has its caches warm.

    By turns among four, PostgreSQL took a third more CPU time for the same searches.
    """

    def popleft(self) -> Connection:
        return self.pop()


@asynccontextmanager
async def single_statement(pool: Pool) -> AsyncIterator[Connection]:
    """A connection without a transaction: each statement is one, and one exchange."""
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        yield connection


@asynccontextmanager
async def workspace_transaction(
    pool: Pool, workspace_id: UUID, condition: Condition | None = None
) -> AsyncIterator[Connection]:
    """A transaction that sees and writes the rows of one workspace, and no others."""
    async with pool.connection() as connection:
        # psycopg's own begin would be an exchange of its own; the pool ends the transaction
        await connection.set_autocommit(True)
        await _enter(connection, _beginning("begin", workspace_id), condition)
        yield connection


@asynccontextmanager
async def workspace_reading(
    pool: Pool,
    workspace_id: UUID,
    condition: Condition | None = None,
    statement_timeout_ms: int | None = None,
) -> AsyncIterator[Connection]:
    """The same for reading only: nothing is left to wait for when it ends, so nobody waits.

    A statement that takes longer than ``statement_timeout_ms`` raises QueryCanceled; without, it
    is that of the pool.
    """
    async with workspace_answer(pool, workspace_id, None, condition, statement_timeout_ms) as (
        connection,
        _,
    ):
        yield connection


@asynccontextmanager
async def workspace_answer(
    pool: Pool,
    workspace_id: UUID,
    question: sql.Composable | None,
    condition: Condition | None = None,
    statement_timeout_ms: int | None = None,
) -> AsyncIterator[tuple[Connection, TupleRow | None]]:
    """As ``workspace_reading``, with the first row that ``question`` gives.

    It is asked in the exchange that begins the transaction.
    """
    connection = await pool.getconn()
    try:
        await connection.set_autocommit(True)
        begin = _beginning("begin read only", workspace_id, statement_timeout_ms)
        yield connection, await _enter(connection, begin, condition, question)
    finally:
        ending = asyncio.create_task(_end(pool, connection))
        _ending.add(ending)
        ending.add_done_callback(_ending.discard)


@lru_cache(maxsize=1024)
def _beginning(
    begin: LiteralString, workspace_id: UUID, statement_timeout_ms: int | None = None
) -> sql.SQL:
    limit: sql.Composable = sql.SQL("")
    if statement_timeout_ms is not None:
        limit = sql.SQL("set local statement_timeout = {}; ").format(statement_timeout_ms)
    entered = sql.SQL("{}; {}select set_config('ibid.workspace', {}, true)")
    return kept(entered.format(sql.SQL(begin), limit, str(workspace_id)))


async def _enter(
    connection: Connection,
    begin: sql.SQL,
    condition: Condition | None,
    question: sql.Composable | None = None,
) -> TupleRow | None:
    asked: list[sql.Composable] = [begin]
    if condition is not None:
        asked.append(condition.query)
    if question is not None:
        asked.append(question)
    cursor = await connection.execute(sql.SQL("; ").join(asked))
    answers = [cursor.rowcount]
    while cursor.nextset():
        answers.append(cursor.rowcount)
    if condition is not None and not answers[-1 if question is None else -2]:
        raise condition.error()
    return None if question is None else await cursor.fetchone()


async def _end(pool: Pool, connection: Connection) -> None:
    # what was read is on its way to whoever asked before this takes its turn
    for _ in range(_TURNS_TO_ANSWER):
        await asyncio.sleep(0)
    try:
        with suppress(OperationalError):  # the pool replaces a connection that broke
            # nothing was written; at a rollback psycopg would forget what it has prepared
            await connection.commit()
    finally:
        await pool.putconn(connection)


_TURNS_TO_ANSWER = 3
"""Of the loop: the task that read ends, who waited for it wakes, and sends the answer."""

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


async def _prepare(prepare: Prepare, connection: Connection) -> None:
    await _configure(connection)
    with suppress(Error):  # such as a schema that is not there yet
        await prepare(connection)
    await connection.rollback()


async def _configure(connection: Connection) -> None:
    # before the first migration there is no type to register
    cursor = await connection.execute("select from pg_type where typname = 'halfvec'")
    if await cursor.fetchone() is None:
        _untyped.add(connection)
    else:
        await register_vector_async(connection)
        _untyped.discard(connection)
    await connection.commit()
