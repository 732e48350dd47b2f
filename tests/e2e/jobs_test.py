"""Section 3 of the contract: the ledger, as it can be watched and changed."""

import json
import time
from uuid import uuid4

from e2e.caller import Answer, Caller, Shelf
from e2e.installation import Installation


def _events(caller: Caller, job_id: str) -> list[Answer]:
    """The job at every change, until it ends."""
    with caller.http.stream("GET", f"/v1/jobs/{job_id}/events") as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = list(response.iter_lines())
    assert {line for line in lines if line.startswith("event:")} == {"event: job"}
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def test_jobs_are_listed_newest_first_and_by_state(caller: Caller, shelf: Shelf) -> None:
    documents = [shelf.add(b"Job %d" % n) for n in range(3)]
    newest = [document["job_id"] for document in documents][::-1]

    def listed(**parameters: str | int) -> list[str]:
        pages = caller.pages("/v1/jobs", collection_id=shelf.id, **parameters)
        return [job["id"] for page in pages for job in page]

    assert listed() == newest
    assert listed(limit=2) == newest
    assert listed(state="done") == newest
    assert listed(state="failed") == []
    assert listed(document_id=documents[0]["id"]) == newest[-1:]


def test_a_job_is_watched_from_its_start_to_its_end(
    caller: Caller, shelf: Shelf, installation: Installation
) -> None:
    with installation.paused("orchestrator"):
        job = shelf.send(b"Watched.").json()["job"]
        assert job["state"] == "pending"
    events = _events(caller, job["id"])
    assert {event["id"] for event in events} == {job["id"]}
    assert events[-1]["state"] == "done"
    progress = [event["progress"] for event in events]
    assert progress == sorted(progress)
    assert _events(caller, job["id"]) == events[-1:]


def test_a_cancelled_job_does_not_run_until_it_is_retried(
    caller: Caller, shelf: Shelf, installation: Installation
) -> None:
    with installation.paused("orchestrator"):
        path = f"/v1/jobs/{shelf.send(b'Cancelled.').json()['job']['id']}"
        assert caller.post(f"{path}/cancel")["state"] == "cancelled"
    other = shelf.add(b"Another one, which comes later.")
    assert caller.get(path)["state"] == "cancelled"
    assert {hit["document_id"] for hit in shelf.search("cancelled")} == {other["id"]}
    key = {"Idempotency-Key": str(uuid4())}
    first = caller.post(f"{path}/retry", headers=key)
    assert first["state"] == "pending"
    assert caller.until_done(first["id"])["state"] == "done"
    assert caller.post(f"{path}/retry", headers=key) == first
    caller.post(f"{path}/retry", expected=409)
    caller.post(f"{path}/cancel", expected=409)


def test_a_running_job_tells_its_worker_and_its_lease(caller: Caller, shelf: Shelf) -> None:
    job = shelf.send(b"The keeper lights the lamp at dusk.\n\n" * 2_000).json()["job"]
    deadline = time.monotonic() + 60
    while (seen := caller.get(f"/v1/jobs/{job['id']}"))["state"] == "pending":
        assert time.monotonic() < deadline
    assert seen["worker"]
    assert seen["started_at"] >= seen["created_at"]
    assert seen["state"] == "done" or seen["lease_until"] > seen["started_at"]
    caller.until_done(job["id"])
