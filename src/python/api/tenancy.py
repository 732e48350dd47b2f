"""Who is asking, and the transactions that see only what is theirs."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler

from api.parts import Parts
from libs.accounts import Principal, authenticate, parse_token
from libs.errors import Denied
from libs.postgres.pool import Connection, Pool, workspace_transaction

_SCHEME = "bearer "


@dataclass(frozen=True, slots=True)
class Tenant:
    """The caller, and the way to the caller's rows."""

    principal: Principal
    pool: Pool

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        return workspace_transaction(self.pool, self.principal.workspace_id)

    @asynccontextmanager
    async def long_transaction(self) -> AsyncIterator[Connection]:
        """For deletions, which take the longer the more goes with them."""
        async with self.transaction() as connection:
            await connection.execute("set local statement_timeout = 0")
            yield connection


async def require_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let a request in whose ``Authorization: Bearer`` is a key's token. Raises Denied."""
    header = connection.headers.get("authorization", "")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise Denied("Send “Authorization: Bearer” and an API key.")
    token = header[len(_SCHEME) :].strip()
    parse_token(token)
    parts: Parts = connection.app.state.parts
    async with parts.pool.connection() as database:
        connection.scope["user"] = await authenticate(database, token)


async def provide_tenant(request: Request[Principal, Any, State], state: State) -> Tenant:
    return Tenant(request.user, state.parts.pool)
