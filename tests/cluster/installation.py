"""One release of the chart in a namespace of its own."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import kube

SERVICES = ("api", "web", "orchestrator")
TAG = os.environ.get("IBID_CLUSTER_IMAGES", "dev")
NEXT = f"{TAG}-next"
_VALUES = Path(__file__).with_name("values.yaml")


@dataclass(frozen=True, slots=True)
class Installation:
    namespace: str
    release: str = "ibid"

    def upgrade(self, tag: str = TAG, *settings: str, environment: str | None = None) -> None:
        """Install or upgrade, and wait until all of it runs and the migration is done."""
        values = [f"--values=helm/environments/{environment}.yaml"] if environment else []
        self._helm(
            *("upgrade", "--install", self.release, kube.chart(), *values, f"--values={_VALUES}"),
            f"--set-string=global.image.tag={tag}",
            *(f"--set={setting}" for setting in settings),
            *("--wait", "--wait-for-jobs", "--timeout=10m", "--history-max=100"),
        )
        self.settle()

    def roll_back(self) -> None:
        self._helm("rollback", self.release, "--wait", "--wait-for-jobs", "--timeout=10m")
        self.settle()

    def test(self) -> str:
        return self._helm("test", self.release, "--logs", "--timeout=5m")

    def settle(self) -> None:
        """Wait until no pod of an earlier revision is left, also none that still drains."""
        kinds = "deployment,statefulset"
        for found in self.objects(kinds):
            name = f"{found['kind'].lower()}/{found['metadata']['name']}"
            self.kubectl("rollout", "status", name, "--timeout=600s")
        deadline = time.monotonic() + 300
        while any("deletionTimestamp" in pod["metadata"] for pod in self.pods().values()):
            assert time.monotonic() < deadline, "a pod does not end"
            time.sleep(1)

    def restart(self, service: str) -> None:
        self.kubectl("rollout", "restart", f"deployment/{self.release}-{service}")
        self.settle()

    def turn_drain_off(self) -> None:
        """Have pods without preStop, until the next upgrade.

        With rollout.drainSeconds=0 it would still run, and the time that Python needs to start is
        a drain of its own.
        """
        removal = '[{"op": "remove", "path": "/spec/template/spec/containers/0/lifecycle"}]'
        for service in SERVICES:
            name = f"deployment/{self.release}-{service}"
            self.kubectl("patch", name, "--type=json", f"--patch={removal}")
        self.settle()

    def pods(self, component: str | None = None) -> dict[str, Any]:
        """The pods that run for long, by name."""
        return {
            pod["metadata"]["name"]: pod
            for pod in self.objects("pods")
            if pod["metadata"]["labels"]["app.kubernetes.io/component"]
            in ((component,) if component else (*SERVICES, "postgres", "redis"))
        }

    def objects(self, kinds: str) -> list[Any]:
        selector = f"--selector=app.kubernetes.io/instance={self.release}"
        found: list[Any] = kube.get(self.namespace, kinds, selector)["items"]
        return found

    def execute(self, pod: str, *command: str) -> str:
        return self.kubectl("exec", pod, "--", *command)

    def schema(self) -> str:
        """The revision of the database."""
        query = "select version_num from alembic_version"
        return self.execute(
            f"{self.release}-postgres-0", "psql", "-U", "ibid", "-AtX", "-c", query
        ).strip()

    def kubectl(self, *arguments: str) -> str:
        return kube.kubectl(self.namespace, *arguments)

    def _helm(self, *arguments: str) -> str:
        return kube.helm(self.namespace, *arguments)


def labels(release: str, component: str) -> Mapping[str, str]:
    """Of a pod that the network policies take for a part of the release."""
    return {
        "app.kubernetes.io/name": "ibid",
        "app.kubernetes.io/instance": release,
        "app.kubernetes.io/component": component,
    }


def pod(
    name: str, image: str, command: list[str], labelled: Mapping[str, str], **spec: Any
) -> dict[str, Any]:
    """A pod that the restricted standard admits; ``spec`` adds to its container."""
    volumes = spec.pop("volumes", [])
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **spec,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": dict(labelled)},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "fsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": volumes,
        },
    }
