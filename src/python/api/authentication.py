"""Who is asking: an API key, in every request under ``/v1``."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler

from api.parts import Parts
from api.tenancy import Tenant
from libs.accounts import Principal, authenticate, parse_token
from libs.errors import Denied
from libs.postgres.pool import single_statement

_SCHEME = "bearer "


async def require_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let a request in whose ``Authorization: Bearer`` is a key's token. Raises Denied."""
    header = connection.headers.get("authorization", "")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise Denied("Send “Authorization: Bearer” and an API key.")
    token = header[len(_SCHEME) :].strip()
    parse_token(token)
    parts: Parts = connection.app.state.parts
    async with single_statement(parts.pool) as database:
        connection.scope["user"] = await authenticate(database, token)


async def provide_tenant(request: Request[Principal, Any, State], state: State) -> Tenant:
    return Tenant(request.user, state.parts.pool)
