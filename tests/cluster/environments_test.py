"""dev, staging and production side by side, each in its namespace, out of reach of the others."""

import os
from collections.abc import Iterator

import pytest

from cluster import kube, report
from cluster.installation import TAG, Installation, labels
from cluster.probe import Probe, addresses, require_enforcement

_ENVIRONMENTS = ("dev", "staging", "production")
# Sizes for one small node; all else is its own. Monitoring and backups need images and
# room that a node for tests may not have.
_SMALL = [
    *(f"{service}.replicas=1" for service in ("api", "web", "orchestrator")),
    "postgres.resources.requests.memory=128Mi",
]


@pytest.fixture(scope="module")
def environments(cluster: None) -> Iterator[dict[str, Installation]]:
    found = {name: Installation(f"ibid-proof-{name}") for name in _ENVIRONMENTS}
    for name, installation in found.items():
        kube.create_namespace(installation.namespace)
        installation.upgrade(TAG, *_SMALL, environment=name)
    yield found
    if not os.environ.get("IBID_CLUSTER_KEEP"):
        for installation in found.values():
            kube.delete_namespace(installation.namespace)


def test_environments_work_side_by_side_and_cannot_reach_each_other(
    environments: dict[str, Installation],
) -> None:
    for installation in environments.values():
        assert "the document is deleted" in installation.test()
    require_enforcement(environments["dev"])
    reached = {
        (source, target): Probe(
            installation.namespace, labels(installation.release, "test")
        ).reaches(addresses(other))
        for source, installation in environments.items()
        for target, other in environments.items()
    }
    others = {pair: found for pair, found in reached.items() if pair[0] != pair[1]}
    assert not [pair for pair, found in others.items() if any(found.values())]
    assert all(reached[one, one]["api"] for one in environments)
    report.say(
        "dev, staging and production side by side",
        f"helm test passed in each; {len(others)} pairs, "
        f"{sum(map(len, others.values()))} connections tried, none came through",
    )
