"""Values: what is wrong is said before anything changes, all of it, and with the remedy."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.schemas import charts
from charts.schemas import text as schema_text
from helm.rendering import CHART, CLUSTER, FULL, MANAGED, objects, one, refusal, run

_TYPOS = [
    "replicas=1",
    "global.imageRegisty=x",
    "global.image.api.tg=x",
    "global.database.existingSecrets=x",
    "global.networkPolicy.enable=false",
    "api.replicaCunt=2",
    "api.config.IBID_LOG_LEVL=DEBUG",
    "api.rollout.drainSecond=1",
    "web.config.IBID_DATABASE_POOL_SIZE=1",
    "api.resources.requests.cpus=1",
    "global.helperResources.limits.mem=1Gi",
    "web.service.nodeport=1",
    "orchestrator.autoscaling.queue.enable=true",
    "orchestrator.probes.liveness.period=1",
    "postgres.storage.sizes=1Gi",
    "postgres.config.shared_bufers=1GB",
    "postgres.config.port=5433",
    "redis.persistence.enable=true",
    "backup.keeps=1",
    "ingress.hosts=x",
    "gateway.parentRef=x",
    "gateway.parentRefs[0].nam=x",
    "global.networkPolicy.edgeFrom[0].podSelector.matchLabel=x",
    "global.networkPolicy.dns[0].ipBlock.cdir=x",
    "redis.scheduling.tolerations[0].efect=NoSchedule",
    "monitoring.grafana.scheduling.tolerations[0].efect=NoSchedule,monitoring.enabled=true",
    "migration.deadline=1",
    "common.labels=x",
    "postgres.storage.sizes=1Gi,postgres.enabled=false",
    "postgres.config.shared_bufers=1GB,postgres.enabled=false",
    "redis.persistence.enable=true,redis.enabled=false",
    "monitoring.prometheus.retention.tim=1d",
    "monitoring.grafana.probes.startup.period=1",
    "monitoring.enable=true",
]
_WRONG = [
    "api.replicas=two",
    "api.replicas=-1",
    "api.resources.requests.memory=lots",
    "api.service.type=Loadbalancer",
    "api.service.nodePort=70000",
    "api.egress[0].cidr=example.com",
    "global.image.pullPolicy=Sometimes",
    "global.image.api.digest=sha256:12",
    "global.database.uid=0",
    "redis.maxMemoryPolicy=forget",
    "postgres.enabled=maybe",
    "backup.schedule=daily",
    "web.rollout.drainSeconds=soon",
    "orchestrator.tmpSize=big",
    "redis.maxMemory=lots,redis.enabled=false",
    "monitoring.prometheus.scrapeInterval=15",
    "api.config.IBID_LOG_LEVEL=LOUD",
    "api.config.IBID_DATABASE_POOL_SIZE=0",
    "api.config.IBID_DATABASE_POOL_SIZE=many",
    "api.config.IBID_EMBEDDING_THREADS=true",
    "api.config.IBID_EMBEDDING_THREADS=1.5",
    "api.config.IBID_EMBEDDING_URL_DIMENSION=4001",
    "api.config.IBID_OTLP_ENDPOINT=collector:4318",
    "web.config.IBID_COOKIE_SECURE=maybe",
    "web.config.IBID_STARTUP_PERCENT=101",
    "orchestrator.config.IBID_LEASE_SECONDS=0",
    "orchestrator.config.IBID_EXTRACTION_SECONDS=86400.5",
    "orchestrator.rollout.shutdownSeconds=0",
    "orchestrator.rollout.startupDelaySeconds=601",
]
# Handed on whole, since their names are anybody's; "words" are such labels.
_WHOLE = {
    "affinity",
    "annotations",
    "dashboardLabels",
    "labels",
    "matchLabels",
    "nodeSelector",
    "podAnnotations",
    "podLabels",
    "selector",
    "words",
}
_TOGETHER = {
    "postgres.enabled=false": [
        "global.database.existingSecret names no Secret",
        "global.database.egress is empty",
    ],
    "redis.enabled=false": [
        "global.redis.existingSecret names no Secret",
        "global.redis.egress is empty",
    ],
    "ingress.enabled=true": [
        "ingress.host is empty",
        "ingress.enabled is true, and global.network",
    ],
    "gateway.enabled=true": ["gateway.host is empty", "gateway.parentRefs is empty"],
    "api.autoscaling.enabled=true,api.autoscaling.minReplicas=9": ["minReplicas is 9"],
    "api.rollout.progressDeadlineSeconds=60": ["must be more than global.database.waitSeconds"],
    "orchestrator.autoscaling.queue.enabled=true": ["nothing scales"],
    "bootstrap.enabled=false": ["there is no API key for it"],
    "backup.enabled=true,backup.keep=0": ["keep one dump at least"],
    "global.database.egress[0].cidr=10.0.0.1/32,global.database.egress[0].port=5432": [
        "is for a PostgreSQL outside"
    ],
}


@pytest.mark.parametrize("setting", _TYPOS)
def test_a_name_that_is_none_is_refused(setting: str) -> None:
    said = refusal(setting)
    assert "values don't meet the specifications of the schema" in said
    assert setting.partition("=")[0].rpartition(".")[2] in said


@pytest.mark.parametrize("setting", _WRONG)
def test_a_value_of_the_wrong_kind_is_refused(setting: str) -> None:
    said = refusal(setting)
    assert "values don't meet the specifications of the schema" in said
    assert re.split(r"[=.\[]", setting.partition("=")[0])[-1].rstrip("]") in said


@pytest.mark.parametrize("setting", _TOGETHER)
def test_what_does_not_go_together_is_refused_with_the_remedy(setting: str) -> None:
    said = refusal(setting)
    assert "Ibid cannot be installed like this" in said
    for part in _TOGETHER[setting]:
        assert part in said


def test_all_mistakes_are_told_at_once() -> None:
    said = refusal("postgres.enabled=false", "redis.enabled=false", "ingress.enabled=true")
    assert said.count("\n- ") == 6


def test_a_name_that_would_be_cut_is_refused() -> None:
    done = run(release="r" * 37)
    assert "37 characters" in done.stderr


def test_a_secret_that_is_named_must_be_there() -> None:
    said = refusal("global.database.existingSecret=mine", apis=CLUSTER)
    assert "there is no Secret" in said
    assert "owner-password" in said


def test_a_cluster_that_is_too_old_is_refused() -> None:
    said = refusal(kubernetes="1.29.4")
    assert "requires kubeVersion: >=1.30.0-0" in said


@pytest.mark.parametrize("settings", [FULL, MANAGED], ids=["full", "managed"])
def test_right_values_are_accepted(settings: tuple[str, ...]) -> None:
    assert objects(*settings)


def test_settings_of_the_server_and_of_its_extensions_are_accepted() -> None:
    settings = ("postgres.config.shared_buffers=1GB", r"postgres.config.hnsw\.ef_search=100")
    data = one("ConfigMap", "ibid-postgres", *settings)["data"]["postgresql.conf"]
    assert "shared_buffers = 1GB\n" in data
    assert "hnsw.ef_search = 100\n" in data


def test_an_empty_setting_of_the_server_is_written_as_such() -> None:
    settings = ("postgres.config.shared_preload_libraries=",)
    data = one("ConfigMap", "ibid-postgres", *settings)["data"]["postgresql.conf"]
    assert "shared_preload_libraries = ''\n" in data


def test_containers_may_ask_for_huge_pages_and_for_devices() -> None:
    limits = "orchestrator.resources.limits"
    settings = (rf"{limits}.example\.com/gpu=1", f"{limits}.hugepages-2Mi=64Mi")
    pod = one("Deployment", "ibid-orchestrator", *settings)["spec"]["template"]["spec"]
    given = pod["containers"][0]["resources"]["limits"]
    assert {"example.com/gpu": 1, "hugepages-2Mi": "64Mi"}.items() <= given.items()


def test_a_part_that_is_off_needs_no_whole_values() -> None:
    settings = ("postgres.resources.limits.memory=4Gi", "monitoring.grafana.admin.user=me")
    assert objects(*MANAGED, *settings)


@pytest.mark.parametrize("part", ["postgres", "redis", "monitoring"])
@pytest.mark.parametrize("enabled", ["true", "false"])
def test_a_mistake_in_a_part_is_told_once(part: str, enabled: str) -> None:
    said = refusal(f"{part}.enabled={enabled}", f"{part}.podLabel=x")
    assert said.count("podLabel") == 1


def test_managed_servers_need_no_store_of_ours() -> None:
    assert not [found for found in objects(*MANAGED) if found["kind"] == "StatefulSet"]
    api = one("Deployment", "ibid-api", *MANAGED)["spec"]["template"]["spec"]
    sources = next(volume for volume in api["volumes"] if volume["name"] == "secrets")
    assert [source["secret"]["name"] for source in sources["projected"]["sources"]] == [
        "my-database",
        "my-redis",
    ]


def test_managed_servers_can_be_backed_up() -> None:
    job = one("CronJob", "ibid-backup", *MANAGED, "backup.enabled=true")
    assert "my-database" in str(job)


@pytest.mark.parametrize("chart", charts(CHART), ids=lambda chart: chart.name)
def test_a_schema_is_the_one_that_the_values_give(chart: Path) -> None:
    written = (chart / "values.schema.json").read_text("utf-8")
    assert written == schema_text(chart), "run: python -m charts.schemas"


@pytest.mark.parametrize(
    "path", sorted(CHART.rglob("values.schema.json")), ids=lambda path: path.parent.name
)
def test_every_object_of_a_schema_is_closed(path: Path) -> None:
    schema = json.loads(path.read_text("utf-8"))
    is_umbrella = path.parent == CHART
    elsewhere = {part.name for part in CHART.glob("charts/*")} if is_umbrella else {"global"}
    assert set(_open_objects(schema, "values")) - _WHOLE <= elsewhere


def _open_objects(schema: dict[str, Any], name: str) -> Iterator[str]:
    """The names of the objects that take any name."""
    is_object = schema.get("type") == "object" or "properties" in schema
    if is_object and schema.get("additionalProperties") is not False:
        yield name
    for key in ("properties", "patternProperties", "definitions"):
        for inner, part in schema.get(key, {}).items():
            yield from _open_objects(part, inner)
    for key in ("items", "then"):
        if key in schema:
            yield from _open_objects(schema[key], f"{name}.{key}")


def test_every_value_of_the_umbrella_is_read() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    read = "".join(
        path.read_text("utf-8")
        for path in CHART.rglob("*")
        if path.suffix in {".yaml", ".tpl", ".txt"} and "templates" in path.parts
    )
    leaves = _names(values)
    assert {name for name in leaves if f".{name}" not in read} == set()


@pytest.mark.parametrize("chart", charts(CHART)[1:], ids=lambda chart: chart.name)
def test_every_value_of_a_subchart_is_read(chart: Path) -> None:
    values = yaml.safe_load((chart / "values.yaml").read_text("utf-8")) or {}
    read = "".join(
        path.read_text("utf-8")
        for path in [*CHART.rglob("*.tpl"), *CHART.rglob("templates/*.yaml"), CHART / "Chart.yaml"]
    )
    assert {name for name in _names(values) if f".{name}" not in read} == set()


def _names(values: object) -> set[str]:
    """The names that hold values, but those of things that are handed on whole."""
    whole = {"resources", "helperResources", "startup", "readiness", "liveness", "dns", "config"}
    whole |= {"image"}
    found: set[str] = set()
    if isinstance(values, dict):
        for name, value in values.items():
            found.add(name)
            if name not in whole:
                found |= _names(value)
    return found
