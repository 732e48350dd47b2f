"""Who may connect to whom, and nobody else."""

from typing import Any

import pytest

from helm.rendering import FULL, MANAGED, labels, of_kind, one, pods

# Who may connect to whom inside of a release, besides metrics.
_ARROWS = {
    ("web", "api"),
    ("test", "api"),
    ("test", "web"),
    ("api", "postgres"),
    ("api", "redis"),
    ("orchestrator", "postgres"),
    ("orchestrator", "redis"),
    ("migrate", "postgres"),
    ("backup", "postgres"),
    ("restore", "postgres"),
}
_ASKING = ("api", "web", "orchestrator", "migrate", "backup", "restore", "test")
_OURS = (*_ASKING, "postgres", "redis")
_DNS = {("UDP", 53), ("TCP", 53)}


def _policy(component: str, *settings: str) -> dict[str, Any]:
    found: dict[str, Any] = one("NetworkPolicy", f"ibid-{component}", *settings)["spec"]
    return found


def _components(rules: list[dict[str, Any]], key: str) -> set[str]:
    return {
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for rule in rules
        for peer in rule[key]
        if "app.kubernetes.io/component" in peer.get("podSelector", {}).get("matchLabels", {})
    }


def test_what_no_rule_allows_is_refused() -> None:
    spec = _policy("default-deny")
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert not spec.get("ingress")
    assert not spec.get("egress")
    chosen = spec["podSelector"]["matchLabels"].items()
    for owner, pod in pods(*FULL).items():
        assert chosen <= pod["metadata"]["labels"].items(), owner


@pytest.mark.parametrize("source", _OURS)
@pytest.mark.parametrize("target", ["api", "web", "orchestrator", "postgres", "redis"])
def test_a_connection_is_allowed_at_both_ends_or_at_neither(source: str, target: str) -> None:
    out = target in _components(_policy(source, *FULL).get("egress", []), "to")
    into = source in _components(_policy(target, *FULL).get("ingress", []), "from")
    assert (out, into) == (((source, target) in _ARROWS),) * 2


@pytest.mark.parametrize("component", _OURS)
def test_no_rule_is_open_to_everybody(component: str) -> None:
    spec = _policy(component, *FULL)
    for key, direction in (("from", "ingress"), ("to", "egress")):
        for rule in spec.get(direction, []):
            assert rule[key]
            assert all(rule[key])
            assert rule["ports"]


@pytest.mark.parametrize("component", _ASKING)
def test_it_may_ask_for_names(component: str) -> None:
    first = _policy(component, *FULL)["egress"][0]
    assert {(port["protocol"], port["port"]) for port in first["ports"]} == _DNS
    assert first["to"][0]["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}


@pytest.mark.parametrize("component", ["postgres", "redis", "restore-test"])
def test_it_connects_to_nobody(component: str) -> None:
    assert "egress" not in _policy(component, *FULL)


@pytest.mark.parametrize("component", ["migrate", "backup", "restore", "restore-test", "test"])
def test_nobody_connects_to_it(component: str) -> None:
    assert "ingress" not in _policy(component, *FULL)


@pytest.mark.parametrize("component", ["api", "web", "orchestrator"])
def test_prometheus_of_the_release_collects_its_metrics(component: str) -> None:
    [rule] = _policy(component)["ingress"]
    assert {"podSelector": {"matchLabels": labels("prometheus")}} in rule["from"]


@pytest.mark.parametrize("component", ["api", "web", "orchestrator"])
def test_so_may_whoever_is_named(component: str) -> None:
    name = "global.networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.name=watch"
    [rule] = _policy(component, name)["ingress"]
    assert {"namespaceSelector": {"matchLabels": {"name": "watch"}}} in rule["from"]


@pytest.mark.parametrize(
    ("component", "is_reached"),
    [("api", True), ("web", True), ("orchestrator", False), ("postgres", False), ("redis", False)],
)
def test_the_edge_reaches_what_people_use(component: str, is_reached: bool) -> None:
    [rule] = _policy(component, *FULL)["ingress"]
    edge = {"namespaceSelector": {"matchLabels": {"name": "edge"}}}
    assert (edge in rule["from"]) is is_reached


@pytest.mark.parametrize(
    "component", ["api", "orchestrator", "migrate", "preflight", "backup", "restore"]
)
def test_managed_servers_are_reached_where_they_are(component: str) -> None:
    rules = _policy(component, *MANAGED, "backup.enabled=true")["egress"]
    blocks = {
        (peer["ipBlock"]["cidr"], rule["ports"][0]["port"])
        for rule in rules
        for peer in rule["to"]
        if "ipBlock" in peer
    }
    expected = {("10.0.0.5/32", 6432)}
    if component in {"api", "orchestrator"}:
        expected.add(("10.0.0.6/32", 6380))
    assert blocks == expected


def test_a_collector_of_traces_is_reached_when_named() -> None:
    where = ("api.egress[0].cidr=10.1.0.0/16", "api.egress[0].port=4318")
    last = _policy("api", *where)["egress"][-1]
    assert last == {
        "ports": [{"port": 4318, "protocol": "TCP"}],
        "to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}],
    }


def test_policies_can_be_left_out() -> None:
    assert of_kind("NetworkPolicy", "global.networkPolicy.enabled=false") == {}


def test_two_releases_share_no_selector() -> None:
    one_release = {str(found["spec"]) for found in of_kind("NetworkPolicy").values()}
    other = {str(found["spec"]) for found in of_kind("NetworkPolicy", release="other").values()}
    assert one_release & other == set()


@pytest.mark.parametrize("path", ["/metrics", "/_stcore/metrics", "/healthz", "/readyz"])
def test_probes_and_metrics_are_closed_at_the_edge(path: str) -> None:
    [rule] = one("Ingress", "ibid-edge", *FULL)["spec"]["rules"]
    backends = {
        entry["path"]: entry["backend"]["service"]["name"] for entry in rule["http"]["paths"]
    }
    assert backends[path] == "ibid-closed"
    first = one("HTTPRoute", "ibid-edge", *FULL)["spec"]["rules"][0]
    assert path in [match["path"]["value"] for match in first["matches"]]
    assert first["backendRefs"][0]["name"] == "ibid-closed"
    assert "selector" not in one("Service", "ibid-closed", *FULL)["spec"]


def test_the_edge_leads_to_the_dashboard_and_to_the_calls_of_the_api() -> None:
    [rule] = one("Ingress", "ibid-edge", *FULL)["spec"]["rules"]
    backends = {
        entry["path"]: entry["backend"]["service"]["name"] for entry in rule["http"]["paths"]
    }
    assert backends["/"] == "ibid-web"
    assert backends["/v1"] == backends["/schema"] == "ibid-api"


def test_the_api_can_have_a_host_of_its_own() -> None:
    hosts = ("ingress.apiHost=api.ibid.example", "gateway.apiHost=api.ibid.example")
    web, api = one("Ingress", "ibid-edge", *FULL, *hosts)["spec"]["rules"]
    assert [entry["path"] for entry in api["http"]["paths"]] == ["/v1", "/schema"]
    assert "/v1" not in [entry["path"] for entry in web["http"]["paths"]]
    route = one("HTTPRoute", "ibid-edge-api", *FULL, *hosts)["spec"]
    assert route["hostnames"] == ["api.ibid.example"]
