"""A release that a killed deploy left pending is freed before the next one."""

import time

from deploy.machine import Machine


def test_a_release_that_is_whole_is_left_alone(machine: Machine) -> None:
    machine.release("1 superseded 0", "2 deployed 0")
    result = machine.run("heal-release.sh")
    assert result.returncode == 0, result.stderr
    assert machine.asked("helm") == []


def test_nothing_is_there_to_heal_before_the_first_install(machine: Machine) -> None:
    assert machine.run("heal-release.sh").returncode == 0
    assert machine.asked("helm") == []


def test_an_upgrade_that_was_killed_goes_back_to_the_last_good_revision(machine: Machine) -> None:
    machine.release("8 superseded 0", "9 deployed 0", "10 failed 0", "11 pending-upgrade 0")
    result = machine.run("heal-release.sh")
    assert result.returncode == 0, result.stderr
    [rollback] = machine.asked("helm")
    assert rollback.startswith("helm rollback ibid 9 --namespace ibid-dev --wait --wait-for-jobs")
    assert "HEALED: revision 11 of ibid was left pending-upgrade" in result.stderr


def test_a_migration_that_the_killed_deploy_left_is_not_in_the_way(machine: Machine) -> None:
    machine.release("9 deployed 0", "10 pending-upgrade 0")
    machine.run("heal-release.sh")
    [delete] = machine.asked("kubectl")
    assert delete.startswith("kubectl -n ibid-dev delete jobs --ignore-not-found -l")
    assert delete.endswith("app.kubernetes.io/instance=ibid,app.kubernetes.io/component=migrate")


def test_a_first_install_that_was_killed_is_forgotten_and_what_runs_stays(machine: Machine) -> None:
    machine.release("1 pending-install 0")
    result = machine.run("heal-release.sh")
    assert result.returncode == 0, result.stderr
    assert machine.asked("helm") == []
    assert machine.asked("kubectl") == [
        "kubectl -n ibid-dev delete secret -l owner=helm,name=ibid,version=1"
    ]


def test_a_deploy_that_is_still_at_work_is_waited_for(machine: Machine) -> None:
    machine.release("1 deployed 0", f"2 pending-upgrade {int(time.time()) + 1}")
    (machine.home / "ends").write_text("1 superseded 0\n2 deployed 0\n")
    result = machine.run("heal-release.sh", IBID_HEAL_AFTER="3")
    assert result.returncode == 0, result.stderr
    assert "waiting until it ends" in result.stderr
    assert machine.asked("helm") == []


def test_a_release_that_cannot_be_healed_stops_the_deploy(machine: Machine) -> None:
    machine.release("1 deployed 0", "2 pending-rollback 0")
    machine.fail("rollback")
    result = machine.run("deploy.sh", "dev", IBID_CHART=str(machine.home / "helm/ibid"))
    assert result.returncode == 1
    assert "going back to revision 1 failed" in result.stderr
    assert not [line for line in machine.asked("helm") if line.startswith("helm upgrade")]
