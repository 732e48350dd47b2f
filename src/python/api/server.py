"""The server process and its one worker.

granian forks the worker. All that is heavy is imported and built there, so this process is small.
"""

import gc
import multiprocessing
import socket
import sys
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from libs.pacing import paced
from libs.settings import ApiSettings
from libs.telemetry import configure_logging, log_config

_HEADER_MILLISECONDS = 60_000
"""Longer than the idle time-out of a proxy in front should be, so that the proxy closes first."""

_ALLOCATIONS_A_COLLECTION = 20_000
"""A search makes some thousands; nearly all that it leaves goes without the collector."""


class _Server(MPServer):
    """Tells the worker that it stops before it stops it, so that endless answers end."""

    stopping: Event

    def signal_handler_interrupt(self, *arguments: Any, **keywords: Any) -> None:
        self.stopping.set()
        super().signal_handler_interrupt(*arguments, **keywords)  # type: ignore[no-untyped-call]


def serve(settings: ApiSettings) -> None:
    """Serve until SIGTERM or SIGINT; running requests may finish."""
    configure_logging("api", settings.log_level.value)
    server = _Server(
        "api",
        address=settings.api_host,
        port=settings.api_port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        # one worker: replicas scale, and the drain flag, probes and metrics are one process's
        workers=1,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        websockets=False,
        log_dictconfig=log_config("api", settings.log_level.value),
        workers_kill_timeout=max(1, round(settings.shutdown_seconds)),
    )
    server.stopping = multiprocessing.Event()
    _make("IBID_UPLOAD_FOLDER", settings.upload_folder)
    _make("IBID_MODEL_CACHE", settings.model_cache)
    try:
        _claim(settings.api_host, settings.api_port)
        server.serve(target_loader=partial(_load, settings, server.stopping), wrap_loader=False)
    except OSError as error:
        address = f"{settings.api_host}:{settings.api_port}"
        sys.exit(f"ibid: cannot listen on {address}: {error.strerror or error}")


def _make(variable: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"ibid: {variable}: cannot make the folder: {error.strerror}")


def _claim(host: str, port: int) -> None:
    """Raises OSError where somebody listens already: granian would share the port with them."""
    [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _load(settings: ApiSettings, stopping: Event) -> Callable[..., Any]:
    """Runs in the worker."""
    with paced(settings.startup_percent):
        from api.app import create_app
        from api.assembly import open_parts
        from libs.embedding import BadEndpoint, BadModelFolder, Registry, UnknownModel

        try:
            Registry.of(settings).find(settings.embedding_model)
        except BadEndpoint as error:
            sys.exit(f"ibid: IBID_EMBEDDING_URL: {error}")
        except BadModelFolder as error:
            sys.exit(f"ibid: IBID_MODEL_FOLDER: {error}")
        except UnknownModel as error:
            sys.exit(f"ibid: IBID_EMBEDDING_MODEL: {error}")
        app = create_app(lambda: open_parts(settings, stopping))
    _spare_the_collector()
    return app


def _spare_the_collector() -> None:
    """What is loaded by now stays: looking through it again took a tenth of a search's CPU time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_A_COLLECTION, 20, 20)
