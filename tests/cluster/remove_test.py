"""What is left when a release goes, and that it is enough to begin again where it ended."""

import os
from collections.abc import Iterator

import pytest

from cluster import kube, report
from cluster.installation import TAG, Installation
from cluster.paper import Paper
from cluster.waiting import until

_SMALL = [f"{service}.replicas=1" for service in ("api", "web", "orchestrator")]


@pytest.fixture
def alone() -> Iterator[Installation]:
    new = Installation("ibid-proof-removed")
    kube.create_namespace(new.namespace)
    yield new
    if not os.environ.get("IBID_CLUSTER_KEEP"):
        kube.delete_namespace(new.namespace)


def test_documents_and_passwords_outlive_the_release(alone: Installation) -> None:
    alone.upgrade(TAG, *_SMALL, "backup.enabled=true", "backup.storage.size=1Gi")
    paper = Paper(alone)
    document = paper.add()
    secrets = _secrets(alone)
    kube.helm(alone.namespace, "uninstall", alone.release, "--wait")
    until(lambda: not alone.objects("pods"))
    kinds = "deployments,statefulsets,services,jobs,cronjobs,configmaps,networkpolicies"
    assert alone.objects(kinds) == []
    claims = kube.get(alone.namespace, "persistentvolumeclaims")["items"]
    assert {one["metadata"]["name"] for one in claims} == {"data-ibid-postgres-0", "ibid-backup"}
    assert _secrets(alone) == secrets
    alone.upgrade(TAG, *_SMALL, "backup.enabled=true", "backup.storage.size=1Gi")
    assert paper.found() == [document]
    assert _secrets(alone) == secrets
    report.say(
        "Removed, and installed again",
        f"{len(claims)} claims and {len(secrets)} Secrets stayed, the document is found again",
    )


def _secrets(installation: Installation) -> dict[str, object]:
    """Those that are not Helm's record of the release."""
    found = kube.get(installation.namespace, "secrets")["items"]
    return {one["metadata"]["name"]: one["data"] for one in found if one["type"] == "Opaque"}
