from datetime import timedelta

from libs.jobs import NullDoorbell
from libs.postgres.schema import REQUIRED_REVISION
from orchestrator.bell import Bell
from orchestrator.conftest import Bench
from orchestrator.observer import Observer
from orchestrator.sweeper import Sweeper

_DEAD = timedelta(seconds=-1)
"""A lease that has run out already."""


async def swept(bench: Bench) -> str:
    """The metrics after one sweep."""
    await Sweeper(bench.pool, NullDoorbell(), Bell(), bench.metrics, max_crashes=3).sweep()
    return bench.metrics.render().decode()


def value(bench: Bench, name: str) -> float:
    found = bench.metrics.registry.get_sample_value(name)
    assert found is not None
    return found


async def test_jobs_are_counted_by_state_and_stage(bench: Bench) -> None:
    await bench.upload("one")
    await bench.upload("two")
    await bench.claim()
    told = await swept(bench)
    assert 'ibid_jobs{stage="extract",state="pending"} 1.0' in told
    assert 'ibid_jobs{stage="extract",state="running"} 1.0' in told
    assert 'ibid_jobs{stage="publish",state="failed"} 0.0' in told
    assert "ibid_jobs_due 1.0" in told
    assert value(bench, "ibid_job_oldest_pending_seconds") > 0
    assert value(bench, "ibid_job_oldest_unfinished_seconds") > 0


async def test_a_job_that_is_taken_from_a_dead_worker_is_told(bench: Bench) -> None:
    await bench.upload("one")
    assert "ibid_sweep_rescued_total 0.0" in await swept(bench)
    await bench.claim(_DEAD)
    assert "ibid_sweep_rescued_total 1.0" in await swept(bench)


async def test_nothing_is_told_of_a_database_that_nobody_has_asked_yet(bench: Bench) -> None:
    told = bench.metrics.render().decode()
    for name in ("ibid_schema_version", "ibid_rls_unprotected_tables", "ibid_database_size_bytes"):
        assert f"{name} NaN" in told


async def test_the_state_of_the_database_is_told(bench: Bench) -> None:
    await Observer(bench.pool, bench.metrics).observe()
    told = bench.metrics.render().decode()
    # a newer schema is told as it is: the release before runs on it
    assert value(bench, "ibid_schema_version") >= int(REQUIRED_REVISION)
    assert "ibid_rls_unprotected_tables 0.0" in told
    assert value(bench, "ibid_database_size_bytes") > 2**20
    most = value(bench, "ibid_database_max_connections")
    assert 0 < value(bench, "ibid_database_connections") <= most
