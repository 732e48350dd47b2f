"""What each part is given, and what helm says and tests."""

import ast
import subprocess
from pathlib import Path

import pytest

from helm.rendering import FULL, MANAGED, of_kind, one, pods
from libs.settings import ApiSettings, OrchestratorSettings, WebSettings, load

_SETTINGS: dict[str, type[ApiSettings | OrchestratorSettings | WebSettings]] = {
    "api": ApiSettings,
    "orchestrator": OrchestratorSettings,
    "web": WebSettings,
}


@pytest.mark.parametrize("service", _SETTINGS)
def test_a_service_can_read_its_configuration(service: str, tmp_path: Path) -> None:
    data = dict(one("ConfigMap", f"ibid-{service}")["data"])
    for name, url in (("DATABASE", "postgresql://a@b/c"), ("REDIS", "redis://b")):
        if data.pop(f"IBID_{name}_URL_FILE", None):
            data[f"IBID_{name}_URL"] = url
    assert load(_SETTINGS[service], data).drain_file == Path("/run/ibid/draining")


def test_the_dashboard_asks_the_api_of_its_release() -> None:
    data = one("ConfigMap", "other-web", release="other")["data"]
    assert data["IBID_API_URL"] == "http://other-api:3001"


def test_numbers_are_written_out() -> None:
    data = one("ConfigMap", "ibid-api", "api.config.IBID_MAX_UPLOAD_BYTES=536870912")["data"]
    assert data["IBID_MAX_UPLOAD_BYTES"] == "536870912"


def test_parts_of_numbers_stay() -> None:
    data = one("ConfigMap", "ibid-orchestrator", "orchestrator.config.IBID_LEASE_SECONDS=2.5")
    assert data["data"]["IBID_LEASE_SECONDS"] == "2.5"


def test_the_server_is_configured_by_values() -> None:
    data = one("ConfigMap", "ibid-postgres", "postgres.config.work_mem=64MB")["data"]
    assert "work_mem = 64MB" in data["postgresql.conf"]


