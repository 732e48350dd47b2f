"""What other programs say about the charts."""

import re
import subprocess
from pathlib import Path

import pytest

from helm.helm_tools import find, kubernetes_validate
from helm.rendering import CHART, ENVIRONMENTS, FULL, MANAGED, run, text

_VERSIONS = ("1.32", "1.34", "1.37")
_SETS = (*ENVIRONMENTS, None)
_EXTRAS = (
    "monitoring.enabled=true",
    "backup.enabled=true",
    *(f"{service}.autoscaling.enabled=true" for service in ("api", "web", "orchestrator")),
)


@pytest.mark.parametrize("environment", _SETS)
def test_helm_finds_nothing_to_complain_about(environment: str | None) -> None:
    values = ["--values", f"helm/environments/{environment}.yaml"] if environment else []
    done = subprocess.run(
        [find("helm"), "lint", "--strict", str(CHART), "--kube-version", "1.34.0", *values],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", _VERSIONS)
def test_every_environment_is_valid_on_three_versions_of_kubernetes(
    version: str, tmp_path: Path
) -> None:
    program = kubernetes_validate()
    for environment in (*ENVIRONMENTS, "defaults"):
        known = environment if environment in ENVIRONMENTS else None
        path = tmp_path / f"{environment}.yaml"
        path.write_text(text(environment=known), "utf-8")
    done = subprocess.run(
        [program, "-k", version, "--strict", *map(str, sorted(tmp_path.glob("*.yaml")))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("settings", [(), _EXTRAS, MANAGED], ids=["defaults", "extras", "managed"])
def test_there_is_no_critical_point(settings: tuple[str, ...]) -> None:
    rendered = text(*settings)
    done = subprocess.run(
        [
            find("kube-score"),
            "score",
            "--kubernetes-version",
            "v1.34",
            "--output-format",
            "ci",
            "-",
        ],
        input=rendered,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "[OK]" in done.stdout, done.stderr
    assert re.findall(r"(?m)^\[CRITICAL\].*", done.stdout) == []
    assert "kube-score/ignore" not in rendered


@pytest.mark.parametrize("environment", _SETS)
def test_two_renders_are_the_same_bytes(environment: str | None) -> None:
    assert run(environment=environment).stdout == run(environment=environment).stdout


def test_two_renders_of_everything_are_the_same_bytes() -> None:
    assert run(*FULL).stdout == run(*FULL).stdout
