"""The chart's own Prometheus: it reads every pod, understands its rules, and sees a service go."""

import json
import os
import re
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cluster import images, kube, report
from cluster.installation import SERVICES, TAG, Installation
from cluster.waiting import until
from monitoring import promql
from monitoring.tools import BOARDS, queries

_SMALL = [f"{service}.replicas=1" for service in SERVICES]
# No image of Grafana is made here; its configuration is tested without it.
_MONITORING = [
    "monitoring.enabled=true",
    "monitoring.grafana.enabled=false",
    "monitoring.prometheus.image.pullPolicy=IfNotPresent",
    "monitoring.prometheus.scrapeInterval=5s",
    "monitoring.prometheus.persistence.size=1Gi",
]


class Prometheus:
    """That of a release, by its HTTP API."""

    def __init__(self, address: str) -> None:
        self._address = address

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer.

        Raises:
            urllib.error.HTTPError: what was asked is not understood.
        """
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self._address}/api/v1/{path}?{query}", timeout=30) as answer:
            return json.load(answer)["data"]

    def targets(self) -> list[tuple[str, str]]:
        """The job and the health of what is read."""
        found = self.ask("targets", state="active")["activeTargets"]
        return sorted((target["labels"]["job"], target["health"]) for target in found)

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def alerts(self) -> set[tuple[str, str]]:
        """The name and the job of all that is pending or fires."""
        found = self.ask("alerts")["alerts"]
        return {(one["labels"]["alertname"], one["labels"].get("job", "")) for one in found}


@pytest.fixture(scope="module")
def monitored(cluster: None) -> Iterator[Installation]:
    if not images.can_be_had(images.PROMETHEUS):
        pytest.skip(f"neither this machine nor the nodes have {images.PROMETHEUS}")
    new = Installation("ibid-proof-monitoring")
    kube.create_namespace(new.namespace)
    new.upgrade(TAG, *_SMALL, *_MONITORING)
    yield new
    if not os.environ.get("IBID_CLUSTER_KEEP"):
        kube.delete_namespace(new.namespace)


@pytest.fixture(scope="module")
def prometheus(monitored: Installation) -> Iterator[Prometheus]:
    with forwarded(monitored, "prometheus", 9090) as address:
        yield Prometheus(address)


def test_every_pod_is_read(prometheus: Prometheus) -> None:
    wanted = [(job, "up") for job in sorted((*SERVICES, "streamlit"))]
    until(lambda: prometheus.targets() == wanted)


def test_every_rule_is_understood(prometheus: Prometheus) -> None:
    until(lambda: all(rule["health"] != "unknown" for rule in prometheus.rules()))
    rules = prometheus.rules()
    assert rules
    assert [rule["name"] for rule in rules if rule["health"] != "ok"] == []


def test_every_query_of_the_dashboards_is_answered(
    monitored: Installation, prometheus: Prometheus
) -> None:
    assert "the document is deleted" in monitored.test()
    asked = [promql.executable(query) for board in BOARDS for query in queries(board)]
    answered = [query for query in asked if prometheus.ask("query", query=query)["result"]]
    # the others count what did not happen, such as failures
    assert len(answered) > len(asked) / 2
    report.say(
        "Prometheus",
        f"{len(prometheus.targets())} targets up, {len(prometheus.rules())} rules evaluated, "
        f"{len(asked)} queries of dashboards answered, {len(answered)} with values",
    )


def test_a_service_that_goes_is_seen(monitored: Installation, prometheus: Prometheus) -> None:
    alert = ("IbidServiceDown", "orchestrator")
    until(lambda: alert not in prometheus.alerts())
    _scale(monitored, 0)
    until(lambda: alert in prometheus.alerts())
    _scale(monitored, 1)
    until(lambda: alert not in prometheus.alerts())


def _scale(installation: Installation, replicas: int) -> None:
    name = f"deployment/{installation.release}-orchestrator"
    installation.kubectl("scale", name, f"--replicas={replicas}")


@contextmanager
def forwarded(installation: Installation, component: str, port: int) -> Iterator[str]:
    """Reach a service of the release from here, where the network lets nobody else in."""
    name = f"service/{installation.release}-{component}"
    command = ["kubectl", "--namespace", installation.namespace, "port-forward", name, f":{port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"127\.0\.0\.1:\d+", said)
            assert found, said
            yield f"http://{found[0]}"
        finally:
            process.terminate()
