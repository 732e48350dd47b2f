"""An Ibid of the benchmark's own, started as a developer would start it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from dev.config import APP, APP_PASSWORD, MARK, Config, read
from ibid_client import Client
from libs.embedded import free_port

_ROOT = Path(__file__).resolve().parents[2]
_PORTS = ("API", "WEB", "ORCHESTRATOR", "POSTGRES", "REDIS")
SERVICES = ("api", "web", "orchestrator")


@dataclass(frozen=True)
class System:
    """A running installation with an empty workspace."""

    config: Config
    environ: Mapping[str, str]

    def restart(self) -> None:
        """Stop everything and start it again, with the same data."""
        _run("dev-down.sh", environ=self.environ)
        _run("dev-up.sh", "--detach", "--embedded", environ=self.environ)

    @property
    def database_url(self) -> str:
        return self.config.database_url(APP, APP_PASSWORD)

    @property
    def api_key(self) -> str:
        return self.config.api_key.read_text().strip()

    def client(self) -> Client:
        return Client(self.config.api_url, self.api_key)

    def processes(self) -> dict[str, list[psutil.Process]]:
        """The processes of each service, children included, and of the two servers."""
        found: dict[str, list[psutil.Process]] = {}
        for process in psutil.process_iter():
            name = self._part(process)
            if name is not None:
                found.setdefault(name, []).append(process)
        return found

    def _part(self, process: psutil.Process) -> str | None:
        try:
            if process.environ().get(MARK) != str(self.config.state):
                return None
            words = process.cmdline()
        except psutil.Error:
            return None
        for service in SERVICES:
            if service in words[1:5]:
                return service
        line = " ".join(words[:2])
        return next((name for name in ("postgres", "valkey", "redis") if name in line), None)


@contextmanager
def started() -> Iterator[System]:
    """Start everything below a temporary folder, and stop and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="ibid-benchmark-") as folder:
        ports = {f"IBID_DEV_{name}_PORT": str(free_port()) for name in _PORTS}
        environ = os.environ | ports | {"IBID_DEV_DIR": folder, "IBID_DEV_PYTHON": sys.executable}
        _run("dev-up.sh", "--detach", "--embedded", environ=environ)
        try:
            yield System(read(environ), environ)
        finally:
            _run("dev-down.sh", "--wipe", environ=environ)


def _run(script: str, *arguments: str, environ: Mapping[str, str]) -> None:
    command = [str(_ROOT / "scripts" / script), *arguments]
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)
