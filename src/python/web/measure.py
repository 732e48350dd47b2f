"""Metrics and spans of the requests to the dashboard."""

import time
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.telemetry import HttpMetrics, current_traceparent, span

_ROUTES = ("/sign-in", "/sign-out", "/upload", "/download", "/page", "/completions")
_SILENT = ("/healthz", "/readyz", "/metrics")


class Measured:
    """Counts and times each request by its route. Probes are not worth it."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _SILENT:
            await self._app(scope, receive, send)
            return
        route = route_of(scope["path"])
        status = 500
        started = time.perf_counter()

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with span(f"{scope['method']} {route}"):
                await self._app(scope, receive, send_and_look)
        finally:
            self._metrics.requests.labels(route, scope["method"], str(status)).inc()
            seconds = time.perf_counter() - started
            self._metrics.request_seconds.labels(route).observe(seconds)


def route_of(path: str) -> str:
    """Return the route of a path, one of a few: never a name or an id."""
    if path.startswith(("/_stcore/", "/static/", "/media/")):
        return "streamlit"
    first = "/" + path.lstrip("/").split("/", 1)[0]
    return first if first in _ROUTES else "page"


def traced_headers() -> Mapping[str, str]:
    """The headers that make a call of the API part of the current trace."""
    traceparent = current_traceparent()
    return {"traceparent": traceparent} if traceparent else {}
