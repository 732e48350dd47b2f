"""The chart's Prometheus and Grafana, as Helm renders them."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.tools import BOARDS, RULES, needs_promtool, promtool, rules

pytestmark = pytest.mark.skipif(shutil.which("helm") is None, reason="no helm is installed")

_CHART = "helm/ibid"
_OFF = "monitoring.enabled=false"

type Object = dict[str, Any]


def render(*settings: str, apis: tuple[str, ...] = ()) -> list[Object]:
    """Every object of the release ``ibid`` in the namespace ``library``."""
    command = ["helm", "template", "ibid", _CHART, "--namespace=library", "--kube-version=1.34.0"]
    for setting in ("monitoring.enabled=true", *settings):
        command += ["--set", setting]
    command += [part for api in apis for part in ("--api-versions", api)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


@pytest.fixture(scope="module")
def release() -> list[Object]:
    return render()


def one(objects: list[Object], kind: str, name: str) -> Object:
    [found] = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def of_kind(objects: list[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def _workloads(objects: list[Object]) -> list[Object]:
    return [
        one(objects, "StatefulSet", "ibid-prometheus"),
        one(objects, "Deployment", "ibid-grafana"),
    ]


def _parts(objects: list[Object]) -> set[str]:
    return {each["metadata"]["labels"]["app.kubernetes.io/component"] for each in objects}


def test_nothing_of_it_is_there_when_it_is_not_wanted() -> None:
    parts = _parts(render(_OFF))
    assert not {part for part in parts if part.startswith(("prometheus", "grafana", "dashboard"))}


def test_a_part_can_be_left_to_the_cluster() -> None:
    parts = _parts(
        render("monitoring.prometheus.enabled=false", "monitoring.grafana.enabled=false")
    )
    assert "prometheus" not in parts
    assert "grafana" not in parts
    assert "dashboard-overview" in parts


@needs_promtool
def test_prometheus_takes_its_configuration(release: list[Object], tmp_path: Path) -> None:
    files = one(release, "ConfigMap", "ibid-prometheus")["data"]
    for name, text in files.items():
        (tmp_path / name).write_text(text.replace("/etc/prometheus", str(tmp_path)), "utf-8")
    promtool("check", "config", tmp_path / "prometheus.yml")


def test_it_finds_the_pods_by_a_service_that_names_all_of_them(release: list[Object]) -> None:
    config = yaml.safe_load(one(release, "ConfigMap", "ibid-prometheus")["data"]["prometheus.yml"])
    for job in config["scrape_configs"]:
        [found] = job["dns_sd_configs"]
        service = one(release, "Service", found["names"][0])["spec"]
        assert service["clusterIP"] == "None"
        assert service["publishNotReadyAddresses"] is True
        component = service["selector"]["app.kubernetes.io/component"]
        pods = one(release, "Deployment", f"ibid-{component}")["spec"]["template"]
        assert service["selector"].items() <= pods["metadata"]["labels"].items()
        [port] = pods["spec"]["containers"][0]["ports"]
        assert port["containerPort"] == found["port"]
        assert job["relabel_configs"] == [{"target_label": "namespace", "replacement": "library"}]


def test_prometheus_may_reach_each_service_and_is_let_in(release: list[Object]) -> None:
    out = one(release, "NetworkPolicy", "ibid-prometheus")["spec"]["egress"]
    allowed = {
        (
            peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"],
            rule["ports"][0]["port"],
        )
        for rule in out
        for peer in rule["to"]
        if "namespaceSelector" not in peer
    }
    assert allowed == {("api", 3001), ("orchestrator", 3002), ("web", 3000)}
    for name, _ in allowed:
        into = one(release, "NetworkPolicy", f"ibid-{name}")["spec"]["ingress"]
        assert "prometheus" in yaml.safe_dump(into)


def test_nobody_is_let_in_to_grafana_unless_told(release: list[Object]) -> None:
    policy = one(release, "NetworkPolicy", "ibid-grafana")["spec"]
    assert "Ingress" in policy["policyTypes"]
    assert "ingress" not in policy
    peer = "global.networkPolicy.edgeFrom[0].podSelector.matchLabels.app"
    opened = render("monitoring.grafana.edge=true", f"{peer}=proxy")
    [rule] = one(opened, "NetworkPolicy", "ibid-grafana")["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": {"app": "proxy"}}}]


def test_alerts_go_where_they_are_told_to(release: list[Object]) -> None:
    to = "monitoring.prometheus.alertmanagers[0]"
    told = render(f"{to}.host=alerts.example", f"{to}.port=9093", f"{to}.cidr=10.1.0.0/16")
    config = yaml.safe_load(one(told, "ConfigMap", "ibid-prometheus")["data"]["prometheus.yml"])
    [manager] = config["alerting"]["alertmanagers"]
    assert manager["static_configs"] == [{"targets": ["alerts.example:9093"]}]
    out = one(told, "NetworkPolicy", "ibid-prometheus")["spec"]["egress"]
    assert {"ipBlock": {"cidr": "10.1.0.0/16"}} in out[-1]["to"]


def test_the_same_rules_are_there_for_the_operator() -> None:
    objects = render("global.serviceMonitor.force=true", "monitoring.prometheusRule.labels.team=a")
    made = one(objects, "PrometheusRule", "ibid-monitoring")
    assert made["metadata"]["labels"]["team"] == "a"
    assert made["spec"] == yaml.safe_load(RULES.read_text("utf-8"))


def test_without_the_operator_there_is_no_rule_object(release: list[Object]) -> None:
    assert not of_kind(release, "PrometheusRule")


@pytest.mark.parametrize(("kind", "made"), [("PrometheusRule", 1), ("ServiceMonitor", 0)])
def test_there_is_one_where_the_cluster_knows_its_kind(kind: str, made: int) -> None:
    apis = ("monitoring.coreos.com/v1", f"monitoring.coreos.com/v1/{kind}")
    assert len(of_kind(render(apis=apis), "PrometheusRule")) == made


def test_an_address_of_the_runbooks_makes_links() -> None:
    objects = render("monitoring.runbooks=https://docs.example/runbooks")
    text = one(objects, "ConfigMap", "ibid-prometheus")["data"]["rules.yaml"]
    assert text.count("runbook_url: https://docs.example/runbooks#ibid") == sum(
        "alert" in rule for rule in rules()
    )


def test_grafana_has_every_dashboard_as_the_file_says(release: list[Object]) -> None:
    sources = one(release, "Deployment", "ibid-grafana")["spec"]["template"]["spec"]["volumes"]
    [projected] = [volume["projected"]["sources"] for volume in sources if "projected" in volume]
    names = [source["configMap"]["name"] for source in projected]
    assert names == [f"ibid-dashboard-{path.stem}" for path in BOARDS]
    for path in BOARDS:
        map_ = one(release, "ConfigMap", f"ibid-dashboard-{path.stem}")
        assert map_["data"][path.name] == path.read_text("utf-8")
        assert map_["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_grafana_asks_the_prometheus_of_the_release(release: list[Object]) -> None:
    data = one(release, "ConfigMap", "ibid-grafana-provisioning")["data"]
    [source] = yaml.safe_load(data["datasources.yaml"])["datasources"]
    compose = yaml.safe_load(
        Path("compose/grafana/provisioning/datasources/prometheus.yaml").read_text("utf-8")
    )
    assert source["uid"] == compose["datasources"][0]["uid"]
    assert source["url"] == "http://ibid-prometheus:9090"
    assert one(release, "Service", "ibid-prometheus")


def test_the_password_is_a_file_and_nowhere_else(release: list[Object]) -> None:
    config = one(release, "ConfigMap", "ibid-grafana")["data"]
    assert config["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana/password"
    assert "GF_SECURITY_ADMIN_PASSWORD" not in config
    named = render("monitoring.grafana.admin.existingSecret=mine", "monitoring.grafana.admin.key=k")
    pod = one(named, "Deployment", "ibid-grafana")["spec"]["template"]["spec"]
    [secret] = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]
    assert secret["secretName"] == "mine"
    assert secret["items"] == [{"key": "k", "path": "password"}]


def test_pods_are_restricted_and_write_to_their_volumes_only(release: list[Object]) -> None:
    for workload in _workloads(release):
        pod = workload["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True
            assert security["allowPrivilegeEscalation"] is False
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert security["runAsUser"] >= 10000
            for amounts in (container["resources"]["requests"], container["resources"]["limits"]):
                assert {"cpu", "memory", "ephemeral-storage"} <= set(amounts)


def test_nothing_asks_for_rights_in_the_cluster(release: list[Object]) -> None:
    assert not {each["kind"] for each in release} & {"ClusterRole", "Role", "RoleBinding"}


def test_a_pod_restarts_for_a_new_configuration_and_for_nothing_else() -> None:
    def templates(*settings: str) -> list[Object]:
        return [each["spec"]["template"] for each in _workloads(render(*settings))]

    assert templates() == templates()
    assert templates() == templates("global.image.tag=9.9.9", "global.labels.cost=shared")
    changed = templates("monitoring.prometheus.scrapeInterval=30s")
    assert changed[0] != templates()[0]


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_what_prometheus_has_seen_outlives_its_pod_where_it_is_to(enabled: str) -> None:
    objects = render(f"monitoring.prometheus.persistence.enabled={enabled}")
    spec = one(objects, "StatefulSet", "ibid-prometheus")["spec"]
    temporary = {volume["name"] for volume in spec["template"]["spec"]["volumes"]}
    assert ("volumeClaimTemplates" in spec, "data" in temporary) == (
        (True, False) if enabled == "true" else (False, True)
    )


@pytest.mark.parametrize(
    "setting",
    [
        "prometeus.enabled=false",
        "prometheus.retention.size=lots",
        "prometheus.scrapeInterval=15",
        "prometheus.alertmanagers[0].host=alone",
        "grafana.uid=472",
        "grafana.admin.pasword=x",
        "grafana.config.ADMIN=x",
        "grafana.rootUrl=grafana.example",
    ],
)
def test_a_value_that_is_wrong_stops_the_install(setting: str) -> None:
    with pytest.raises(AssertionError, match="monitoring"):
        render(f"monitoring.{setting}")
