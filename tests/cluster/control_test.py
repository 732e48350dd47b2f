"""The negative control: the same upgrade of pods that do not drain."""

from cluster import report
from cluster.figures import together
from cluster.installation import NEXT, Installation
from cluster.load import STRAIN, Load

_ROUNDS = 5


def test_a_negative_control_without_the_drain_fails_requests(installation: Installation) -> None:
    """Unless it shows failures, the tests of rollouts show nothing."""
    load = Load(installation, "control", rate=STRAIN)
    load.start()
    try:
        for _ in range(_ROUNDS):
            _round(installation, load)
            if together("control", load.phases).failures:
                break
    finally:
        load.stop()
        report.say_phases("Negative control: the same with the drain off", load.phases)
    assert together("control", load.phases).failures


def _round(installation: Installation, load: Load) -> None:
    installation.turn_drain_off()
    with load.phase("upgrade, drain off"):
        installation.upgrade(NEXT)
    installation.turn_drain_off()
    with load.phase("rollback, drain off"):
        installation.upgrade()
