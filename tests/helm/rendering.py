"""Charts as Kubernetes would get them. Every set of values is rendered once."""

import functools
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helm.helm_tools import find

CHART = Path("helm/ibid")
ENVIRONMENTS = ("dev", "staging", "production")
SERVICES = {"api": 3001, "web": 3000, "orchestrator": 3002}
STORES = {"postgres": 5432, "redis": 6379}

# Everything that can be turned on, so that a rule which holds here holds for all.
FULL = (
    "backup.enabled=true",
    "monitoring.enabled=true",
    "ingress.enabled=true",
    "ingress.host=ibid.example",
    "ingress.tlsSecret=ibid-tls",
    "gateway.enabled=true",
    "gateway.host=ibid.example",
    "gateway.parentRefs[0].name=public",
    "global.networkPolicy.edgeFrom[0].namespaceSelector.matchLabels.name=edge",
    "api.autoscaling.enabled=true",
    "web.autoscaling.enabled=true",
    "orchestrator.autoscaling.enabled=true",
    "orchestrator.autoscaling.queue.enabled=true",
    "redis.persistence.enabled=true",
    "global.serviceMonitor.force=true",
)
# Managed servers, by values alone.
MANAGED = (
    "postgres.enabled=false",
    "global.database.existingSecret=my-database",
    "global.database.egress[0].cidr=10.0.0.5/32",
    "global.database.egress[0].port=6432",
    "redis.enabled=false",
    "global.redis.existingSecret=my-redis",
    "global.redis.egress[0].cidr=10.0.0.6/32",
    "global.redis.egress[0].port=6380",
)
# Discovery lists kinds only where there is a cluster.
CLUSTER = ("v1/Secret", "gateway.networking.k8s.io/v1/HTTPRoute")

type Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Container:
    """``owner`` is the object whose pods have it."""

    owner: str
    pod: Object
    container: Object
    is_init: bool

    def __str__(self) -> str:
        return f"{self.owner}/{self.container['name']}"


def run(
    *settings: str,
    environment: str | None = None,
    apis: tuple[str, ...] = (),
    release: str = "ibid",
    kubernetes: str = "1.34.0",
) -> subprocess.CompletedProcess[str]:
    command = [find("helm"), "template", release, str(CHART), "--namespace", "ibid"]
    command += ["--kube-version", kubernetes]
    command += [part for api in apis for part in ("--api-versions", api)]
    if environment is not None:
        command += ["--values", f"helm/environments/{environment}.yaml"]
    command += [part for setting in settings for part in ("--set", setting)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@functools.cache
def text(
    *settings: str,
    environment: str | None = None,
    apis: tuple[str, ...] = (),
    release: str = "ibid",
) -> str:
    done = run(*settings, environment=environment, apis=apis, release=release)
    assert done.returncode == 0, done.stderr
    return done.stdout


@functools.cache
def objects(
    *settings: str,
    environment: str | None = None,
    apis: tuple[str, ...] = (),
    release: str = "ibid",
) -> tuple[Object, ...]:
    rendered = text(*settings, environment=environment, apis=apis, release=release)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(found for found in yaml.load_all(rendered, loader) if found)


def refusal(*settings: str, apis: tuple[str, ...] = (), kubernetes: str = "1.34.0") -> str:
    """Return what helm says when it refuses."""
    done = run(*settings, apis=apis, kubernetes=kubernetes)
    assert done.returncode != 0, "these values were accepted"
    return done.stderr


def one(kind: str, name: str, *settings: str, **options: Any) -> Object:
    [found] = [
        found
        for found in objects(*settings, **options)
        if (found["kind"], found["metadata"]["name"]) == (kind, name)
    ]
    return found


def of_kind(kind: str, *settings: str, **options: Any) -> dict[str, Object]:
    return {
        found["metadata"]["name"]: found
        for found in objects(*settings, **options)
        if found["kind"] == kind
    }


def pods(*settings: str, **options: Any) -> dict[str, Object]:
    """Return the pod templates, by the names of their owners."""
    return {
        f"{found['kind']}/{found['metadata']['name']}": template
        for found in objects(*settings, **options)
        if (template := _template(found)) is not None
    }


def containers(*settings: str, **options: Any) -> Iterator[Container]:
    for owner, pod in pods(*settings, **options).items():
        for key in ("initContainers", "containers"):
            for container in pod["spec"].get(key, ()):
                yield Container(owner, pod, container, key == "initContainers")


def labels(component: str, release: str = "ibid") -> Mapping[str, str]:
    return {
        "app.kubernetes.io/name": "ibid",
        "app.kubernetes.io/instance": release,
        "app.kubernetes.io/component": component,
    }


def _template(found: Object) -> Object | None:
    match found["kind"]:
        case "Pod":
            return found
        case "CronJob":
            return dict(found["spec"]["jobTemplate"]["spec"]["template"])
        case "Deployment" | "StatefulSet" | "Job":
            return dict(found["spec"]["template"])
    return None
