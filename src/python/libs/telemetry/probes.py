"""GET /healthz, /readyz and /metrics, without a framework: as an ASGI app, or from a thread."""

import json
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from libs.drain import DrainFlag
from libs.telemetry.metrics import CONTENT_TYPE, Metrics
from libs.telemetry.readiness import Readiness

PATHS = ("/healthz", "/readyz", "/metrics")

type _Message = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


class Probes:
    """Answers from what is known already; no request reaches PostgreSQL or Redis.

    ``stuck`` says why the process should be restarted, and None as long as it should not.
    """

    def __init__(
        self,
        metrics: Metrics,
        readiness: Readiness,
        drain: DrainFlag,
        stuck: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._metrics = metrics
        self._readiness = readiness
        self._drain = drain
        self._stuck = stuck

    def answer(self, path: str) -> Answer:
        """The answer to a GET of ``path``; 404 if it is none of ``PATHS``."""
        match path:
            case "/healthz":
                reason = self._stuck()
                return _state("alive", {"process": reason} if reason else {})
            case "/readyz":
                return _state("ready", self._unready())
            case "/metrics":
                self._metrics.draining.set(self._drain.is_set)
                self._metrics.ready.set(not self._unready())
                return Answer(200, CONTENT_TYPE, self._metrics.render())
            case _:
                return Answer(404, "application/json", b'{"status":"unknown"}')

    def _unready(self) -> dict[str, str]:
        draining = {"drain": "draining"} if self._drain.is_set else {}
        return draining | self._readiness.reasons()

    async def __call__(
        self,
        scope: _Message,
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        """The ASGI app."""
        answer = self.answer(scope["path"])
        headers = [(b"content-type", answer.content_type.encode())]
        headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})


@contextmanager
def serve(probes: Probes, host: str, port: int) -> Iterator[int]:
    """Answer over HTTP from threads of its own, so that a busy event loop cannot delay it.

    Yields the port, which the system chooses where ``port`` is 0. Raises OSError if it is taken.
    """
    with _listening(probes, host, port) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="probes")
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _listening(probes: Probes, host: str, port: int) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer((host, port), _handler(probes))
    except OSError as error:
        # Python leaves out which address
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None


def _handler(probes: Probes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # a client that sends nothing keeps no thread

        def do_GET(self) -> None:
            self.wfile.write(self._head().body)

        def do_HEAD(self) -> None:
            self._head()

        def _head(self) -> Answer:
            answer = probes.answer(self.path.partition("?")[0])
            self.send_response(answer.status)
            self.send_header("content-type", answer.content_type)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            return answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _state(good: str, reasons: dict[str, str]) -> Answer:
    body: dict[str, Any] = {"status": f"not {good}" if reasons else good}
    if reasons:
        body["reasons"] = reasons
    return Answer(503 if reasons else 200, "application/json", json.dumps(body).encode())
