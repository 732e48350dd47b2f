"""The chart that is pushed runs the images of its build, by digest, without being told."""

import re
import shutil
import tarfile
from pathlib import Path

import pytest
import yaml

from deploy.machine import DIGESTS, Machine

_CHART = Path(__file__).parents[2] / "helm/ibid"
_BUILD = DIGESTS | {"IBID_REGISTRY": "ghcr.io/acme/ibid", "IBID_VERSION": "1.2.3"}
# all but the push is Helm's own
_HELM = """#!/usr/bin/env bash
if [[ $1 != push ]]; then exec {helm} "$@"; fi
cp "$2" "$FAKE/pushed.tgz"
echo "$*" >"$FAKE/push"
echo "Digest: sha256:{digest}"
"""


@pytest.fixture
def publisher(machine: Machine) -> Machine:
    helm = shutil.which("helm")
    if helm is None:
        pytest.skip("helm is not installed")
    (machine.home / "bin/helm").write_text(_HELM.format(helm=helm, digest="e" * 64))
    shutil.rmtree(machine.home / "helm/ibid")
    shutil.copytree(_CHART, machine.home / "helm/ibid")
    return machine


def test_the_chart_names_the_images_of_its_build_by_digest(publisher: Machine) -> None:
    out = publisher.home / "out"
    result = publisher.run(
        "publish-chart.sh", IBID_TAGS="sha-1 1.2.3 latest", IBID_OUTPUT=str(out), **_BUILD
    )
    assert result.returncode == 0, result.stderr
    with tarfile.open(publisher.home / "pushed.tgz") as archive:
        files = {
            name: archive.extractfile(f"ibid/{name}") for name in ("Chart.yaml", "values.yaml")
        }
        chart, values = (yaml.safe_load(file) for file in files.values() if file is not None)
    assert (chart["version"], chart["appVersion"]) == ("1.2.3", "1.2.3")
    image = values["global"]["image"]
    assert (image["registry"], image["tag"]) == ("ghcr.io/acme/ibid", "1.2.3")
    for service in ("api", "web", "orchestrator"):
        assert image[service]["digest"] == DIGESTS[f"IBID_{service.upper()}_DIGEST"]
    assert (out / "build.env").read_text().splitlines() == [
        "IBID_CHART=oci://ghcr.io/acme/ibid/charts/ibid",
        "IBID_CHART_DIGEST=sha256:" + "e" * 64,
    ]


@pytest.mark.parametrize(("registry", "plain"), [("127.0.0.1:5055", True), ("ghcr.io/acme", False)])
def test_only_a_registry_on_this_machine_is_spoken_to_in_the_clear(
    publisher: Machine, registry: str, plain: bool
) -> None:
    build = _BUILD | {"IBID_REGISTRY": registry, "IBID_OUTPUT": str(publisher.home / "out")}
    result = publisher.run("publish-chart.sh", IBID_TAGS="sha-1 main", **build)
    assert result.returncode == 0, result.stderr
    assert ("--plain-http" in (publisher.home / "push").read_text()) is plain


def test_a_build_without_digests_is_not_published(publisher: Machine) -> None:
    result = publisher.run("publish-chart.sh", IBID_REGISTRY="ghcr.io/acme", IBID_TAGS="x")
    assert result.returncode == 1
    assert re.search(r"missing: the variable IBID_VERSION", result.stderr)
    assert not (publisher.home / "push").exists()
