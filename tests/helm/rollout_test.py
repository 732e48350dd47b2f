"""Rollouts: nothing stops before others took over, and nothing restarts without a reason."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from helm.rendering import FULL, MANAGED, SERVICES, STORES, objects, of_kind, one, pods, text

_EACH = pytest.mark.parametrize("service", SERVICES)
# all different, so that the pods of two services do not start at the same time
_READY_SECONDS = {"api": 20, "web": 26, "orchestrator": 32}


def _deployment(service: str, *settings: str) -> dict[str, Any]:
    return one("Deployment", f"ibid-{service}", *settings)


def _container(service: str, *settings: str) -> dict[str, Any]:
    found: dict[str, Any] = _deployment(service, *settings)["spec"]["template"]["spec"][
        "containers"
    ][0]
    return found


@_EACH
def test_a_new_pod_is_ready_before_an_old_one_goes(service: str) -> None:
    spec = _deployment(service)["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert spec["minReadySeconds"] == _READY_SECONDS[service]
    assert spec["progressDeadlineSeconds"] == 900


@_EACH
def test_it_drains_before_it_is_told_to_stop(service: str) -> None:
    command = _container(service, f"{service}.rollout.drainSeconds=33")["lifecycle"]["preStop"][
        "exec"
    ]["command"]
    assert command[-3:] == ["libs.drain", "/run/ibid/draining", "33"]


@_EACH
@pytest.mark.parametrize(("drain", "shutdown", "margin"), [(0, 1, 5), (15, 45, 10), (120, 600, 30)])
def test_its_grace_is_the_sum(service: str, drain: int, shutdown: int, margin: int) -> None:
    settings = [
        f"{service}.rollout.{name}Seconds={value}"
        for name, value in (("drain", drain), ("shutdown", shutdown), ("margin", margin))
    ]
    spec = _deployment(service, *settings)["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] == drain + shutdown + margin
    config = one("ConfigMap", f"ibid-{service}", *settings)["data"]
    assert config["IBID_SHUTDOWN_SECONDS"] == str(shutdown)


@_EACH
def test_a_pod_that_starts_takes_its_share_of_a_processor(service: str) -> None:
    setting = f"{service}.rollout.startupPercent=60"
    assert one("ConfigMap", f"ibid-{service}", setting)["data"]["IBID_STARTUP_PERCENT"] == "60"
    assert one("ConfigMap", f"ibid-{service}")["data"]["IBID_STARTUP_PERCENT"] == "25"


def test_the_services_do_not_start_at_the_same_time() -> None:
    delays = [
        float(one("ConfigMap", f"ibid-{service}")["data"]["IBID_STARTUP_DELAY_SECONDS"])
        for service in ("api", "web", "orchestrator")
    ]
    assert 0 < delays[0] < delays[1] < delays[2]


@_EACH
def test_the_flag_that_is_set_is_the_one_that_is_read(service: str) -> None:
    config = one("ConfigMap", f"ibid-{service}")["data"]
    assert config["IBID_DRAIN_FILE"] == "/run/ibid/draining"
    assert {"name": "drain", "mountPath": "/run/ibid"} in _container(service)["volumeMounts"]


@_EACH
def test_its_three_probes_differ(service: str) -> None:
    found = _container(service)
    probes = [found[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")]
    assert found["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert found["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert all(probes[i] != probes[j] for i in range(3) for j in range(i))


@_EACH
def test_it_is_spread_over_nodes_and_zones(service: str) -> None:
    spread = _deployment(service)["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == [
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    ]
    assert all(one["whenUnsatisfiable"] == "ScheduleAnyway" for one in spread)
    assert all(one["matchLabelKeys"] == ["pod-template-hash"] for one in spread)


@_EACH
def test_replicas_are_left_to_the_autoscaler(service: str) -> None:
    assert _deployment(service)["spec"]["replicas"] == 2
    assert "replicas" not in _deployment(service, *FULL)["spec"]
    assert of_kind("HorizontalPodAutoscaler") == {}


@_EACH
def test_it_scales_by_cpu_and_goes_down_slowly(service: str) -> None:
    spec = one("HorizontalPodAutoscaler", f"ibid-{service}", *FULL)["spec"]
    assert spec["scaleTargetRef"]["name"] == f"ibid-{service}"
    assert spec["metrics"][0]["containerResource"]["container"] == service
    assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] >= 300
    assert spec["minReplicas"] >= 2


def test_the_orchestrator_also_scales_by_jobs_that_are_due() -> None:
    metric = one("HorizontalPodAutoscaler", "ibid-orchestrator", *FULL)["spec"]["metrics"][1]
    assert metric["external"]["metric"] == {
        "name": "ibid_jobs_due",
        "selector": {"matchLabels": {"namespace": "ibid", "release": "ibid"}},
    }
    assert metric["external"]["target"] == {"type": "AverageValue", "averageValue": "4"}


@pytest.mark.parametrize("component", [*SERVICES, *STORES])
def test_a_drain_of_a_node_takes_one_pod_and_never_waits(component: str) -> None:
    spec = one("PodDisruptionBudget", f"ibid-{component}")["spec"]
    assert spec["maxUnavailable"] == 1
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize("component", [*SERVICES, *STORES])
def test_what_selects_pods_is_what_pods_have(component: str) -> None:
    kind = "Deployment" if component in SERVICES else "StatefulSet"
    found = one(kind, f"ibid-{component}")["spec"]
    has = found["template"]["metadata"]["labels"].items()
    selectors = [
        found["selector"]["matchLabels"],
        one("Service", f"ibid-{component}")["spec"]["selector"],
        one("PodDisruptionBudget", f"ibid-{component}")["spec"]["selector"]["matchLabels"],
        one("NetworkPolicy", f"ibid-{component}")["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(selector.items() <= has for selector in selectors)
    assert all(selector == selectors[0] for selector in selectors)


@pytest.mark.parametrize(("component", "port"), [*SERVICES.items(), *STORES.items()])
def test_a_service_leads_to_the_port_that_listens(component: str, port: int) -> None:
    [service] = one("Service", f"ibid-{component}")["spec"]["ports"]
    kind = "Deployment" if component in SERVICES else "StatefulSet"
    [container] = one(kind, f"ibid-{component}")["spec"]["template"]["spec"]["containers"]
    assert service["port"] == port
    assert {"name": service["targetPort"], "containerPort": port, "protocol": "TCP"} in container[
        "ports"
    ]


@pytest.mark.parametrize("component", [*SERVICES, *STORES])
def test_no_version_of_the_chart_is_in_a_pod(component: str) -> None:
    kind = "Deployment" if component in SERVICES else "StatefulSet"
    pod = pods()[f"{kind}/ibid-{component}"]
    assert not [name for name in pod["metadata"]["labels"] if "chart" in name or "version" in name]


def test_another_release_of_the_chart_restarts_no_store() -> None:
    later = {"Deployment": set[str](), "StatefulSet": set[str]()}
    for kind in later:
        before = of_kind(kind)
        after = of_kind(kind, "global.image.tag=9.9.9")
        later[kind] = {
            name
            for name in before
            if before[name]["spec"]["template"] != after[name]["spec"]["template"]
        }
    assert later["StatefulSet"] == set()
    assert later["Deployment"] == {"ibid-api", "ibid-web", "ibid-orchestrator"}


@_EACH
def test_only_its_own_configuration_restarts_a_service(service: str) -> None:
    setting = f"{service}.config.IBID_LOG_LEVEL=DEBUG"
    before, after = pods(), pods(setting)
    changed = {name for name in before if name in after and before[name] != after[name]}
    assert changed == {f"Deployment/ibid-{service}"}


def test_a_migration_is_a_plain_job_of_its_own_for_each_revision() -> None:
    [(name, job)] = of_kind("Job").items()
    assert re.fullmatch(r"ibid-migrate-1-[0-9a-f]{6}", name)
    assert "annotations" not in job["metadata"]
    [(other, _)] = of_kind("Job", "global.image.tag=v2").items()
    assert other != name


def test_services_wait_for_the_schema_and_the_dashboard_for_nothing() -> None:
    for service in ("api", "orchestrator"):
        [wait] = _deployment(service)["spec"]["template"]["spec"]["initContainers"]
        assert wait["image"] == "ibid-api:0.1.0"
        assert wait["command"][-2:] == ["libs.schema_wait", "600"]
    assert "initContainers" not in _deployment("web")["spec"]["template"]["spec"]


def test_a_managed_server_is_tried_before_anything_changes() -> None:
    hooks = {
        found["kind"]: found
        for found in objects(*MANAGED)
        if found["metadata"]["name"] == "ibid-preflight"
    }
    assert set(hooks) == {"Job", "NetworkPolicy", "ServiceAccount"}
    weights = {}
    for kind, found in hooks.items():
        annotations = found["metadata"]["annotations"]
        assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert "hook-succeeded" in annotations["helm.sh/hook-delete-policy"]
        weights[kind] = int(annotations["helm.sh/hook-weight"])
    assert weights["Job"] > max(weights["NetworkPolicy"], weights["ServiceAccount"])
    spec = hooks["Job"]["spec"]["template"]["spec"]
    [container] = spec["containers"]
    assert container["command"][-4:] == ["migrate", "--check", "--wait", "60"]
    assert hooks["Job"]["spec"]["backoffLimit"] == 0
    # of what the release makes, nothing is there yet
    [secrets] = [one for one in spec["volumes"] if one["name"] == "secrets"]
    names = {one["secret"]["name"] for one in secrets["projected"]["sources"]}
    assert names == {"my-database"}


def test_only_the_test_is_a_hook() -> None:
    hooks = [
        found["metadata"]["name"]
        for found in objects(*FULL)
        if "helm.sh/hook" in found["metadata"].get("annotations", {})
    ]
    assert hooks == ["ibid-test"]


@pytest.mark.parametrize("settings", [(), FULL], ids=["defaults", "full"])
def test_names_are_unique(settings: tuple[str, ...]) -> None:
    names = [(found["kind"], found["metadata"]["name"]) for found in objects(*settings)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("settings", [(), FULL], ids=["defaults", "full"])
def test_everything_is_of_the_release_and_its_namespace(settings: tuple[str, ...]) -> None:
    for found in objects(*settings, release="other"):
        assert found["metadata"]["namespace"] == "ibid", found["metadata"]["name"]
        assert found["metadata"]["name"].startswith("other-")
        assert found["metadata"]["labels"]["app.kubernetes.io/instance"] == "other"


def test_every_chart_has_one_version() -> None:
    charts = [Path("helm/ibid/Chart.yaml"), *Path("helm/ibid/charts").glob("*/Chart.yaml")]
    versions = {
        (about["version"], str(about["appVersion"]))
        for about in (yaml.safe_load(path.read_text("utf-8")) for path in charts)
    }
    assert len(versions) == 1
    assert "0.1.0" in text()
