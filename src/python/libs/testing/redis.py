"""A Redis-compatible server of the test process's own, empty at the start of each test."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import pytest
import redis

from libs.embedded import ValkeyServer, free_port


@pytest.fixture
def redis_url() -> str:
    """The address of the one server of this process; what the test before left in it is gone."""
    url = _server().url
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@functools.cache
def _server() -> ValkeyServer:
    home = Path(tempfile.mkdtemp(prefix="ibid-valkey-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    server = ValkeyServer(home, port=free_port(), durable=False)
    server.start()
    atexit.register(server.stop)
    return server
