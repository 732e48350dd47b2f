"""Upgrades to a build with a new migration and back again, and restarts, under steady load."""

import os
from collections.abc import Iterator

import pytest

from cluster import report
from cluster.figures import Phase, table, together
from cluster.installation import NEXT, SERVICES, Installation
from cluster.load import Load

REQUESTS = int(os.environ.get("IBID_CLUSTER_REQUESTS", "3000"))
_SETTLE_SECONDS, _BASELINE_SECONDS = 60, 120
"""PostgreSQL tidies up after the documents that come first: a minute later it has."""

_DOCUMENTS = 500


@pytest.fixture(scope="module")
def load(installation: Installation) -> Iterator[Load]:
    load = Load(installation, "load", documents=_DOCUMENTS)
    load.start()
    try:
        load.wait(_SETTLE_SECONDS)
        with load.phase("before"):
            load.wait(_BASELINE_SECONDS)
        yield load
    finally:
        load.stop()
        report.say_phases(
            "Rollouts under load", load.phases, str(load.audited or "jobs not audited")
        )


def test_upgrades_and_rollbacks_fail_no_request(
    installation: Installation, load: Load, first_schema: str
) -> None:
    sent = 0
    while sent < REQUESTS:
        with load.phase("upgrade"):
            installation.upgrade(NEXT)
        with load.phase("rollback"):
            installation.roll_back()
        sent = rolled_out(load).requests
    assert installation.schema() > first_schema
    assert failures(rolled_out(load)) == []
    schemas = f"{installation.schema()} after {first_schema}"
    report.say(
        "Upgrade and rollback",
        f"{schemas}: the schema stays, the older build runs on it",
        *table([together("all upgrades and rollbacks", [rolled_out(load)])]),
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


def rolled_out(load: Load) -> Phase:
    return together("", [one for one in load.phases if one.name in ("upgrade", "rollback")])


def ratio(load: Load) -> float:
    return rolled_out(load).search_ms(99) / load.phases[0].search_ms(99)


def failures(phase: Phase) -> list[object]:
    return [*phase.failures, *phase.click_failures]
