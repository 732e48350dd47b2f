"""Where everything is on a developer's machine: folders, ports, and the passwords of localhost."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dev.errors import DevError

ROOT = Path(__file__).resolve().parents[2]

OWNER = "ibid"
APP = "ibid_api"
DATABASE = "ibid"
# Not secrets: the servers listen on 127.0.0.1 only. compose/compose.yaml has the owner's, too.
OWNER_PASSWORD = "ibid"
APP_PASSWORD = "ibid_api"

# Marks every process that a supervisor has started with the state folder that it belongs to.
MARK = "IBID_DEV_STATE"


class Mode(StrEnum):
    """Where PostgreSQL and Redis come from."""

    EMBEDDED = "embedded"
    COMPOSE = "compose"


@dataclass(frozen=True, slots=True)
class Ports:
    api: int
    web: int
    orchestrator: int
    postgres: int
    redis: int
    prometheus: int
    grafana: int


_DEFAULT = Ports(
    api=3001, web=3000, orchestrator=3002, postgres=5433, redis=6379, prometheus=9090, grafana=3003
)


@dataclass(frozen=True, slots=True)
class Config:
    """``state`` is the folder that holds everything; the code is always this repository's."""

    state: Path
    ports: Ports

    @property
    def run(self) -> Path:
        return self.state / "run"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def data(self) -> Path:
        return self.state / "data"

    @property
    def api_key(self) -> Path:
        return self.state / "api-key"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.api}"

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.web}"

    @property
    def orchestrator_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.orchestrator}"

    def database_url(self, user: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.ports.postgres}/{database}"

    def environment(self) -> dict[str, str]:
        """Return the environment of the services and of the CLI, which the caller's own adds to."""
        ours = {
            "IBID_API_PORT": str(self.ports.api),
            "IBID_API_URL": self.api_url,
            "IBID_DATABASE_URL": self.database_url(APP, APP_PASSWORD),
            "IBID_MIGRATION_DATABASE_URL": self.database_url(OWNER, OWNER_PASSWORD),
            "IBID_ORCHESTRATOR_PORT": str(self.ports.orchestrator),
            "IBID_REDIS_URL": f"redis://127.0.0.1:{self.ports.redis}/0",
            "IBID_WEB_PORT": str(self.ports.web),
            "IBID_WEB_URL": self.web_url,
            MARK: str(self.state),
            "PYTHONUNBUFFERED": "1",
        }
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name.removesuffix("_FILE") not in ours
        }
        # A restart after a change of code should not wait for long.
        return {"IBID_SHUTDOWN_SECONDS": "5"} | inherited | ours


def read(environ: Mapping[str, str]) -> Config:
    """Return the configuration that IBID_DEV_DIR and the IBID_DEV_…_PORT variables ask for."""
    state = Path(environ.get("IBID_DEV_DIR") or ROOT / ".dev").absolute()
    ports = Ports(
        **{name: _port(environ, name, getattr(_DEFAULT, name)) for name in Ports.__slots__}
    )
    return Config(state, ports)


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    variable = f"IBID_DEV_{name.upper()}_PORT"
    text = environ.get(variable) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise DevError(f"{variable} is {text!r}, not a port from 1 to 65535")
    return int(text)
