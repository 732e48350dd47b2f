"""Processes that are killed and servers that restart, under steady load."""

import time
from collections.abc import Iterator

import pytest

from cluster import report
from cluster.figures import Phase
from cluster.installation import SERVICES, Installation
from cluster.load import Load

_OUTAGE_SECONDS = 10
# The kernel keeps SIGKILL of its own container from process 1; its limit of CPU time does not ask.
_KILL = """
import os, resource, signal
resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))
for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
    if pid not in (1, os.getpid()):
        os.kill(pid, signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def load(installation: Installation) -> Iterator[Load]:
    load = Load(installation, "faults")
    load.start()
    try:
        with load.phase("before"):
            load.wait(20)
        yield load
    finally:
        load.stop()
        report.say_phases("Faults under load", load.phases, str(load.audited or "jobs not audited"))


@pytest.mark.parametrize("service", SERVICES)
def test_kill_9_costs_the_connections_of_that_process_and_no_job(
    installation: Installation, load: Load, service: str
) -> None:
    with load.phase(f"kill -9 {service}"):
        for _ in range(2):
            name = sorted(installation.pods(service))[0]
            before = _restarts(installation, name)
            installation.execute(name, "/app/bin/python", "-I", "-c", _KILL)
            _until_restarted(installation, name, before)
            installation.settle()
            load.wait(5)
    assert not [why for why in load.phases[-1].reasons if " 500 " in why]


def test_redis_gone_with_its_data_fails_no_request(installation: Installation, load: Load) -> None:
    with load.phase("redis deleted"):
        installation.kubectl("delete", "pod", f"{installation.release}-redis-0", "--grace-period=1")
        installation.settle()
        load.wait(10)
    assert load.phases[-1].failures == []


def test_a_restart_of_postgresql_costs_503_with_retry_after_for_ten_seconds(
    installation: Installation, load: Load
) -> None:
    with load.phase("postgres restarted"):
        installation.kubectl("delete", "pod", f"{installation.release}-postgres-0")
        installation.settle()
        load.wait(20)
    phase = load.phases[-1]
    others = [why for why in phase.reasons if not why.endswith(": 503 with Retry-After")]
    assert others == []
    assert phase.outage_seconds <= _OUTAGE_SECONDS
    _say_outage(phase)


def test_no_job_is_lost_or_repeated_by_a_fault(load: Load) -> None:
    audit = load.audit()
    assert audit.accepted > 0
    assert (audit.lost, audit.repeated) == ([], [])


def _say_outage(phase: Phase) -> None:
    report.say("Restart of PostgreSQL", f"503 with Retry-After for {phase.outage_seconds} s")


def _restarts(installation: Installation, name: str) -> int:
    [status] = installation.pods()[name]["status"]["containerStatuses"]
    count: int = status["restartCount"]
    return count


def _until_restarted(installation: Installation, name: str, before: int) -> None:
    deadline = time.monotonic() + 120
    while _restarts(installation, name) == before:
        assert time.monotonic() < deadline, f"{name} was not killed"
        time.sleep(0.5)
