"""The negative control: the same upgrade with the drain off."""

from cluster import report
from cluster.figures import together
from cluster.installation import NEXT, SERVICES, TAG, Installation
from cluster.load import Load


def test_a_negative_control_without_the_drain_fails_requests(installation: Installation) -> None:
    """Unless it shows failures, the tests of rollouts show nothing."""
    off = [f"{service}.rollout.drainSeconds=0" for service in SERVICES]
    installation.upgrade(TAG, *off)
    load = Load(installation, "control")
    load.start()
    try:
        for _ in range(3):
            with load.phase("upgrade, drain off"):
                installation.upgrade(NEXT, *off)
            with load.phase("rollback, drain off"):
                installation.roll_back()
            if together("control", load.phases).failures:
                break
    finally:
        load.stop()
        installation.upgrade()
    report.say_phases("Negative control: the same with the drain off", load.phases)
    assert together("control", load.phases).failures
