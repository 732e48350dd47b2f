import os
import signal
import socket
from pathlib import Path

import pytest
import redis

from libs.embedded.errors import PortBusy
from libs.embedded.ports import free_port
from libs.embedded.valkey import ValkeyServer


def test_it_answers_as_redis_does(tmp_path: Path) -> None:
    with (
        ValkeyServer(tmp_path / "v", port=free_port(), durable=False) as server,
        redis.Redis.from_url(server.url) as client,
    ):
        client.set("k", "v")
        assert client.get("k") == b"v"


@pytest.mark.parametrize("durable", [True, False])
def test_only_a_durable_one_remembers(tmp_path: Path, durable: bool) -> None:
    with (
        ValkeyServer(tmp_path / "v", port=free_port(), durable=durable) as server,
        redis.Redis.from_url(server.url) as client,
    ):
        client.set("k", "v")
    with (
        ValkeyServer(tmp_path / "v", port=free_port(), durable=durable) as server,
        redis.Redis.from_url(server.url) as client,
    ):
        assert client.get("k") == (b"v" if durable else None)


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = ValkeyServer(tmp_path / "v", port=taken.getsockname()[1])
        with pytest.raises(PortBusy, match="Valkey"):
            server.start()


def test_the_server_of_a_killed_run_is_replaced(tmp_path: Path) -> None:
    left = ValkeyServer(tmp_path / "v", port=free_port())
    left.start()
    try:
        with ValkeyServer(tmp_path / "v", port=free_port()):
            assert not left.is_running
    finally:
        left.stop()


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path / "v", port=free_port()):
        pass
    (tmp_path / "v/valkey.pid").write_text(str(os.getpid()))
    with ValkeyServer(tmp_path / "v", port=free_port()) as server:
        assert server.is_running


def test_one_killed_starts_again(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "v", port=free_port())
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    with server:
        assert server.is_running
