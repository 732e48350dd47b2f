"""Around every request: one span, one line in the log, the metrics, and the drain.

Outside of Litestar, whose own middleware never sees the requests that match no route.
"""

import re
import time
from http import HTTPMethod

import structlog
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Message, Receive, Scope, Send
from opentelemetry.trace import Span, SpanKind

from api.parts import Parts
from libs.accounts import Principal
from libs.telemetry import ApiMetrics, DrainFlag, span

_UNMATCHED = "unmatched"
_CONVERTER = re.compile(r":\w+(?=\})")
_METHODS = frozenset(method.value for method in HTTPMethod)
_QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})

log = structlog.get_logger(__name__)


class Edge:
    """The ASGI app that is served."""

    def __init__(self, app: Litestar) -> None:
        self.litestar = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.litestar(scope, receive, send)
            return
        parts: Parts = self.litestar.state.parts
        started = time.perf_counter()
        with span("HTTP", parent=_traceparent(scope), kind=SpanKind.SERVER) as current:
            answer = _Answer(send, parts.drain)
            try:
                await self.litestar(scope, receive, answer)
            finally:
                seconds = time.perf_counter() - started
                _record(scope, answer.status, seconds, parts.metrics, current)


class _Answer:
    """Passes the answer on; while draining it asks the client to come back by a new connection."""

    def __init__(self, send: Send, drain: DrainFlag) -> None:
        self._send = send
        self._drain = drain
        self.status = 499  # unless an answer starts, the client went away

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self._drain.is_set:
                message["headers"] = [*message["headers"], (b"connection", b"close")]
        await self._send(message)


def _record(
    scope: HTTPScope, status: int, seconds: float, metrics: ApiMetrics, current: Span
) -> None:
    route, method = route_of(scope), _method(scope)
    metrics.requests.labels(route, method, str(status)).inc()
    metrics.request_seconds.labels(route).observe(seconds)
    current.update_name(f"{method} {route}")
    current.set_attributes(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "url.scheme": scope["scheme"],
        }
    )
    if route not in _QUIET_ROUTES:
        log.info(
            "http.request",
            route=route,
            method=method,
            status=status,
            milliseconds=round(seconds * 1000, 2),
            **_caller(scope),
        )


def route_of(scope: HTTPScope) -> str:
    """The template of the route, without converters: never the path, which callers make up."""
    template = scope.get("path_template") if "route_handler" in scope else None
    return _CONVERTER.sub("", template) if template else _UNMATCHED


def _method(scope: HTTPScope) -> str:
    method = str(scope["method"])
    return method if method in _METHODS else "OTHER"


def _traceparent(scope: HTTPScope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return value.decode("latin-1")
    return None


def _caller(scope: HTTPScope) -> dict[str, str]:
    principal = scope.get("user")
    if not isinstance(principal, Principal):
        return {}
    return {
        "workspace_id": str(principal.workspace_id),
        "api_key_id": str(principal.key_id),
    }
