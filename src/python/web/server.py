"""The server process and its one worker.

granian forks the worker. All that is heavy is imported and built there, so this process is small.
"""

import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from libs.pacing import paced
from libs.settings import WebSettings
from libs.telemetry import configure_logging, log_config

_HEADER_MILLISECONDS = 60_000
"""Longer than the idle time-out of a proxy in front should be, so that the proxy closes first."""


def serve(settings: WebSettings) -> None:
    """Serve until SIGTERM or SIGINT. Downloads and uploads may finish; browsers connect anew."""
    configure_logging("web", settings.log_level.value)
    try:
        _claim(settings.web_host, settings.web_port)
    except OSError as error:
        where = f"{settings.web_host}:{settings.web_port}"
        reason = error.strerror or str(error)
        print(f"ibid: cannot listen on {where}: {reason}", file=sys.stderr)
        sys.exit(1)
    server = Granian(
        "web",
        address=settings.web_host,
        port=settings.web_port,
        interface=Interfaces.ASGI,
        # one worker: a session lives in the process that made it; replicas scale
        workers=1,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        log_dictconfig=log_config("web", settings.log_level.value),
        workers_kill_timeout=max(1, round(settings.shutdown_seconds)),
    )
    server.serve(target_loader=partial(_load, settings), wrap_loader=False)


def _claim(host: str, port: int) -> None:
    """Raises OSError where somebody listens already: granian would share the port with them."""
    [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _load(settings: WebSettings) -> Callable[..., Any]:
    """Runs in the worker."""
    with paced(settings.startup_percent):
        from web.app import create_app

        return create_app(settings)
