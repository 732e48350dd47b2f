"""More orchestrators where more jobs are due, by an external metric and not by the processors."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster import kube, report
from cluster.installation import TAG, Installation, pod
from cluster.load import Load, scripts
from cluster.waiting import size, until

_NAMESPACE = "ibid-proof-metrics"
_NAME = "metrics-api"
_API = "v1beta1.external.metrics.k8s.io"
_DOCUMENTS, _MOST = 40, 3
_SCALED = [
    "orchestrator.autoscaling.enabled=true",
    "orchestrator.autoscaling.minReplicas=1",
    f"orchestrator.autoscaling.maxReplicas={_MOST}",
    "orchestrator.autoscaling.scaleDownSeconds=10",
    "orchestrator.autoscaling.queue.enabled=true",
    # ten times this is more than two processors have to give: the queue alone can ask for pods
    "orchestrator.autoscaling.cpuPercent=1000",
    "orchestrator.resources.requests.cpu=200m",
    r"global.networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.kubernetes\.io/metadata\.name"
    f"={_NAMESPACE}",
]


@pytest.fixture
def scaled(installation: Installation, tmp_path: Path) -> Iterator[Installation]:
    if _API in kube.run(["kubectl", "get", "apiservices", "--output=name"]).stdout:
        pytest.skip("the cluster has an adapter of external metrics already")
    kube.create_namespace(_NAMESPACE)
    try:
        _serve(installation, tmp_path)
        installation.upgrade(TAG, *_SCALED)
        yield installation
    finally:
        # first: while an API answers nothing, no namespace can be deleted
        kube.kubectl("default", "delete", "apiservice", _API, "--ignore-not-found")
        installation.upgrade()
        if not os.environ.get("IBID_CLUSTER_KEEP"):
            kube.delete_namespace(_NAMESPACE)


def test_orchestrators_follow_the_queue(scaled: Installation) -> None:
    until(lambda: size(scaled, "orchestrator") == 1)
    load = Load(scaled, "queue-scaling", rate=5)
    load.start()
    try:
        with load.phase("scaled by the queue"):
            scaled.execute(
                "queue-scaling", "/app/bin/python", "-m", "cluster.pod.pile", str(_DOCUMENTS)
            )
            began = time.monotonic()
            until(lambda: size(scaled, "orchestrator") == _MOST)
            up = time.monotonic() - began
            status = _autoscaler(scaled)["status"]
            scaled.settle()
        audit = load.audit()
    finally:
        load.stop()
    began = time.monotonic()
    until(lambda: size(scaled, "orchestrator") == 1)
    down = time.monotonic() - began
    assert "ibid_jobs_due" in [
        metric["external"]["metric"]["name"]
        for metric in status["currentMetrics"]
        if metric["type"] == "External"
    ]
    assert "external metric ibid_jobs_due" in _reasons(scaled)
    assert load.phases[0].failures == []
    assert audit.lost == audit.repeated == []
    report.say_phases(
        "Autoscaling by the queue",
        load.phases,
        str(audit),
        f"{_MOST} orchestrators {up:.0f} s after the last document, "
        f"one again {down:.0f} s after the last job",
    )


def _autoscaler(installation: Installation) -> Any:
    name = f"{installation.release}-orchestrator"
    return kube.get(installation.namespace, "horizontalpodautoscaler", name)


def _reasons(installation: Installation) -> str:
    events = kube.get(
        installation.namespace, "events", "--field-selector=reason=SuccessfulRescale"
    )["items"]
    return "\n".join(str(event["message"]) for event in events)


def _serve(installation: Installation, folder: Path) -> None:
    """Register the metric's API, and wait until the cluster asks it."""
    host = f"{_NAME}.{_NAMESPACE}.svc"
    key, certificate = folder / "tls.key", folder / "tls.crt"
    kube.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ]
    )
    variables = {
        "IBID_NAMESPACE": installation.namespace,
        "IBID_RELEASE": installation.release,
        "IBID_METRICS_URL": f"http://{installation.release}-orchestrator."
        f"{installation.namespace}:3002/metrics",
        "PYTHONPATH": "/load",
    }
    labels = {"app": _NAME}
    kube.apply(
        _NAMESPACE,
        scripts(_NAME),
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": _NAME},
            "stringData": {"tls.key": key.read_text(), "tls.crt": certificate.read_text()},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": _NAME},
            "spec": {"selector": labels, "ports": [{"port": 443, "targetPort": 6443}]},
        },
        pod(
            _NAME,
            f"ibid-api:{TAG}",
            ["/app/bin/python", "-m", "cluster.pod.metrics_api"],
            labels,
            env=[{"name": name, "value": value} for name, value in variables.items()],
            volumeMounts=[
                {"name": "load", "mountPath": "/load/cluster/pod"},
                {"name": "tls", "mountPath": "/run/secrets/tls"},
            ],
            volumes=[
                {"name": "load", "configMap": {"name": _NAME}},
                {"name": "tls", "secret": {"secretName": _NAME}},
            ],
        ),
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": _API},
            "spec": {
                "group": "external.metrics.k8s.io",
                "version": "v1beta1",
                "service": {"name": _NAME, "namespace": _NAMESPACE},
                "insecureSkipTLSVerify": True,
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
            },
        },
    )
    kube.kubectl(
        "default", "wait", "--for=condition=Available", f"apiservice/{_API}", "--timeout=90s"
    )
