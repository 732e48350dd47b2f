"""What goes wrong, as RFC 9457 ``application/problem+json``. HTTP knows the domain, never back."""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
import psycopg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from ibid_contract import Problem
from libs.errors import BadQuery, Conflict, Denied, DomainError, NotFound, Rejected, Unavailable
from libs.extraction.errors import UnsupportedMediaType
from libs.telemetry import current_ids

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2

log = structlog.get_logger(__name__)


class BadRequest(Rejected):
    """The request is malformed."""

    code: ClassVar[str] = "bad-request"


class TooLarge(Rejected):
    """The body is too large."""

    code: ClassVar[str] = "too-large"


class WrongContentType(UnsupportedMediaType):
    """The request's content type is not the one that this route takes."""


STATUS: Mapping[type[DomainError], int] = MappingProxyType(
    {
        DomainError: 500,
        NotFound: 404,
        Conflict: 409,
        Rejected: 422,
        BadRequest: 400,
        BadQuery: 400,
        TooLarge: 413,
        UnsupportedMediaType: 415,
        Denied: 401,
        Unavailable: 503,
    }
)

_CODES: Mapping[int, str] = MappingProxyType(
    {STATUS[kind]: kind.code for kind in STATUS}
    | {405: "method-not-allowed", 500: "internal-error"}
)

_HEADERS: Mapping[int, Mapping[str, str]] = MappingProxyType(
    {
        401: {"WWW-Authenticate": 'Bearer realm="ibid"'},
        413: {"Connection": "close"},
        503: {"Retry-After": str(RETRY_SECONDS)},
    }
)


def status_of(kind: type[DomainError]) -> int:
    """Return the status of the class or of the nearest one that it derives from."""
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


def respond(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    problem = Problem(
        type=f"/problems/{code}",
        title=code.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        trace_id=current_ids().get("trace_id"),
    )
    return Response(
        msgspec.json.encode(problem),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={**_HEADERS.get(status, {}), **(headers or {})},
    )


def _domain_error(_: Request[Any, Any, Any], error: DomainError) -> Response[bytes]:
    return respond(status_of(type(error)), error.code, error.message)


def allowed_methods(methods: Collection[str]) -> str:
    """The value of Allow: where GET is, HEAD is too."""
    return ", ".join(sorted({*methods, "HEAD"} if "GET" in methods else methods))


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(request, error)
    code = _CODES.get(error.status_code, "bad-request")
    allowed = {
        name: allowed_methods(value.split(", "))
        for name, value in (error.headers or {}).items()
        if name == "allow"
    }
    return respond(error.status_code, code, _explain(request, error), allowed)


def _database_away(_: Request[Any, Any, Any], error: psycopg.Error) -> Response[bytes]:
    log.warning("api.database_away", error=type(error).__name__)
    return respond(503, Unavailable.code, "The database does not answer; try again in a moment.")


def _refused_by_database(_: Request[Any, Any, Any], error: psycopg.DataError) -> Response[bytes]:
    log.warning("api.refused_by_database", error=type(error).__name__)
    return respond(400, BadRequest.code, "The database cannot hold one of the values.")


def _unexpected(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("api.unexpected_error", error=type(error).__name__, exc_info=error)
    detail = "Ibid made a mistake. The log has it under this trace id."
    return respond(500, _CODES[500], detail)


def _explain(request: Request[Any, Any, Any], error: HTTPException) -> str:
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        return "; ".join(_explain_field(request, field) for field in error.extra) or error.detail
    fallback = error.detail or HTTPStatus(error.status_code).phrase
    return _EXPLANATIONS.get(error.status_code, fallback)


def _explain_field(request: Request[Any, Any, Any], problem: Mapping[str, object]) -> str:
    key, message = str(problem.get("key", "")), problem.get("message", "is wrong")
    if key == "data":
        return "The body is empty; send JSON."
    parameter = request.route_handler.parsed_fn_signature.parameters.get(key)
    # what the caller calls it, where the route's own name is another
    name = getattr(parameter.kwarg_definition, "name", None) if parameter else None
    return f"{name or key}: {message}" if key else str(message)


_EXPLANATIONS = {
    404: "There is nothing at this address.",
    405: "This address does not take that method; “Allow” lists those it takes.",
    413: "The body is larger than this route takes.",
}


HANDLERS: ExceptionHandlersMap = {
    DomainError: _domain_error,
    HTTPException: _http_error,
    psycopg.OperationalError: _database_away,
    psycopg.InterfaceError: _database_away,
    # a standby, just before another server takes over
    psycopg.errors.ReadOnlySqlTransaction: _database_away,
    psycopg.DataError: _refused_by_database,
    Exception: _unexpected,
}
