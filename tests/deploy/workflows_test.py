"""The workflows give away as little as they can, and leave the work to scripts."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

_ROOT = Path(__file__).parents[2]
_WORKFLOWS = sorted((_ROOT / ".github/workflows").glob("*.yml"))
_CHECKED = ("ci.yml", "deploy.yml")
_STAGES = ("dev", "staging", "production")
_ACTIONLINT = "v1.7.12"
# a script with its arguments, and what it prints as outputs of the step
_CALL = r'(scripts/[\w/-]+\.sh|\.ci/run)( [\w-]+)*( \| tee -a "\$GITHUB_OUTPUT")?'


def parsed(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


@pytest.fixture
def deploy() -> dict[str, Any]:
    return parsed(_ROOT / ".github/workflows/deploy.yml")


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def triggers(workflow: dict[str, Any]) -> dict[str, Any]:
    # YAML 1.1 reads the key "on" as true
    [found] = [value for key, value in workflow.items() if str(key) in ("on", "True")]
    return dict(found)


def test_there_are_workflows_to_look_at() -> None:
    assert {path.name for path in _WORKFLOWS} >= {*_CHECKED, "cluster.yml"}


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_whose_version_is_named(path: Path) -> None:
    uses = re.findall(r"^\s*(?:- )?uses: *(.*)$", path.read_text("utf-8"), re.MULTILINE)
    assert uses
    for use in uses:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), use


def test_one_action_has_one_commit_everywhere() -> None:
    text = "".join(path.read_text("utf-8") for path in _WORKFLOWS)
    pins = set(re.findall(r"uses: *([\w./-]+)@([0-9a-f]{40})", text))
    assert len({action for action, _ in pins}) == len(pins)


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)
def test_a_job_may_do_only_what_it_says(path: Path) -> None:
    workflow = parsed(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert job["permissions"], name
        assert job["timeout-minutes"], name
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_who_builds_cannot_sign_and_who_deploys_cannot_push(deploy: dict[str, Any]) -> None:
    rights = {name: job["permissions"] for name, job in deploy["jobs"].items()}
    assert "id-token" not in rights["build"]
    assert rights["sign"]["id-token"] == "write"
    for stage in _STAGES:
        assert "write" not in {v for k, v in rights[stage].items() if k != "id-token"}, stage


def test_the_checks_run_the_command_of_the_readme() -> None:
    readme = (_ROOT / "README.md").read_text("utf-8")
    assert "\n./pants test ::" in readme
    assert "step ./pants test ::" in (_ROOT / ".ci/run").read_text("utf-8")
    for name in _CHECKED:
        workflow = parsed(_ROOT / ".github/workflows" / name)
        assert [step for step in steps(workflow) if step.get("run") == ".ci/run"], name


def test_the_proof_runs_on_a_cluster_each_week_and_when_asked() -> None:
    workflow = parsed(_ROOT / ".github/workflows/cluster.yml")
    assert set(triggers(workflow)) == {"schedule", "workflow_dispatch"}
    assert "scripts/kind-test.sh" in [step.get("run") for step in steps(workflow)]
    assert [job["permissions"] for job in workflow["jobs"].values()] == [{"contents": "read"}]


def test_the_checks_see_the_release_before() -> None:
    for path in _WORKFLOWS:
        for job in parsed(path)["jobs"].values():
            if any(step.get("run") == ".ci/run" for step in job["steps"]):
                [checkout] = [step for step in job["steps"] if "checkout" in step.get("uses", "")]
                assert checkout["with"]["fetch-depth"] == 0, path.name


def test_only_pushes_to_the_default_branch_deploy_and_releases_are_published(
    deploy: dict[str, Any],
) -> None:
    assert triggers(deploy) == {"push": {"branches": ["main"], "tags": ["v[0-9]*"]}}
    assert "github.event.repository.default_branch" in deploy["jobs"]["plan"]["if"]
    for job in ("build", "sign"):
        assert "if" not in deploy["jobs"][job]
    # tags.sh says yes for the default branch alone
    for stage in _STAGES:
        assert "needs.plan.outputs.deploy == 'yes'" in deploy["jobs"][stage]["if"]


def test_one_stage_comes_after_the_other_each_in_its_environment(deploy: dict[str, Any]) -> None:
    for before, stage in zip(("sign", *_STAGES), _STAGES, strict=False):
        job = deploy["jobs"][stage]
        assert job["environment"] == stage
        assert before in job["needs"]


@pytest.mark.parametrize("stage", _STAGES)
def test_the_values_of_a_stage_name_no_build(stage: str) -> None:
    values = parsed(_ROOT / f"helm/environments/{stage}.yaml")
    image = values.get("global", {}).get("image", {})
    assert not {"tag", "api", "web", "orchestrator"} & set(image)


def test_the_stages_differ_in_their_name_only(deploy: dict[str, Any]) -> None:
    def told(stage: str) -> str:
        job = {key: value for key, value in deploy["jobs"][stage].items() if key != "needs"}
        return str(yaml.safe_dump(job)).replace(stage, "STAGE")

    assert len({told(stage) for stage in _STAGES}) == 1


def test_no_deploy_is_stopped_half_way(deploy: dict[str, Any]) -> None:
    assert deploy["concurrency"]["cancel-in-progress"] is False
    for stage in _STAGES:
        job = deploy["jobs"][stage]
        assert job["concurrency"]["cancel-in-progress"] is False
        [healing] = [step for step in job["steps"] if "heal-release.sh" in step.get("run", "")]
        assert healing["if"] == "cancelled()"


def test_layers_are_kept_between_builds(deploy: dict[str, Any]) -> None:
    [build] = [step for step in steps(deploy) if "build-images.sh" in step.get("run", "")]
    assert build["env"]["IBID_BUILD_CACHE"] == "gha"
    assert "type=gha" in (_ROOT / "scripts/deploy/build-images.sh").read_text("utf-8")


def test_images_and_chart_are_signed_and_have_provenance(deploy: dict[str, Any]) -> None:
    attested = {
        step["with"]["subject-name"].partition("}}/")[2]
        for step in deploy["jobs"]["sign"]["steps"]
        if step.get("uses", "").startswith("actions/attest-build-provenance@")
    }
    assert attested == {"ibid-api", "ibid-web", "ibid-orchestrator", "charts/ibid"}
    runs = [step.get("run", "") for step in steps(deploy)]
    assert "scripts/deploy/sign.sh" in runs
    assert runs.count("scripts/deploy/verify-signatures.sh") == len(_STAGES)


def test_what_a_workflow_runs_is_there_and_is_a_script() -> None:
    for path in _WORKFLOWS:
        for run in (step["run"] for step in steps(parsed(path)) if "run" in step):
            if re.fullmatch(r"pipx install uv==[\d.]+", run):
                continue
            found = re.fullmatch(_CALL, run)
            assert found, f"a laptop cannot run what only a workflow says: {run}"
            assert os.access(_ROOT / found[1], os.X_OK), found[1]


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)
def test_a_script_that_fails_before_a_pipe_fails_its_step(path: Path) -> None:
    workflow = parsed(path)
    if any("|" in step.get("run", "") for step in steps(workflow)):
        # a shell that is not named is bash -e, without pipefail
        assert workflow["defaults"]["run"]["shell"] == "bash"


def test_actionlint_finds_nothing() -> None:
    done = subprocess.run(
        [actionlint(), "-shellcheck=", "-pyflakes=", *map(str, _WORKFLOWS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing_though_it_is_strict() -> None:
    done = subprocess.run(
        [zizmor(), "--offline", "--persona=auditor", "--no-progress", *map(str, _WORKFLOWS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def zizmor() -> str:
    beside = Path(sys.prefix) / "bin/zizmor"
    found = str(beside) if beside.exists() else shutil.which("zizmor")
    if found is None:
        pytest.skip("zizmor is not installed beside Python")
    return found


def actionlint() -> str:
    """Return the program, which Go builds where the machine has none."""
    found = shutil.which("actionlint")
    if found is not None:
        return found
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "ibid" / f"actionlint-{_ACTIONLINT}"
    program = folder / "actionlint"
    if program.exists():
        return str(program)
    if shutil.which("go") is None:
        pytest.skip("neither actionlint nor Go, which could build it, is here")
    built = subprocess.run(
        ["go", "install", f"github.com/rhysd/actionlint/cmd/actionlint@{_ACTIONLINT}"],
        env=os.environ | {"GOBIN": str(folder), "GOFLAGS": "-mod=mod"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if built.returncode:
        pytest.skip(f"Go could not build actionlint: {built.stderr.strip()[-200:]}")
    return str(program)
