"""Ports of 127.0.0.1: whether one is free, and who holds it."""

import secrets
import socket
from contextlib import suppress

import psutil

from libs.embedded.errors import EmbeddedError, PortBusy

# Below what Linux (32768 on) and macOS (49152 on) hand out, above what is well known.
_OURS = range(20_000, 32_000)


def free_port() -> int:
    """Return a port that nobody listens on, and that the system gives to nobody by itself.

    A port that the system hands out may, until its server listens, become the near end of any
    connection that another process opens. Two callers at once get the same one only by chance.
    """
    for _ in range(1000):
        port = secrets.choice(_OURS)
        with suppress(PortBusy):
            require_free(port, purpose="a server")
            return port
    raise EmbeddedError("no port is free")


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
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            if listens and connection.pid is not None:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return None
