"""PostgreSQL and Redis that are not the chart's: tried before anything changes, then used."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cluster import kube, report
from cluster.images import OTHERS
from cluster.installation import TAG, Installation

_SERVERS = "ibid-proof-servers"
_PASSWORD = "of-the-proof"
_SMALL = [f"{service}.replicas=1" for service in ("api", "web", "orchestrator")]
_POSTGRES, _REDIS = OTHERS


@dataclass(frozen=True, slots=True)
class Servers:
    """Pods beyond the release, by their addresses."""

    postgres: str
    redis: str

    def settings(self, *, postgres_port: int = 5432) -> list[str]:
        egress = [("database", self.postgres, postgres_port), ("redis", self.redis, 6379)]
        return [
            *("postgres.enabled=false", "redis.enabled=false", "migration.checkSeconds=5"),
            *("global.database.existingSecret=servers", "global.redis.existingSecret=servers"),
            "global.redis.keys.url=redis-url",
            *(
                f"global.{server}.egress[0].{name}={value}"
                for server, address, port in egress
                for name, value in (("cidr", f"{address}/32"), ("port", port))
            ),
        ]

    def apply_secret(self, namespace: str, *, postgres_port: int = 5432) -> None:
        address = f"{self.postgres}:{postgres_port}/ibid"
        values = {
            "url": f"postgresql://ibid_service:{_PASSWORD}@{address}",
            "migration-url": f"postgresql://ibid:{_PASSWORD}@{address}",
            "redis-url": f"redis://{self.redis}:6379",
        }
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "servers"}}
        kube.apply(namespace, {**secret, "stringData": values})


@pytest.fixture(scope="module")
def servers(cluster: None) -> Iterator[Servers]:
    kube.delete_namespace(_SERVERS)
    kube.kubectl("default", "create", "namespace", _SERVERS)
    environment = {"USER": "ibid", "DB": "ibid", "PASSWORD": _PASSWORD}
    _run("postgres", _POSTGRES, {f"POSTGRES_{name}": value for name, value in environment.items()})
    _run("redis", _REDIS, {})
    kube.kubectl(_SERVERS, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=180s")
    yield Servers(_address("postgres"), _address("redis"))
    if not os.environ.get("IBID_CLUSTER_KEEP"):
        kube.delete_namespace(_SERVERS)


@pytest.fixture
def namespace() -> Iterator[Installation]:
    new = Installation("ibid-proof-managed")
    kube.create_namespace(new.namespace)
    yield new
    if not os.environ.get("IBID_CLUSTER_KEEP"):
        kube.delete_namespace(new.namespace)


def test_a_server_that_cannot_be_reached_is_told_before_anything_is_made(
    namespace: Installation, servers: Servers
) -> None:
    servers.apply_secret(namespace.namespace, postgres_port=5499)
    with pytest.raises(AssertionError, match="pre-install") as refused:
        namespace.upgrade(TAG, *_SMALL, *servers.settings(postgres_port=5499))
    *_, reason = [line for line in str(refused.value).splitlines() if line.startswith("ibid: ")]
    assert "5499" in reason
    assert namespace.objects("deployments,services,configmaps,jobs.batch") == _checks(namespace)
    report.say("A managed PostgreSQL that does not answer", reason)


def test_all_of_it_works_with_servers_that_are_not_the_charts(
    namespace: Installation, servers: Servers
) -> None:
    servers.apply_secret(namespace.namespace)
    namespace.upgrade(TAG, *_SMALL, *servers.settings())
    assert "the document is deleted" in namespace.test()
    assert not namespace.objects("statefulsets")
    assert _checks(namespace) == []
    report.say("Managed PostgreSQL and Redis", "the check passed and went, helm test passed")


def _run(name: str, image: str, variables: dict[str, str]) -> None:
    command = ["kubectl", "--namespace", _SERVERS, "run", name, f"--image={image}"]
    environment = [f"--env={key}={value}" for key, value in variables.items()]
    kube.run([*command, "--image-pull-policy=IfNotPresent", *environment])


def _address(name: str) -> str:
    return str(kube.get(_SERVERS, "pod", name)["status"]["podIP"])


def _checks(installation: Installation) -> list[object]:
    """The Job of the check, which stays where it failed."""
    jobs = installation.objects("jobs.batch")
    return [job for job in jobs if job["metadata"]["name"] == "ibid-preflight"]
