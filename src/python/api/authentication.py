"""Who is asking: an API key, in every request under ``/v1``."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from api.parts import Parts
from api.tenancy import Tenant
from libs.accounts import Principal, authenticate, parse_token
from libs.errors import Denied
from libs.postgres.pool import single_statement

_SCHEME = "bearer "
_CREDENTIALS = "ibid.credentials"


async def require_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let a request in whose ``Authorization: Bearer`` is a key's token. Raises Denied."""
    header = connection.headers.get("authorization", "")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise Denied("Send “Authorization: Bearer” and an API key.")
    credentials = parse_token(header[len(_SCHEME) :].strip())
    parts: Parts = connection.app.state.parts
    principal = parts.known_keys.get(credentials)
    if principal is None:
        async with single_statement(parts.pool) as database:
            principal = await authenticate(database, credentials)
        parts.known_keys.add(credentials, principal)
    connection.scope["user"] = principal
    connection.scope["state"][_CREDENTIALS] = credentials


# needs Parts, not State: Litestar starts a task group for dependencies that need not each other
async def provide_tenant(
    request: Request[Principal, Any, State], parts: NamedDependency[Parts]
) -> Tenant:
    return Tenant(request.user, request.scope["state"][_CREDENTIALS], parts.pool)
