"""Upgrades to a build with a new migration and back again, and restarts, under steady load."""

import os
from collections.abc import Iterator

import pytest

from cluster import report
from cluster.figures import Phase, table, together
from cluster.installation import NEXT, SERVICES, Installation
from cluster.load import Load

REQUESTS = int(os.environ.get("IBID_CLUSTER_REQUESTS", "3000"))
_FIRST_SETTLE_SECONDS, _FIRST_BASELINE_SECONDS = 60, 120
"""PostgreSQL tidies up after the documents that come first: a minute later it has."""

_SETTLE_SECONDS, _BASELINE_SECONDS = 15, 30
"""Before each further rollout: as documents come a search takes longer, whatever rolls out."""

_DOCUMENTS = 500


@pytest.fixture(scope="module")
def load(installation: Installation) -> Iterator[Load]:
    load = Load(installation, "load", documents=_DOCUMENTS)
    load.start()
    try:
        measure_before(load, _FIRST_SETTLE_SECONDS, _FIRST_BASELINE_SECONDS)
        yield load
    finally:
        load.stop()
        report.say_phases(
            "Rollouts under load", load.phases, str(load.audited or "jobs not audited")
        )


def test_upgrades_and_rollbacks_fail_no_request(
    installation: Installation, load: Load, first_schema: str
) -> None:
    while True:
        with load.phase("upgrade"):
            installation.upgrade(NEXT)
        with load.phase("rollback"):
            installation.roll_back()
        if rolled_out(load).requests >= REQUESTS:
            break
        measure_before(load, _SETTLE_SECONDS, _BASELINE_SECONDS)
    assert installation.schema() > first_schema
    assert failures(together("", load.phases)) == []
    schemas = f"{installation.schema()} after {first_schema}"
    report.say(
        "Upgrade and rollback",
        f"{schemas}: the schema stays, the older build runs on it",
        *table([before(load), rolled_out(load)]),
        f"p99 {ratio(load):.2f} times that before",
    )


def test_a_restart_of_each_deployment_fails_no_request(
    installation: Installation, load: Load
) -> None:
    for service in SERVICES:
        with load.phase(f"restart {service}"):
            installation.restart(service)
        assert failures(load.phases[-1]) == []


def test_no_job_is_lost_or_repeated(load: Load) -> None:
    audit = load.audit()
    assert audit.accepted > 0
    assert (audit.lost, audit.repeated) == ([], [])


def measure_before(load: Load, settle_seconds: int, seconds: int) -> None:
    load.wait(settle_seconds)
    with load.phase("before"):
        load.wait(seconds)


def before(load: Load) -> Phase:
    found = [one for one in load.phases if one.name == "before"]
    return together("before upgrades", found)


def rolled_out(load: Load) -> Phase:
    found = [one for one in load.phases if one.name in ("upgrade", "rollback")]
    return together("all upgrades and rollbacks", found)


def ratio(load: Load) -> float:
    return rolled_out(load).search_ms(99) / before(load).search_ms(99)


def failures(phase: Phase) -> list[object]:
    return [*phase.failures, *phase.click_failures]
