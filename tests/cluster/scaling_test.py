"""More pods where there is more to do, by the processors that api and orchestrator need for it."""

import time
from collections.abc import Iterator

import pytest

from cluster import kube, report
from cluster.installation import TAG, Installation
from cluster.load import STRAIN, Load
from cluster.waiting import size, until

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
    until(lambda: size(scaled, "api") == size(scaled, "orchestrator") == 1)
    load = Load(scaled, "scaling", rate=STRAIN)
    began = time.monotonic()
    load.start()
    try:
        with load.phase("scaled by CPU"):
            until(lambda: min(size(scaled, "api"), size(scaled, "orchestrator")) > 1)
            seconds = time.monotonic() - began
            scaled.settle()
    finally:
        load.stop()
    assert load.phases[0].failures == []
    report.say_phases("Autoscaling", load.phases, f"more pods of both after {seconds:.0f} s")


def _versions() -> list[str]:
    return kube.run(["kubectl", "api-versions"]).stdout.split()
