"""The caller, and the transactions that see only what is theirs."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from libs.accounts import Principal
from libs.postgres.pool import (
    Connection,
    Pool,
    has_spare,
    workspace_reading,
    workspace_transaction,
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """The caller, and the way to the caller's rows."""

    principal: Principal
    pool: Pool

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        return workspace_transaction(self.pool, self.principal.workspace_id)

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        return workspace_reading(self.pool, self.principal.workspace_id)

    def reading_beside(self) -> AbstractAsyncContextManager[Connection] | None:
        """Another one at the same time, None while others need the connections."""
        return self.reading() if has_spare(self.pool) else None

    @asynccontextmanager
    async def long_transaction(self) -> AsyncIterator[Connection]:
        """For deletions, which take the longer the more goes with them."""
        async with self.transaction() as connection:
            await connection.execute("set local statement_timeout = 0")
            yield connection