def test_the_volume_of_the_database_stays() -> None:
    spec = one("StatefulSet", "ibid-postgres")["spec"]
    assert spec["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Retain"
    assert spec["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] == "20Gi"


def test_a_claim_that_is_there_is_used() -> None:
    spec = one("StatefulSet", "ibid-postgres", "postgres.storage.existingClaim=mine")["spec"]
    assert "volumeClaimTemplates" not in spec
    assert {"name": "data", "persistentVolumeClaim": {"claimName": "mine"}} in spec["template"][
        "spec"
    ]["volumes"]


def test_redis_keeps_nothing_unless_told() -> None:
    assert "volumeClaimTemplates" not in one("StatefulSet", "ibid-redis")["spec"]
    assert 'save ""' in one("ConfigMap", "ibid-redis")["data"]["redis.conf"]
    assert "appendonly yes" in one("ConfigMap", "ibid-redis", *FULL)["data"]["redis.conf"]
    assert one("StatefulSet", "ibid-redis", *FULL)["spec"]["volumeClaimTemplates"]


def test_redis_refuses_when_full_and_forgets_nothing() -> None:
    assert "maxmemory-policy noeviction" in one("ConfigMap", "ibid-redis")["data"]["redis.conf"]


def test_backups_are_made_and_restored_every_night() -> None:
    dump = one("CronJob", "ibid-backup", *FULL)["spec"]
    check = one("CronJob", "ibid-restore-test", *FULL)["spec"]
    assert dump["concurrencyPolicy"] == check["concurrencyPolicy"] == "Forbid"
    assert dump["schedule"] != check["schedule"]
    assert dump["timeZone"] == "Etc/UTC"


def test_the_restore_test_has_no_credentials() -> None:
    assert "secret" not in str(pods(*FULL)["CronJob/ibid-restore-test"]["spec"]["volumes"])


def test_a_restore_runs_when_it_is_asked_for_and_once() -> None:
    spec = one("CronJob", "ibid-restore", *FULL)["spec"]
    assert spec["suspend"] is True
    # a second try would begin when nobody waits for it any more
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_a_restore_reads_the_urls_of_the_owner_and_of_the_role_that_dumps() -> None:
    spec = pods(*FULL)["CronJob/ibid-restore"]["spec"]
    [volume] = [volume for volume in spec["volumes"] if volume["name"] == "secrets"]
    found = [
        item["path"]
        for source in volume["projected"]["sources"]
        for item in source["secret"]["items"]
    ]
    folder, *urls = spec["containers"][0]["args"]
    assert folder == "/backup"
    assert urls == [f"/run/secrets/ibid/{name}" for name in found]
    assert found == ["migration-url", "backup-url"]


def test_a_restore_takes_the_newest_dump_unless_another_is_named() -> None:
    [container] = pods(*FULL)["CronJob/ibid-restore"]["spec"]["containers"]
    assert {"name": "IBID_RESTORE_DUMP", "value": ""} in container["env"]


@pytest.mark.parametrize("name", ["backup", "restore", "restore-test"])
def test_the_script_of_a_job_is_there_and_is_one(name: str) -> None:
    [container] = pods(*FULL)[f"CronJob/ibid-{name}"]["spec"]["containers"]
    assert container["command"] == ["bash", f"/etc/ibid/{name}.sh"]
    script = one("ConfigMap", "ibid-backup", *FULL)["data"][f"{name}.sh"]
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_a_volume_that_waits_for_its_first_pod_holds_up_no_install() -> None:
    claims = [
        volume["persistentVolumeClaim"]["claimName"]
        for owner, pod in pods(*FULL).items()
        if owner.startswith("Job/")
        for volume in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    ]
    assert claims == ["ibid-backup"]


def test_dumps_outlive_the_release() -> None:
    claim = one("PersistentVolumeClaim", "ibid-backup", *FULL)
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_the_test_of_helm_is_a_program() -> None:
    script = one("ConfigMap", "ibid-test")["data"]["smoke.py"]
    calls = {node.attr for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Attribute)}
    assert {"upload", "search", "get_text", "delete_document", "delete_collection"} <= calls


@pytest.mark.parametrize("service", ["api", "web", "orchestrator"])
def test_metrics_are_collected_where_the_operator_is(service: str) -> None:
    monitor = one("ServiceMonitor", f"ibid-{service}", *FULL)["spec"]
    endpoint = monitor["endpoints"][0]
    assert (endpoint["port"], endpoint["path"]) == ("http", "/metrics")
    assert endpoint["relabelings"] == [{"targetLabel": "release", "replacement": "ibid"}]


@pytest.mark.parametrize(
    ("apis", "made"),
    [
        ((), False),
        # the operator's group, of which this cluster has other kinds only
        (("monitoring.coreos.com/v1", "monitoring.coreos.com/v1/PrometheusRule"), False),
        (("monitoring.coreos.com/v1/ServiceMonitor",), True),
    ],
)
def test_metrics_have_an_object_where_the_cluster_knows_its_kind(
    apis: tuple[str, ...], made: bool
) -> None:
    assert bool(of_kind("ServiceMonitor", apis=apis)) == made


def test_the_operator_collects_what_streamlit_tells_of_itself() -> None:
    [_, endpoint] = one("ServiceMonitor", "ibid-web", *FULL)["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("http", "/_stcore/metrics")
    assert {"targetLabel": "job", "replacement": "streamlit"} in endpoint["relabelings"]
    for service in ("api", "orchestrator"):
        assert len(one("ServiceMonitor", f"ibid-{service}", *FULL)["spec"]["endpoints"]) == 1


def test_services_may_be_reached_from_a_node() -> None:
    spec = one("Service", "ibid-api", "api.service.type=NodePort", "api.service.nodePort=30001")
    assert spec["spec"]["type"] == "NodePort"
    assert spec["spec"]["ports"][0]["nodePort"] == 30001


def test_a_client_may_be_kept_at_one_pod() -> None:
    spec = one("Service", "ibid-web", "web.service.sessionAffinitySeconds=60")["spec"]
    assert spec["sessionAffinity"] == "ClientIP"


def test_scheduling_is_handed_on() -> None:
    spec = pods("api.scheduling.nodeSelector.disk=fast", "api.scheduling.priorityClassName=high")[
        "Deployment/ibid-api"
    ]["spec"]
    assert spec["nodeSelector"] == {"disk": "fast"}
    assert spec["priorityClassName"] == "high"


def test_managed_releases_have_every_service() -> None:
    assert {"Deployment/ibid-api", "Deployment/ibid-web", "Deployment/ibid-orchestrator"} <= set(
        pods(*MANAGED)
    )
