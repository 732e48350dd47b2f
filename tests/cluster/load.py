"""Steady load from a pod, and what it met in each phase."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import kube
from cluster.figures import Phase
from cluster.installation import TAG, Installation, labels, pod

RATE = float(os.environ.get("IBID_CLUSTER_RATE", "15"))
STRAIN = max(RATE, 30.0)
"""Requests a second that a node feels: for what happens only where it has work to do."""

_POD = Path(__file__).with_name("pod")
_PATIENCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Audit:
    accepted: int
    done: int
    lost: list[str]
    repeated: list[str]

    def __str__(self) -> str:
        return (
            f"{self.accepted} documents accepted, {self.done} jobs done, "
            f"{len(self.lost)} lost, {len(self.repeated)} repeated"
        )


class Load:
    """Its lines arrive one a second; a phase is those that came while it lasted.

    ``documents`` are there before it begins.
    """

    def __init__(
        self, installation: Installation, name: str, rate: float = RATE, documents: int = 0
    ) -> None:
        self._installation = installation
        self._name = name
        self._rate = rate
        self._documents = documents
        self._lines: list[dict[str, Any]] = []
        self._follower: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.phases: list[Phase] = []
        self.audited: Audit | None = None

    def start(self) -> None:
        kube.apply(self._installation.namespace, scripts(self._name), self._pod())
        self._installation.kubectl(
            "wait", "--for=condition=Ready", f"pod/{self._name}", f"--timeout={_PATIENCE_SECONDS}s"
        )
        command = ["kubectl", "--namespace", self._installation.namespace]
        self._follower = subprocess.Popen(
            [*command, "logs", "--follow", self._name], stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()
        self.wait(10)

    def stop(self) -> None:
        self._installation.kubectl("delete", "pod", self._name, "--ignore-not-found")
        if self._follower is not None:
            self._follower.kill()
            self._follower.wait()
        if self._reader is not None:
            self._reader.join()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = len(self._lines)
        yield
        self.wait(3)
        done = Phase(name, self._lines[began:])
        self.phases.append(done)
        print(f"{name}: {done.requests} requests, {len(done.failures)} failed", flush=True)

    def wait(self, seconds: int) -> None:
        """Return when the load has run for so many more seconds."""
        wanted = len(self._lines) + seconds
        deadline = time.monotonic() + _PATIENCE_SECONDS + 2 * seconds
        while len(self._lines) < wanted:
            assert time.monotonic() < deadline, self._installation.kubectl(
                "logs", self._name, "--tail=30"
            )
            time.sleep(0.2)

    def audit(self) -> Audit:
        """Look for every document that was accepted, when all jobs have ended."""
        said = self._installation.execute(self._name, "/app/bin/python", "-m", "cluster.pod.audit")
        self.audited = Audit(**json.loads(said.splitlines()[-1]))
        return self.audited

    def _follow(self) -> None:
        assert self._follower is not None
        assert self._follower.stdout is not None
        with self._follower.stdout as lines:
            for line in lines:
                if line.startswith("{"):
                    self._lines.append(json.loads(line))

    def _pod(self) -> dict[str, Any]:
        release = self._installation.release
        variables = {
            "IBID_API_URL": f"http://{release}-api:3001",
            "IBID_WEB_URL": f"http://{release}-web:3000",
            "IBID_API_KEY_FILE": "/run/secrets/owner-key/api-key",
            "IBID_LOAD_RATE": str(self._rate),
            "IBID_LOAD_DOCUMENTS": str(self._documents),
            "PYTHONPATH": "/load",
        }
        return pod(
            self._name,
            f"ibid-api:{TAG}",
            ["/app/bin/python", "-m", "cluster.pod.traffic"],
            labels(release, "test"),
            env=[{"name": name, "value": value} for name, value in variables.items()],
            resources={"requests": {"cpu": "250m", "memory": "128Mi"}},
            volumeMounts=[
                {"name": "load", "mountPath": "/load/cluster/pod"},
                {"name": "owner-key", "mountPath": "/run/secrets/owner-key"},
                {"name": "tmp", "mountPath": "/tmp"},
            ],
            volumes=[
                {"name": "load", "configMap": {"name": self._name}},
                {"name": "owner-key", "secret": {"secretName": f"{release}-owner-key"}},
                {"name": "tmp", "emptyDir": {}},
            ],
        )


def scripts(name: str) -> dict[str, Any]:
    """A ConfigMap with what runs in the pods of the proof."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {file.name: file.read_text("utf-8") for file in _POD.glob("*.py")},
    }
