"""An installation in a folder and on ports of its own, and the commands that its owner has."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from libs.embedded import free_port

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
MAX_UPLOAD_BYTES = 16 << 20

_SOURCES = ("src/python", "src/python/libs/client", "src/python/libs/contract")
_PORTS = ("API", "WEB", "ORCHESTRATOR", "POSTGRES", "REDIS", "PROMETHEUS", "GRAFANA")
_SETTINGS = {
    "IBID_LEASE_SECONDS": "6",
    "IBID_MAX_UPLOAD_BYTES": str(MAX_UPLOAD_BYTES),
    # tests kill the worker more often than a real document would
    "IBID_MAX_CRASHES": "9",
}


class Installation:
    """Started by ``up`` and ended by ``down``, each as often as one likes.

    The services run on the interpreter that IBID_DEV_PYTHON names, else on this one.
    """

    def __init__(self, state: Path, ports: Mapping[str, int] | None = None) -> None:
        self.state = state
        self.ports = ports or {name: free_port() for name in _PORTS}
        inherited = {name: value for name, value in os.environ.items() if name[:5] != "IBID_"}
        self._python = os.environ.get("IBID_DEV_PYTHON", sys.executable)
        self._environment = {
            **inherited,
            **_SETTINGS,
            **{f"IBID_DEV_{name}_PORT": str(port) for name, port in self.ports.items()},
            "IBID_DEV_DIR": str(state),
            "IBID_DEV_PYTHON": self._python,
        }

    @property
    def api_url(self) -> str:
        return self.url("api")

    @property
    def web_url(self) -> str:
        return self.url("web")

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service.upper()]}"

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.ports['REDIS']}/0"

    @property
    def database_url(self) -> str:
        """PostgreSQL, as the owner."""
        return f"postgresql://ibid:ibid@127.0.0.1:{self.ports['POSTGRES']}/ibid"

    @cached_property
    def key(self) -> str:
        """The owner's API key."""
        return (self.state / "api-key").read_text().strip()

    def up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._script("dev-up.sh", "--detach", "--embedded", *arguments)

    def down(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._script("dev-down.sh", *arguments)

    def ibid(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the CLI with the owner's key; ``environ`` changes what it is told."""
        ours = {
            "IBID_API_KEY": self.key,
            "IBID_API_URL": self.api_url,
            "IBID_MIGRATION_DATABASE_URL": self.database_url,
            "IBID_WEB_URL": self.web_url,
            "PYTHONPATH": os.pathsep.join(str(ROOT / source) for source in _SOURCES),
        }
        return _run(
            [self._python, "-P", "-m", "cli", *arguments], self._environment | ours | environ
        )

    def facts(self) -> dict[str, Any]:
        """The processes as the supervisor has them now, by service."""
        facts: dict[str, Any] = json.loads((self.state / "run/services.json").read_text())
        return facts

    def pid(self, service: str) -> int:
        number: int = self.facts()[service]["pid"]
        return number

    @contextmanager
    def paused(self, service: str) -> Iterator[None]:
        """Hold a service's process still for a while."""
        with _paused(self.pid(service)):
            yield

    @contextmanager
    def unattended(self) -> Iterator[None]:
        """Let nobody start again what ends, for a while."""
        with _paused(self.facts()["supervisor"]):
            yield

    def end(self, name: str, number: signal.Signals) -> None:
        """Signal the server of that name, and return when it has ended."""
        [server, *_] = sorted(
            (one for one in self.processes() if one.name() == name), key=psutil.Process.create_time
        )
        server.send_signal(number)
        deadline = time.monotonic() + 30
        # unless the supervisor looks, an ended one stays behind as a zombie
        while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline, f"{name} does not end"
            time.sleep(0.02)

    def processes(self) -> list[psutil.Process]:
        """All processes that belong to this installation."""
        found = []
        for process in psutil.process_iter():
            try:
                traces = [
                    *process.cmdline(),
                    process.cwd(),
                    process.environ().get("IBID_DEV_STATE"),
                ]
            except psutil.Error:
                continue
            if process.pid != os.getpid() and any(str(self.state) in (t or "") for t in traces):
                found.append(process)
        return found

    def logs(self) -> str:
        """The last lines of every log, for the report of a test that failed."""
        return "\n".join(
            f"== {log.name}\n{log.read_text(errors='replace')[-3000:]}"
            for log in sorted((self.state / "logs").glob("*.log"))
        )

    def _script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _run([str(ROOT / "scripts" / name), *arguments], self._environment)


@contextmanager
def _paused(pid: int) -> Iterator[None]:
    process = psutil.Process(pid)
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def _run(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
    )
