"""The services' metrics where the containers' Prometheus can reach them.

The services listen on 127.0.0.1 of this machine, which to a container on Linux is another place.
So this answers on the address that ``host.docker.internal`` is there, to GET of metrics only.
"""

import threading
import urllib.request
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override

_PATHS = ("/metrics", "/_stcore/metrics")
"""The services' own, and Streamlit's."""


class _Relay(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: str, port: int) -> None:
        super().__init__((address, port), _Handler)
        self.source = f"http://127.0.0.1:{port}"


class _Handler(BaseHTTPRequestHandler):
    server: _Relay

    def do_GET(self) -> None:
        if self.path not in _PATHS:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            with urllib.request.urlopen(self.server.source + self.path, timeout=5) as answer:
                body = answer.read()
                kind = answer.headers["Content-Type"]
        except OSError:
            self.send_error(HTTPStatus.BAD_GATEWAY)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the service logs the request."""


def relay_metrics(address: str, ports: Sequence[int]) -> None:
    """Answer on ``address`` for as long as this process lives, if it is one of this machine's.

    Docker Desktop's is not: there the containers reach 127.0.0.1 without help.
    """
    for port in ports:
        try:
            relay = _Relay(address, port)
        except OSError:
            continue
        threading.Thread(target=relay.serve_forever, daemon=True).start()
