"""A dump takes the place of what is there, when nobody is at work; what was there is kept."""

from collections.abc import Iterator

import pytest

from cluster import jobs, report
from cluster.installation import TAG, Installation
from cluster.paper import Paper
from cluster.waiting import size, until

_STOPPED = ("api", "orchestrator")
# With an autoscaler for one of those that are stopped: it must not start it before its time.
_SETTINGS = (
    "backup.enabled=true",
    "backup.storage.size=1Gi",
    "api.autoscaling.enabled=true",
    "api.autoscaling.minReplicas=1",
    "api.autoscaling.maxReplicas=2",
)


@pytest.fixture(scope="module")
def backed_up(installation: Installation) -> Iterator[Installation]:
    installation.upgrade(TAG, *_SETTINGS)
    yield installation
    _scale(installation, 1)
    installation.upgrade()


def test_a_restore_is_refused_while_services_are_connected(backed_up: Installation) -> None:
    jobs.run(backed_up, "backup")
    before = _databases(backed_up)
    said = jobs.run(backed_up, "restore", outcome="Failed")
    assert len(said) == 1
    assert "refused, nothing is changed: connected to ibid: ibid_service (" in said[0]
    assert "scale deployment/ibid-api deployment/ibid-orchestrator --replicas=0" in said[0]
    assert _databases(backed_up) == before
    report.say("A restore while the services run", *said)


def test_a_document_that_was_deleted_comes_back(backed_up: Installation) -> None:
    paper = Paper(backed_up)
    document = paper.add()
    dump = _dumped(jobs.run(backed_up, "backup"))
    paper.delete(document)
    assert paper.found() == []
    newest = _dumped(jobs.run(backed_up, "backup"))
    _stop(backed_up)
    assert newest in jobs.run(backed_up, "restore")[0]
    said = jobs.run(backed_up, "restore", IBID_RESTORE_DUMP=dump)
    assert dump in said[0]
    _scale(backed_up, 1)
    backed_up.upgrade(TAG, *_SETTINGS)
    assert paper.found() == [document]
    assert "the document is deleted" in backed_up.test()
    kept = [name for name in _databases(backed_up) if name.startswith("ibid_replaced_")]
    assert len(kept) == 2
    report.say("Restore", *said, "the document is found again, helm test passed")


def _stop(installation: Installation) -> None:
    _scale(installation, 0)
    until(lambda: not any(installation.pods(service) for service in _STOPPED))
    assert [size(installation, service) for service in _STOPPED] == [0, 0]


def _scale(installation: Installation, replicas: int) -> None:
    names = [f"deployment/{installation.release}-{service}" for service in _STOPPED]
    installation.kubectl("scale", *names, f"--replicas={replicas}")


def _dumped(said: list[str]) -> str:
    """The file that a backup says it made."""
    [line] = [line for line in said if line.startswith("dumped ")]
    return line.rpartition("/")[2]


def _databases(installation: Installation) -> list[str]:
    pod = f"{installation.release}-postgres-0"
    query = "select datname from pg_database order by 1"
    return installation.execute(pod, "psql", "-U", "ibid", "-AtX", "-c", query).splitlines()
