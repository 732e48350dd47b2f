"""PostgreSQL with pgvector and a Redis-compatible server out of Python packages.

For development and tests on a machine that has neither. A server is a child of the process that
starts it, listens on 127.0.0.1 only, keeps everything in one folder, and dies with its parent.
Started by root it runs as an unprivileged user; no mode or owner outside its folder changes.
"""

from libs.embedded.errors import DiskFull, EmbeddedError, PortBusy, StartFailed
from libs.embedded.ports import free_port, require_free
from libs.embedded.postgres import PostgresServer, PostgresVersion
from libs.embedded.valkey import ValkeyServer

__all__ = [
    "DiskFull",
    "EmbeddedError",
    "PortBusy",
    "PostgresServer",
    "PostgresVersion",
    "StartFailed",
    "ValkeyServer",
    "free_port",
    "require_free",
]
