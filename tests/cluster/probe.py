"""Whether a pod reaches another: by connecting, from a pod with the labels of the one meant."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from cluster import kube
from cluster.installation import TAG, Installation, pod

PORTS = {"api": 3001, "web": 3000, "orchestrator": 3002, "postgres": 5432, "redis": 6379}
# A policy takes force a moment after its pod has started.
_SCRIPT = """
import json, socket, sys, time
time.sleep(3)
found = {}
for name, (host, port) in json.loads(sys.argv[1]).items():
    try:
        socket.create_connection((host, port), timeout=3).close()
        found[name] = True
    except OSError:
        found[name] = False
print(json.dumps(found))
"""

type Addresses = Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Probe:
    """A pod that does not take part in a service: it has the labels, but is never ready."""

    namespace: str
    labels: Mapping[str, str]

    def reaches(self, addresses: Addresses) -> dict[str, bool]:
        name = "probe-" + (self.labels.get("app.kubernetes.io/component") or "stranger")
        python = ["/app/bin/python", "-I", "-c", _SCRIPT, json.dumps(addresses)]
        never: dict[str, Any] = {"exec": {"command": ["/app/bin/python", "-c", "exit(1)"]}}
        wanted = pod(name, f"ibid-api:{TAG}", python, self.labels, readinessProbe=never)
        kube.kubectl(self.namespace, "delete", "pod", name, "--ignore-not-found")
        kube.apply(self.namespace, wanted)
        phase = "--for=jsonpath={.status.phase}=Succeeded"
        kube.kubectl(self.namespace, "wait", phase, f"pod/{name}", "--timeout=180s")
        said = kube.kubectl(self.namespace, "logs", name)
        kube.kubectl(self.namespace, "delete", "pod", name)
        found: dict[str, bool] = json.loads(said.splitlines()[-1])
        return found


def addresses(installation: Installation, parts: Sequence[str] = tuple(PORTS)) -> Addresses:
    """By the pods' own addresses: no name is looked up, so that DNS decides nothing."""
    return {
        part: (next(iter(installation.pods(part).values()))["status"]["podIP"], PORTS[part])
        for part in parts
    }


def require_enforcement(installation: Installation) -> None:
    """Skip where the network plugin leaves the policies on paper."""
    stranger = Probe(installation.namespace, {"proof": "stranger"})
    if stranger.reaches(addresses(installation, ["redis"]))["redis"]:
        pytest.skip(
            "the cluster's network plugin enforces no NetworkPolicy: a stranger got through"
        )
