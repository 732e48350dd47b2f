"""The services as child processes: what each is, whether it is ready, which code it is made of."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dev.config import Config
from dev.errors import DevError
from dev.launch import launched
from dev.logs import reason

SOURCES = Path(__file__).resolve().parents[2] / "src" / "python"

_IMPORT = re.compile(
    r"^\s*(?:from|import)\s+(?:libs\.(?P<lib>\w+)|ibid_(?P<wire>client|contract))", re.MULTILINE
)
_STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Service:
    """``module`` is run with ``python -m``; it answers on ``url``."""

    name: str
    module: str
    url: str
    port: int


def services(config: Config) -> tuple[Service, ...]:
    """Return the three, the one that takes longest to start first."""
    ports = config.ports
    return (
        Service("web", "web", config.web_url, ports.web),
        Service("api", "api", config.api_url, ports.api),
        Service("orchestrator", "orchestrator", config.orchestrator_url, ports.orchestrator),
    )


class Running:
    """One service's process, and the next after it."""

    def __init__(self, service: Service, environment: Mapping[str, str], log: Path) -> None:
        self.service = service
        self._environment = environment
        self._log = log
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Start it as a child that ends with the thread that calls this."""
        with self._log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                launched([sys.executable, "-P", "-m", self.service.module]),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait_until_stopped(self) -> None:
        """Return when it has ended; end it and its children by force if it takes too long."""
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        # Its session is its own, so what is left in the group is its children.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def unready_reason(self) -> str | None:
        """Return None if /readyz says yes; raise DevError if the process has ended."""
        if self.has_ended:
            raise DevError(f"{self.service.name} did not start: {self.last_words()}")
        return unready_reason(self.service.url)

    def last_words(self) -> str:
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            said = reason(log.read().decode(errors="replace"))
        return f"{said or 'it ended without a word'} (more in {self._log})"


def unready_reason(url: str) -> str | None:
    """Return why the service at ``url`` is not ready, None if it is."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):
            return None
    except urllib.error.HTTPError as error:
        with error:
            return error.read(500).decode(errors="replace").strip() or f"status {error.code}"
    except OSError as error:
        return str(error)


def wait_until_ready(
    running: list[Running], *, timeout_seconds: float, is_ready: Callable[[str], None]
) -> None:
    """Return when all are ready, after ``is_ready`` got the name of each.

    Raises DevError when one has ended or takes too long.
    """
    deadline = time.monotonic() + timeout_seconds
    waiting = list(running)
    while waiting:
        reasons = {one.service.name: one.unready_reason() for one in waiting}
        for one in waiting:
            if reasons[one.service.name] is None:
                is_ready(one.service.name)
        waiting = [one for one in waiting if reasons[one.service.name] is not None]
        if waiting and time.monotonic() > deadline:
            name = waiting[0].service.name
            raise DevError(f"{name} is not ready after {timeout_seconds:.0f} s: {reasons[name]}")
        time.sleep(0.05)


def touched_by(changed: set[Path], sources: Path = SOURCES) -> set[str]:
    """Return the names of the services whose code, or a lib that they import, has changed."""
    parts = {
        _part(path.relative_to(sources))
        for path in changed
        if path.is_relative_to(sources) and _counts(path)
    }
    names = ("api", "orchestrator", "web")
    return {name for name in names if parts & _reach(name, sources)}


def _counts(path: Path) -> bool:
    is_test = path.name.endswith("_test.py") or path.name == "conftest.py"
    return path.suffix in {".py", ".sql", ".css", ".js", ".html", ".toml"} and not is_test


def _part(path: Path) -> str:
    """Return the package of a path: ``api``, or ``libs/corpus``."""
    return "/".join(path.parts[:2] if path.parts[0] == "libs" else path.parts[:1])


def _reach(part: str, sources: Path) -> set[str]:
    """Return the package and all that it imports, directly or through others."""
    reached: set[str] = set()
    ahead = [part]
    while ahead:
        part = ahead.pop()
        if part in reached:
            continue
        reached.add(part)
        for path in (sources / part).rglob("*.py"):
            if _counts(path):
                ahead += [
                    f"libs/{match['lib'] or match['wire']}"
                    for match in _IMPORT.finditer(path.read_text(errors="replace"))
                ]
    return reached
