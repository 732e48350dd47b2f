"""The worker, Redis and PostgreSQL die in the middle of jobs, and nobody loses a document."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import redis

from e2e.caller import PATIENCE_SECONDS, Answer, Caller, Shelf, problem
from e2e.installation import Installation

_SECTIONS = 60


def _body(word: str) -> bytes:
    """A document with one passage a section: two would be more than the model reads."""
    sections = [
        f"# Section {n}\n\nThe lantern {word} has number {n}. " + "It burns paraffin oil. " * 30
        for n in range(_SECTIONS)
    ]
    return "\n\n".join(sections).encode()


def _send(shelf: Shelf, count: int) -> list[Answer]:
    answers = [shelf.send(_body(str(uuid4())), f"{n}.md") for n in range(count)]
    assert {answer.status_code for answer in answers} == {202}
    return [answer.json()["job"] for answer in answers]


def _until(
    claim: Callable[[], bool], what: str, patience_seconds: float = PATIENCE_SECONDS
) -> None:
    deadline = time.monotonic() + patience_seconds
    while not claim():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _until_embedding(caller: Caller, jobs: list[Answer]) -> None:
    """Wait until one of the jobs is in the middle of its longest stage."""

    def is_embedding() -> bool:
        now = [caller.get(f"/v1/jobs/{job['id']}") for job in jobs]
        assert any(job["state"] != "done" for job in now), "the jobs were too quick"
        return any(job["state"] == "running" and job["stage"] == "embed" for job in now)

    _until(is_embedding, "no job began to embed")


def _assert_whole(caller: Caller, job: Answer) -> None:
    """The document is published once, and found with every passage exactly once."""
    path = f"/v1/documents/{job['document_id']}"
    document = caller.get(path)
    assert (document["status"], document["published_version"]) == ("ready", 1)
    assert [one["number"] for one in caller.get(f"{path}/versions")["items"]] == [1]
    text = caller.get(f"{path}/text")["text"]
    only = {"documents": [document["id"]]}
    for mode in ("lexical", "semantic"):
        hits = caller.search("lantern", mode=mode, filters=only, limit=100)["hits"]
        places = {(hit["start"], hit["end"]) for hit in hits}
        assert len(hits) == len(places) == _SECTIONS
        assert all(text[start:end].count("has number") == 1 for start, end in places)


def _finish(caller: Caller, jobs: list[Answer]) -> list[Answer]:
    done = [caller.until_done(job["id"]) for job in jobs]
    assert [job["state"] for job in done] == ["done"] * len(jobs)
    for job in done:
        _assert_whole(caller, job)
    return done


def test_a_killed_orchestrator_costs_time_and_nothing_else(
    installation: Installation, caller: Caller, shelf: Shelf
) -> None:
    jobs = _send(shelf, 3)
    _until_embedding(caller, jobs)
    killed = installation.pid("orchestrator")
    os.kill(killed, signal.SIGKILL)
    running = {job["id"] for job in caller.get("/v1/jobs", state="running")["items"]}
    done = _finish(caller, jobs)
    assert installation.pid("orchestrator") != killed
    crashes = {job["id"]: job["attempt"] for job in done}
    assert {job_id for job_id, attempt in crashes.items() if attempt} <= running
    assert max(crashes.values()) == 1
    assert all(f"-{killed}" not in job["worker"] for job in done if job["attempt"])


def test_an_emptied_redis_loses_and_doubles_nothing(
    installation: Installation, caller: Caller, shelf: Shelf
) -> None:
    with redis.Redis.from_url(installation.redis_url) as client:
        jobs = []
        for _ in range(2):
            jobs += _send(shelf, 1)
            client.flushall()
        _until_embedding(caller, jobs)
        client.flushall()
        assert [job["attempt"] for job in _finish(caller, jobs)] == [0, 0]


def test_documents_come_in_and_through_without_redis(
    installation: Installation, caller: Caller, shelf: Shelf
) -> None:
    jobs = _send(shelf, 1)
    with installation.unattended():
        installation.end("valkey-server", signal.SIGKILL)
        jobs += _send(shelf, 1)
        assert [job["attempt"] for job in _finish(caller, jobs)] == [0, 0]
        assert httpx.get(f"{installation.api_url}/readyz").status_code == 200
    with redis.Redis.from_url(installation.redis_url) as client:
        _until(lambda: _pings(client), "Redis did not come back")
    shelf.add(b"Redis is back.")


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_without_postgres_the_api_says_try_again_and_then_goes_on(
    installation: Installation, caller: Caller, shelf: Shelf
) -> None:
    jobs = _send(shelf, 2)
    _until_embedding(caller, jobs)
    with installation.unattended():
        installation.end("postgres", signal.SIGINT)
        for response in _at_once(
            lambda: caller.http.get("/v1/collections"),
            lambda: caller.http.post("/v1/search", json={"query": "lantern"}),
            lambda: caller.http.get(f"/v1/jobs/{jobs[0]['id']}/events"),
            lambda: shelf.send(b"Comes later."),
        ):
            problem(response, 503)
            assert int(response.headers["retry-after"]) > 0
        assert caller.http.get("/healthz").status_code == 200
        _until(lambda: caller.http.get("/readyz").status_code == 503, "ready without PostgreSQL")
    _until(lambda: _status(caller) == 200, "the API did not come back")
    _until(lambda: caller.http.get("/readyz").status_code == 200, "not ready again")
    _finish(caller, jobs)
    shelf.add(b"Comes later.")


def _at_once(*calls: Callable[[], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [sent.result() for sent in [threads.submit(call) for call in calls]]


def _status(caller: Caller) -> int:
    status = caller.http.get("/v1/collections").status_code
    assert status in (200, 503)
    return status
