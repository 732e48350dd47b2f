"""What Helm promises of a release: tested, secured, and restarted only where something changed."""

from typing import Any

from cluster import kube, report
from cluster.installation import NEXT, TAG, Installation, labels, pod


def test_helm_test_passes(installation: Installation) -> None:
    said = installation.test()
    assert "the document is deleted" in said
    report.say("helm test", *[line for line in said.splitlines() if line.startswith("passed")])


def test_an_upgrade_to_the_same_restarts_no_pod(installation: Installation) -> None:
    before = _identities(installation)
    installation.upgrade()
    assert _identities(installation) == before
    report.say("Upgrade to the same version", f"{len(before)} pods, none restarted")


def test_an_upgrade_of_the_services_restarts_no_server(installation: Installation) -> None:
    before = _identities(installation)
    installation.upgrade(NEXT)
    after = _identities(installation)
    installation.upgrade(TAG)
    stayed = {name for name, identity in before.items() if after.get(name) == identity}
    assert stayed == {f"{installation.release}-{server}-0" for server in ("postgres", "redis")}


def test_the_namespace_refuses_a_pod_that_is_not_restricted(installation: Installation) -> None:
    wanted = pod("root", f"ibid-api:{TAG}", ["true"], labels(installation.release, "test"))
    wanted["spec"]["securityContext"]["runAsNonRoot"] = False
    command = ["kubectl", "--namespace", installation.namespace, "create", "--filename=-"]
    done = kube.run(command, text=kube.dumps(wanted), checks=False)
    assert done.returncode != 0
    assert 'violates PodSecurity "restricted' in done.stderr


def _identities(installation: Installation) -> dict[str, Any]:
    """What changes when a pod is made anew, or a container in it starts again."""
    return {
        name: (
            found["metadata"]["uid"],
            [status["restartCount"] for status in found["status"]["containerStatuses"]],
        )
        for name, found in installation.pods().items()
    }
