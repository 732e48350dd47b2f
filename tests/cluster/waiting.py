"""How many pods a service shall have, and waiting for what an autoscaler does."""

import time
from collections.abc import Callable

from cluster import kube
from cluster.installation import Installation

_PATIENCE_SECONDS = 300


def size(installation: Installation, service: str) -> int:
    name = f"{installation.release}-{service}"
    found: int = kube.get(installation.namespace, "deployment", name)["spec"]["replicas"]
    return found


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(1)
