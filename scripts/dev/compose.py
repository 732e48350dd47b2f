"""PostgreSQL, Redis, Prometheus and Grafana by Docker Compose."""

import hashlib
import json
import os
import shutil
import subprocess
from ipaddress import ip_network

from dev.config import ROOT, Config, Mode
from dev.errors import DevError
from dev.relay import relay_metrics
from libs.embedded import require_free

_FILE = ROOT / "compose" / "compose.yaml"


class Compose:
    """The containers of compose/compose.yaml, as a project of the state folder's own.

    IBID_DEV_COMPOSE_OVERRIDE may name a second Compose file, for a site's own images.
    """

    mode = Mode.COMPOSE

    def __init__(self, config: Config) -> None:
        self._config = config
        self._up: subprocess.Popen[str] | None = None

    def launch(self) -> None:
        if not docker_answers():
            raise DevError("no Docker daemon with Compose answers: start one, or use --embedded")
        ports = self._config.ports
        if not self._docker("compose", "ps", "--quiet"):
            for name in ("postgres", "redis", "prometheus", "grafana"):
                require_free(getattr(ports, name), purpose=name.capitalize())
        self._up = subprocess.Popen(
            ["docker", "compose", "up", "--detach", "--wait", "--wait-timeout", "150"],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait(self) -> None:
        assert self._up is not None
        output, _ = self._up.communicate()
        (self._config.logs / "compose.log").write_text(output)
        if self._up.returncode != 0:
            raise DevError(f"Docker Compose cannot start: {_last_line(output)}".rstrip("."))
        ports = self._config.ports
        relay_metrics(self._host_address(), [ports.web, ports.api, ports.orchestrator])

    def _host_address(self) -> str:
        """Return what host.docker.internal is to a container on Linux."""
        answer = self._docker("network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}")
        first = json.loads(answer)[0]
        # The daemon leaves the gateway out when it is the first address of the net.
        return first.get("Gateway") or str(next(ip_network(first["Subnet"]).hosts()))

    def has_schema(self, fingerprint: str) -> bool:
        # Others may remove the volumes, and nothing here would tell.
        return False

    def keep_schema(self, fingerprint: str) -> None:
        return

    def keep_up(self) -> list[str]:
        # The daemon does that.
        return []

    def stop(self) -> None:
        if self._up is not None and self._up.poll() is None:
            self._up.terminate()
            self._up.communicate()
        self.clear(wipe=False)

    def clear(self, *, wipe: bool) -> None:
        if docker_answers():
            options = ["--volumes"] if wipe else []
            self._docker("compose", "down", "--timeout", "10", *options)
        elif wipe:
            raise DevError("the data is in Docker's volumes, and no Docker daemon answers")

    def _docker(self, *arguments: str) -> str:
        done = subprocess.run(
            ["docker", *arguments],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            command = " ".join(arguments[:2])
            raise DevError(f"docker {command} failed: {_last_line(done.stderr)}")
        return done.stdout.strip()

    def _environment(self) -> dict[str, str]:
        state, ports = self._config.state, self._config.ports
        is_default = state == ROOT / ".dev"
        suffix = "" if is_default else "-" + hashlib.sha256(str(state).encode()).hexdigest()[:8]
        override = os.environ.get("IBID_DEV_COMPOSE_OVERRIDE")
        return os.environ | {
            "COMPOSE_FILE": os.pathsep.join([str(_FILE), *([override] if override else [])]),
            "COMPOSE_PROJECT_NAME": f"ibid{suffix}",
            **{
                f"IBID_DEV_{name.upper()}_PORT": str(getattr(ports, name))
                for name in ports.__slots__
            },
        }


def docker_answers() -> bool:
    """Return whether the docker command has Compose and reaches a daemon."""
    if shutil.which("docker") is None:
        return False
    for command in (
        ["docker", "version", "--format", "{{.Server.Version}}"],
        ["docker", "compose", "version"],
    ):
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode != 0:
            return False
    return True


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
