"""Everything that is deployed is signed, described, and held to who signed it."""

import json
import shutil

import pytest

from deploy.machine import DIGESTS, Machine

_DOCKER = """#!/usr/bin/env bash
if [[ -f $FAKE/sbom-fails ]]; then echo null; else echo '{"spdxVersion": "SPDX-2.3"}'; fi
"""
_COSIGN = """#!/usr/bin/env bash
echo "cosign $*" >>"$FAKE/log"
[[ ! -f $FAKE/$1-fails ]]
"""
_CHART = "sha256:" + "d" * 64
_BUILD = DIGESTS | {
    "IBID_REGISTRY": "ghcr.io/acme/ibid",
    "IBID_VERSION": "1.2.3",
    "IBID_CHART_DIGEST": _CHART,
    "IBID_REPOSITORY": "acme/ibid",
}
_ALL = [f"ghcr.io/acme/ibid/charts/ibid@{_CHART}"] + [
    f"ghcr.io/acme/ibid/ibid-{name}@{DIGESTS[f'IBID_{name.upper()}_DIGEST']}"
    for name in ("api", "web", "orchestrator")
]


@pytest.fixture
def signer(machine: Machine) -> Machine:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    for name, text in (("docker", _DOCKER), ("cosign", _COSIGN)):
        program = machine.home / "bin" / name
        program.write_text(text)
        program.chmod(0o755)
    return machine


def test_images_and_chart_are_signed_by_digest_with_what_is_in_them(signer: Machine) -> None:
    result = signer.run("sign.sh", IBID_OUTPUT=str(signer.home / "out"), **_BUILD)
    assert result.returncode == 0, result.stderr
    asked = signer.asked("cosign")
    assert sorted(line.split()[-1] for line in asked if line.startswith("cosign sign ")) == sorted(
        _ALL
    )
    attested = [line for line in asked if line.startswith("cosign attest ")]
    assert sorted(line.split()[-1] for line in attested) == sorted(_ALL)
    assert all("--type spdxjson" in line for line in attested)


def test_the_chart_is_described_by_the_images_that_it_runs(signer: Machine) -> None:
    signer.run("sign.sh", IBID_OUTPUT=str(signer.home / "out"), **_BUILD)
    found = json.loads((signer.home / "out/chart.spdx.json").read_text())
    chart, *images = found["packages"]
    assert chart["checksums"][0]["checksumValue"] == "d" * 64
    assert [image["name"] for image in images] == ["ibid-api", "ibid-web", "ibid-orchestrator"]
    names = {package["SPDXID"] for package in found["packages"]}
    depends = [each for each in found["relationships"] if each["relationshipType"] == "DEPENDS_ON"]
    assert {each["relatedSpdxElement"] for each in depends} == names - {chart["SPDXID"]}


def test_an_image_without_an_sbom_is_not_signed(signer: Machine) -> None:
    signer.fail("sbom")
    result = signer.run("sign.sh", IBID_OUTPUT=str(signer.home / "out"), **_BUILD)
    assert result.returncode == 1
    assert "without an SBOM" in result.stderr
    assert signer.asked("cosign") == []


def test_only_the_deploy_workflow_of_this_repository_may_have_signed(signer: Machine) -> None:
    result = signer.run("verify-signatures.sh", **_BUILD)
    assert result.returncode == 0, result.stderr
    asked = signer.asked("cosign")
    assert len(asked) == 2 * len(_ALL)
    identity = (
        "^https://github\\.com/acme/ibid/\\.github/workflows/deploy\\.yml"
        "@refs/(heads/main|tags/v[0-9][^/]*)$"
    )
    assert all(identity in line and "token.actions.githubusercontent.com" in line for line in asked)


@pytest.mark.parametrize("fails", ["verify", "verify-attestation"])
def test_what_cannot_be_verified_stops_the_deploy(signer: Machine, fails: str) -> None:
    signer.fail(fails)
    result = signer.run("verify-signatures.sh", **_BUILD)
    assert result.returncode == 1
    assert _ALL[0] in result.stderr
