"""The Compose stack agrees with the code: its images, its users, its metrics."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from dev.config import DATABASE, OWNER, OWNER_PASSWORD, read
from libs.telemetry.metrics import ApiMetrics, HttpMetrics, Metrics, OrchestratorMetrics

_METRIC = re.compile(r"\b(?:ibid|process)_[a-z0-9_]+")
_PARTS = re.compile(r"_(?:bucket|count|sum)$")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    stack = yaml.safe_load(Path("compose/compose.yaml").read_text("utf-8"))
    found: dict[str, Any] = stack["services"]
    return found


def test_every_image_is_pinned_to_one_version(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert re.search(r":v?\d+\.\d+\.\d+[\w.-]*$", service["image"]), name


def test_every_port_is_one_of_this_machine_only(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service["ports"]]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_service_has_a_health_check_and_a_volume(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["healthcheck"]["test"], name
        assert any(not volume.startswith(".") for volume in service["volumes"]), name


def test_the_user_and_the_ports_are_those_of_the_embedded_servers(
    services: dict[str, Any],
) -> None:
    environment = services["postgres"]["environment"]
    assert environment["POSTGRES_USER"] == OWNER
    assert environment["POSTGRES_PASSWORD"] == OWNER_PASSWORD
    assert environment["POSTGRES_DB"] == DATABASE
    ports = read({}).ports
    for name in ("postgres", "redis", "prometheus", "grafana"):
        default = f"${{IBID_DEV_{name.upper()}_PORT:-{getattr(ports, name)}}}"
        assert services[name]["ports"][0].startswith(f"127.0.0.1:{default}:")


def test_prometheus_asks_every_service(services: dict[str, Any]) -> None:
    settings = yaml.safe_load(Path("compose/prometheus/prometheus.yml").read_text("utf-8"))
    targets = {
        job["job_name"]: job["static_configs"][0]["targets"] for job in settings["scrape_configs"]
    }
    ports = read({}).ports
    assert targets == {
        name: [f"host.docker.internal:{getattr(ports, name)}"]
        for name in ("web", "api", "orchestrator")
    }


def test_the_board_shows_every_metric_and_no_other() -> None:
    shown = {_PARTS.sub("", name) for text in _queries() for name in _METRIC.findall(text)}
    exported = set(_labels())
    ours = {name for name in exported if name.startswith("ibid_")}
    assert ours - shown == set()
    assert shown - exported == set()


def test_the_board_groups_by_labels_that_the_metrics_have() -> None:
    labels = _labels()
    for query in _queries():
        used = set(_METRIC.findall(query))
        known = {"job", "le"}.union(*(labels[_PARTS.sub("", name)] for name in used))
        groups = re.findall(r"by \(([^)]*)\)", query)
        matchers = re.findall(r"([a-z_]+)\s*(?:=|!=|=~|!~)\s*\"", query)
        asked = {name.strip() for group in groups for name in group.split(",")} | set(matchers)
        assert asked <= known, query


def test_the_board_has_a_fixed_uid_and_tells_what_each_panel_means() -> None:
    board = _board()
    assert board["uid"] == "ibid-overview"
    sources = yaml.safe_load(
        Path("compose/grafana/provisioning/datasources/prometheus.yaml").read_text("utf-8")
    )
    for panel in board["panels"]:
        if panel["type"] == "row":
            continue
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"]["uid"] == sources["datasources"][0]["uid"]


def _board() -> dict[str, Any]:
    board: dict[str, Any] = json.loads(
        Path("compose/grafana/dashboards/ibid.json").read_text("utf-8")
    )
    return board


def _queries() -> Iterator[str]:
    for panel in _board()["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


def _labels() -> dict[str, set[str]]:
    """Return the labels of every metric that a service has."""
    kinds: tuple[type[Metrics], ...] = (Metrics, HttpMetrics, ApiMetrics, OrchestratorMetrics)
    found: dict[str, set[str]] = {}
    for kind in kinds:
        registry: CollectorRegistry = kind("0").registry
        # The library has no public way to the labels of a metric that has no sample yet.
        for collector in registry._collector_to_names:
            for family in collector.collect():
                name = f"{family.name}_total" if family.type == "counter" else family.name
                found[name] = set(getattr(collector, "_labelnames", ()))
    return found
