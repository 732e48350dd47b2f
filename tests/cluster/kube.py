"""kubectl and helm, and the cluster that KUBECONFIG names."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

_SECONDS = 900


def require_cluster() -> None:
    """Skip unless KUBECONFIG names a cluster that answers, and the build to try is known."""
    if not os.environ.get("KUBECONFIG"):
        pytest.skip("KUBECONFIG names no cluster; scripts/cluster-test.sh runs these")
    if not os.environ.get("IBID_CLUSTER_CHART"):
        pytest.skip("IBID_CLUSTER_CHART names no chart; scripts/cluster-test.sh runs these")
    missing = [name for name in ("kubectl", "helm") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    run(["kubectl", "version"])


def run(
    command: Sequence[str], *, text: str | None = None, checks: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; when it fails, what it said is in the assertion.

    What an operator runs elsewhere leaves the processors to the node, where they are the same.
    """
    done = subprocess.run(
        ["nice", "-n", "19", *command],
        input=text,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if checks:
        assert done.returncode == 0, f"{' '.join(command[:8])}\n{done.stdout}\n{done.stderr}"
    return done


def kubectl(namespace: str, *arguments: str, text: str | None = None) -> str:
    return run(["kubectl", "--namespace", namespace, *arguments], text=text).stdout


def get(namespace: str, *arguments: str) -> Any:
    return json.loads(kubectl(namespace, "get", *arguments, "--output=json"))


def apply(namespace: str, *objects: dict[str, Any]) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    kubectl(namespace, "apply", "--filename=-", text=json.dumps(listed))


def helm(namespace: str, *arguments: str) -> str:
    return run(["helm", "--namespace", namespace, *arguments]).stdout


def delete_namespace(name: str) -> None:
    kubectl("default", "delete", "namespace", name, "--ignore-not-found", "--timeout=300s")


def create_namespace(name: str) -> None:
    """Make a namespace that enforces the restricted pod security standard, with nothing in it."""
    delete_namespace(name)
    kubectl("default", "create", "namespace", name)
    label = "pod-security.kubernetes.io/enforce=restricted"
    kubectl("default", "label", "namespace", name, label)


def dumps(one: dict[str, Any]) -> str:
    return json.dumps(one)


def chart() -> str:
    return str(Path(os.environ["IBID_CLUSTER_CHART"]))
