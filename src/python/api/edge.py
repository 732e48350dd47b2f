"""Around every request: one span, one line in the log, the metrics, and the drain.

Outside of Litestar, whose own middleware never sees the requests that match no route.
"""

import re
import time
from collections.abc import Callable
from functools import lru_cache
from http import HTTPMethod

import structlog
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.routes import HTTPRoute
from litestar.types import (
    HTTPDisconnectEvent,
    HTTPReceiveMessage,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
    WebSocketReceiveMessage,
)
from opentelemetry.trace import Span, SpanKind

from api.parts import Parts
from api.problems import allowed_methods
from libs.accounts import Principal
from libs.drain import DrainFlag
from libs.telemetry import ApiMetrics, span

_UNMATCHED = "unmatched"
_CONVERTER = re.compile(r":\w+(?=\})")
_METHODS = frozenset(method.value for method in HTTPMethod)
_QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})

type Headers = list[tuple[bytes, bytes]]

log = structlog.get_logger(__name__)


class Edge:
    """The ASGI app that is served."""

    def __init__(self, app: Litestar) -> None:
        self.litestar = app
        self._allowed = {
            without_converters(route.path): allowed_methods(route.methods).encode()
            for route in app.routes
            if isinstance(route, HTTPRoute)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.litestar(scope, receive, send)
            return
        parts: Parts = self.litestar.state.parts
        started = time.perf_counter()
        with span("HTTP", parent=_traceparent(scope), kind=SpanKind.SERVER) as current:
            method = _method(scope)
            if method == HTTPMethod.HEAD:
                scope, receive, send = _asked_as_get(scope, receive, send)
            answer = _Answer(send, self._changes(scope, parts.drain))
            try:
                await self.litestar(scope, receive, answer)
            finally:
                seconds = time.perf_counter() - started
                _record(scope, method, answer.status, seconds, parts.metrics, current)

    def _changes(self, scope: HTTPScope, drain: DrainFlag) -> Callable[[], Headers]:
        """Headers that replace the answer's, known when it starts."""

        def changes() -> Headers:
            headers: Headers = []
            if drain.is_set:
                headers.append((b"connection", b"close"))
            # Litestar forgets all but the last of a path's methods
            if scope["method"] == "OPTIONS" and (allowed := self._allowed.get(route_of(scope))):
                headers.append((b"allow", allowed))
            return headers

        return changes


def _asked_as_get(
    scope: HTTPScope, receive: Receive, send: Send
) -> tuple[HTTPScope, Receive, Send]:
    """RFC 9110, 9.3.2: HEAD is GET without the body. A stream ends when its headers are known."""
    is_answered = False

    async def receive_or_end() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        return HTTPDisconnectEvent(type="http.disconnect") if is_answered else await receive()

    async def send_head(message: Message) -> None:
        nonlocal is_answered
        if message["type"] == "http.response.start":
            is_answered = True
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return {**scope, "method": "GET"}, receive_or_end, send_head


class _Answer:
    """Passes the answer on, with headers changed, and remembers its status."""

    def __init__(self, send: Send, changes: Callable[[], Headers]) -> None:
        self._send = send
        self._changes = changes
        self.status = 499  # unless an answer starts, the client went away

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if changed := self._changes():
                names = {name for name, _ in changed}
                kept = [header for header in message["headers"] if header[0] not in names]
                message["headers"] = [*kept, *changed]
        await self._send(message)


def _record(
    scope: HTTPScope, method: str, status: int, seconds: float, metrics: ApiMetrics, current: Span
) -> None:
    route = route_of(scope)
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
    return without_converters(template) if template else _UNMATCHED


@lru_cache(maxsize=1024)
def without_converters(template: str) -> str:
    return _CONVERTER.sub("", template)


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
