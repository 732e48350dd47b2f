"""More pods where there is more to do, by the processors that api and orchestrator need for it."""

import time
from collections.abc import Callable, Iterator

import pytest

from cluster import kube, report
from cluster.installation import TAG, Installation
from cluster.load import Load

_PATIENCE_SECONDS = 300
_SCALED = [
    f"{service}.autoscaling.{setting}"
    for service in ("api", "orchestrator")
    for setting in ("enabled=true", "minReplicas=1", "maxReplicas=3", "scaleDownSeconds=10")
]


@pytest.fixture
def scaled(installation: Installation) -> Iterator[Installation]:
    installation.upgrade(TAG, *_SCALED)
    yield installation
    installation.upgrade()


def test_api_and_orchestrators_follow_their_load(scaled: Installation) -> None:
    if "metrics.k8s.io/v1beta1" not in _versions():
        pytest.skip("the cluster has no metrics-server, without which no autoscaler sees the CPU")
    _until(lambda: _size(scaled, "api") == _size(scaled, "orchestrator") == 1)
    load = Load(scaled, "scaling")
    began = time.monotonic()
    load.start()
    try:
        with load.phase("scaled by CPU"):
            _until(lambda: min(_size(scaled, "api"), _size(scaled, "orchestrator")) > 1)
            seconds = time.monotonic() - began
            scaled.settle()
    finally:
        load.stop()
    assert load.phases[0].failures == []
    report.say_phases("Autoscaling", load.phases, f"more pods of both after {seconds:.0f} s")


def _size(installation: Installation, service: str) -> int:
    name = f"{installation.release}-{service}"
    found: int = kube.get(installation.namespace, "deployment", name)["spec"]["replicas"]
    return found


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(1)


def _versions() -> list[str]:
    return kube.run(["kubectl", "api-versions"]).stdout.split()
