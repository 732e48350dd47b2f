"""The caller, and the transactions that see only what is theirs."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from psycopg import sql
from psycopg.rows import TupleRow

from libs.accounts import Credentials, Principal, holds, unknown_key
from libs.postgres.pool import (
    Condition,
    Connection,
    Pool,
    workspace_answer,
    workspace_reading,
    workspace_transaction,
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """The caller, and the way to the caller's rows.

    Transactions raise Denied as they begin once the caller's key is revoked.
    """

    principal: Principal
    credentials: Credentials
    pool: Pool

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        return workspace_transaction(self.pool, self.principal.workspace_id, self._key_holds())

    def reading(
        self, statement_timeout_ms: int | None = None
    ) -> AbstractAsyncContextManager[Connection]:
        """A statement that takes longer raises QueryCanceled."""
        workspace_id = self.principal.workspace_id
        return workspace_reading(self.pool, workspace_id, self._key_holds(), statement_timeout_ms)

    def answer(
        self, question: sql.Composable, statement_timeout_ms: int | None = None
    ) -> AbstractAsyncContextManager[tuple[Connection, TupleRow | None]]:
        """As ``reading``, with the first row that the question gives; it costs no exchange."""
        return workspace_answer(
            self.pool,
            self.principal.workspace_id,
            question,
            self._key_holds(),
            statement_timeout_ms,
        )

    def _key_holds(self) -> Condition:
        return Condition(holds(self.credentials), unknown_key)

    @asynccontextmanager
    async def long_transaction(self) -> AsyncIterator[Connection]:
        """For deletions, which take the longer the more goes with them."""
        async with self.transaction() as connection:
            await connection.execute("set local statement_timeout = 0")
            yield connection
