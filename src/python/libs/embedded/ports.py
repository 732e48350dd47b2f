"""Ports of 127.0.0.1: whether one is free, and who holds it."""

import contextlib
import socket

import psutil

from libs.embedded.errors import PortBusy


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int, *, purpose: str) -> None:
    """Raise PortBusy, naming the holder where the system tells, if ``port`` is taken."""
    with socket.socket() as probe:
        # Connections of a server that has just ended linger; they take no port from us.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortBusy(port, _holder(port), purpose=purpose) from None


def _holder(port: int) -> str | None:
    # Without rights over the holder its pid is None, and some systems refuse the whole list.
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            if listens and connection.pid is not None:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return None
