"""A build that does not come up is taken back, and said to be."""

import pytest

from deploy.machine import DIGESTS, Machine


def deploy(machine: Machine, **variables: str) -> tuple[int, str]:
    chart = {"IBID_CHART": str(machine.home / "helm/ibid"), "IBID_VERSION": "1.2.3"}
    result = machine.run("deploy.sh", "dev", **(chart | DIGESTS | variables))
    return result.returncode, result.stderr


def test_a_build_is_asked_about_then_upgraded_verified_and_tested(machine: Machine) -> None:
    machine.release("4 deployed 0")
    status, said = deploy(machine)
    assert status == 0, said
    trial, upgrade, test = machine.asked("helm")
    assert trial == f"{upgrade.replace(' --wait --wait-for-jobs', '')} --dry-run=server"
    for option in (
        "helm upgrade --install ibid",
        f"--values {machine.home}/helm/environments/dev.yaml",
        "--namespace ibid-dev",
        "--wait --wait-for-jobs",
    ):
        assert option in upgrade
    assert test.startswith("helm test ibid --namespace ibid-dev --logs")
    assert "DEPLOYED: dev runs 1.2.3 as revision 5 of ibid" in said


@pytest.mark.parametrize(
    ("variables", "tag"),
    [
        pytest.param({"IBID_COMMIT": "c0ffee"}, "sha-c0ffee", id="of the commit"),
        pytest.param({"IBID_COMMIT": "c0ffee", "IBID_TAGS": "try-1 try"}, "try-1", id="the first"),
    ],
)
def test_a_stage_runs_the_tag_of_this_build(
    machine: Machine, variables: dict[str, str], tag: str
) -> None:
    status, said = deploy(machine, IBID_VALUES="global: {image: {tag: main}}", **variables)
    assert status == 0, said
    for call in machine.asked("helm")[:2]:
        before, _, after = call.partition(f" --set-string global.image.tag={tag} ")
        # what comes later wins
        assert "--values" in before, call
        assert "--values" not in after


def test_where_the_commit_is_not_known_the_chart_says_which_tag(machine: Machine) -> None:
    status, said = deploy(machine)
    assert status == 0, said
    assert not [call for call in machine.asked("helm") if "global.image.tag" in call]


@pytest.mark.parametrize(
    ("fails", "reason"),
    [
        ("upgrade", "helm upgrade failed"),
        ("rollout", "the rollout is not what it should be"),
        ("test", "helm test failed"),
    ],
)
def test_what_fails_is_rolled_back_and_said(machine: Machine, fails: str, reason: str) -> None:
    machine.release("3 superseded 0", "4 deployed 0")
    machine.fail(fails)
    status, said = deploy(machine)
    assert status == 3, said
    assert machine.asked("helm")[-1].startswith("helm rollback ibid 4 ")
    assert f"ROLLED BACK: {reason} for 1.2.3; dev runs what revision 4 of ibid ran" in said


def test_pods_of_another_build_are_not_what_was_asked_for(machine: Machine) -> None:
    machine.release("4 deployed 0")
    status, said = deploy(machine, IBID_WEB_DIGEST="sha256:" + "d" * 64)
    assert status == 3, said
    assert "pods of web run" in said


def test_a_first_install_that_fails_is_left_for_people_to_look_at(machine: Machine) -> None:
    machine.fail("upgrade")
    status, said = deploy(machine)
    assert status == 4
    assert "there is nothing to go back to" in said
    assert not [line for line in machine.asked("helm") if "rollback" in line]


def test_a_rollback_that_fails_is_said_too(machine: Machine) -> None:
    machine.release("4 deployed 0")
    machine.fail("upgrade", "rollback")
    status, said = deploy(machine)
    assert status == 4
    assert "going back to revision 4 failed too" in said


def test_a_namespace_that_is_not_there_changes_nothing(machine: Machine) -> None:
    machine.release("4 deployed 0")
    machine.fail("namespace")
    status, said = deploy(machine)
    assert status == 1, said
    assert not [line for line in machine.asked("helm") if "--wait" in line]


_SCHEMA = "Error: values don't meet the specifications of the schema(s): ibid: wron is not allowed"
_TEMPLATES = "Error: Ibid cannot be installed like this:\n- a host is missing"


@pytest.mark.parametrize(
    "mistakes",
    [
        pytest.param({"schema": _SCHEMA}, id="by the schema"),
        pytest.param({"templates": _TEMPLATES}, id="by the templates"),
        pytest.param({"schema": _SCHEMA, "templates": _TEMPLATES}, id="by both"),
    ],
)
def test_what_is_refused_is_told_once_and_changes_nothing(
    machine: Machine, mistakes: dict[str, str]
) -> None:
    machine.release("4 deployed 0")
    machine.refuse(**mistakes)
    status, said = deploy(machine)
    assert status == 1, said
    found = {"schema": said.count("wron is"), "templates": said.count("a host is missing")}
    assert found == {teller: int(teller in mistakes) for teller in found}
    assert "nothing was changed" in said
    assert not [line for line in machine.asked("helm") if "--wait" in line]


def test_a_stage_without_values_is_refused(machine: Machine) -> None:
    result = machine.run("deploy.sh", "moon")
    assert result.returncode == 1
    assert "usage" in result.stderr


def test_a_rollback_by_hand_goes_to_the_newest_revision_that_was_good(machine: Machine) -> None:
    machine.release("2 superseded 0", "3 superseded 0", "4 failed 0", "5 deployed 0")
    result = machine.run("rollback.sh")
    assert result.returncode == 0, result.stderr
    [rollback] = machine.asked("helm")
    assert rollback.startswith("helm rollback ibid 3 ")


def test_a_file_of_a_build_cannot_run_commands(machine: Machine) -> None:
    (machine.home / "dist").mkdir()
    (machine.home / "dist/build.env").write_text("IBID_CHART=$(touch planted)\n")
    result = machine.run("deploy.sh", "dev", IBID_OUTPUT=str(machine.home / "dist"))
    assert result.returncode == 1
    assert "not understood" in result.stderr
