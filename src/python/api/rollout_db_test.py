"""The service through a rollout: older and newer schemas, the drain, and parts that restart."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg

from api.conftest import Server, started
from libs.accounts import bootstrap
from libs.embedded import PostgresServer, free_port
from libs.postgres.migrate import head, migrate
from libs.postgres.schema import REQUIRED_REVISION
from libs.testing.postgres import TestServer

PATIENCE_SECONDS = 120


def test_on_an_older_schema_it_is_not_ready_until_the_migration(
    app_url: str, owner_url: str, redis_url: str, tmp_path: Path, model_cache: Path
) -> None:
    _set_revision(owner_url, "0000")
    with started(app_url, redis_url, tmp_path, model_cache) as server:
        reason = f"the schema is at 0000 and must be at {REQUIRED_REVISION}; run `ibid migrate`"
        _until(lambda: _readiness(server) == (503, {"database": reason}))
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        _set_revision(owner_url, head())
        _until(lambda: _readiness(server) == (200, {}))


def test_on_a_newer_schema_it_is_ready(
    app_url: str, owner_url: str, redis_url: str, tmp_path: Path, model_cache: Path
) -> None:
    _set_revision(owner_url, "9999")
    with started(app_url, redis_url, tmp_path, model_cache) as server:
        _until(lambda: _readiness(server) == (200, {}))


def test_a_service_that_is_older_than_the_tables_works_once_they_are_there(
    postgres_server: TestServer, redis_url: str, tmp_path: Path, model_cache: Path
) -> None:
    run = postgres_server.superuser.execute
    run("create database ibid_unmigrated")
    owner_url = postgres_server.owner_url("ibid_unmigrated")
    app_url = postgres_server.app_url("ibid_unmigrated")
    try:
        with started(app_url, redis_url, tmp_path, model_cache) as server:
            reason = "the database has no schema yet; run `ibid migrate`"
            _until(lambda: _readiness(server) == (503, {"database": reason}))
            migrate(owner_url, app_url)
            _until(lambda: _readiness(server) == (200, {}))
            server.token = _token(owner_url)
            with server.client() as client:
                assert client.post("/v1/search", json={"query": "a lantern"}).status_code == 200
    finally:
        run("drop database ibid_unmigrated with (force)")


def test_while_draining_all_is_answered_and_every_connection_is_closed(
    server: Server, client: httpx.Client, documents: str
) -> None:
    assert "connection" not in client.get("/v1/collections").headers
    server.drain_file.touch()
    _until(lambda: _readiness(server) == (503, {"drain": "draining"}))
    answers = [
        client.get("/healthz"),
        client.get("/metrics"),
        client.get("/v1/collections"),
        client.post("/v1/search", json={"query": "lantern"}),
        client.post(documents, files={"file": b"hello"}),
        client.get("/v1/nowhere"),
        client.post("/v1/search", json={}),
        httpx.get(f"{server.url}/v1/collections"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 202, 404, 400, 401]
    assert {answer.headers["connection"] for answer in answers} == {"close"}


def test_who_waits_for_a_job_is_answered_when_the_drain_begins(
    server: Server, client: httpx.Client, documents: str
) -> None:
    answers: list[httpx.Response] = []
    with server.client() as patient:
        waiting = threading.Thread(
            target=lambda: answers.append(
                patient.post(documents, params={"wait": 25}, files={"file": b"hello"})
            )
        )
        waiting.start()
        _until(lambda: client.get(documents).json()["items"] != [])
        server.drain_file.touch()
        waiting.join(20)
    [answer] = answers
    assert (answer.status_code, answer.json()["job"]["state"]) == (202, "pending")
    assert answer.headers["connection"] == "close"


def test_events_that_are_asked_for_while_draining_end_at_once(
    server: Server, client: httpx.Client, documents: str
) -> None:
    job = client.post(documents, files={"file": b"hello"}).json()["job"]
    server.drain_file.touch()
    _until(lambda: _readiness(server) == (503, {"drain": "draining"}))
    answer = client.get(f"/v1/jobs/{job['id']}/events")
    assert answer.headers["connection"] == "close"
    data = answer.text.partition("data: ")[2].partition("\n")[0]
    assert json.loads(data)["id"] == job["id"]


def test_an_upload_that_runs_at_sigterm_is_finished(server: Server, documents: str) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        b"hello, once more\r\n--b--\r\n"
    )
    head_lines = (
        f"POST {documents} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.sendall(head_lines.encode())
        # sent once the handler asks for the body
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        server.process.send_signal(signal.SIGTERM)
        _until(lambda: _refuses(address.hostname, address.port))
        connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    status, *headers = answer.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    assert status == b"http/1.1 202 accepted"
    assert b"connection: close" in headers
    assert server.process.wait(PATIENCE_SECONDS) == 0


def test_a_restart_of_postgresql_costs_answers_to_try_again_and_nothing_else(
    tmp_path: Path, redis_url: str, model_cache: Path
) -> None:
    postgres = PostgresServer(
        tmp_path / "postgres", port=free_port(), user="ibid", password="p", durable=False
    )
    postgres.start()
    try:
        app_url = postgres.url(user="ibid_api", password="p")
        migrate(postgres.url(), app_url)
        with started(
            app_url, redis_url, tmp_path, model_cache, IBID_DATABASE_WAIT_SECONDS="0.5"
        ) as server:
            _until(lambda: _readiness(server) == (200, {}))
            server.token = _token(postgres.url())
            with _callers(server, 4) as answers:
                _until(lambda: len(answers) > 20)
                postgres.stop()
                _until(lambda: sum(answer.status_code == 503 for answer in answers) > 10)
                assert _readiness(server)[0] == 200
                postgres.start()
                back = len(answers)
                _until(lambda: [a.status_code for a in answers[back:][-20:]] == [200] * 20)
    finally:
        postgres.stop()
    assert {answer.status_code for answer in answers} == {200, 503}
    unavailable = [answer for answer in answers if answer.status_code == 503]
    assert all(int(answer.headers["retry-after"]) > 0 for answer in unavailable)
    assert {answer.headers["content-type"] for answer in unavailable} == {
        "application/problem+json"
    }


def test_without_redis_uploads_and_searches_go_on(
    app_url: str, owner_url: str, tmp_path: Path, model_cache: Path
) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}"
    with started(app_url, nowhere, tmp_path, model_cache) as server:
        _until(lambda: _readiness(server) == (200, {}))
        server.token = _token(owner_url)
        with server.client() as client:
            collection = client.post("/v1/collections", json={"name": "a"}).json()
            documents = f"/v1/collections/{collection['id']}/documents"
            for content in (b"a lantern", b"another lantern"):
                assert client.post(documents, files={"file": content}).status_code == 202
            assert client.post("/v1/search", json={"query": "lantern"}).status_code == 200
            assert "ibid_doorbell_failures_total 2.0" in client.get("/metrics").text


class _callers:
    """Keeps asking, from so many threads; yields the answers as they come."""

    def __init__(self, server: Server, number: int) -> None:
        self._server = server
        self._stop = threading.Event()
        self._answers: list[httpx.Response] = []
        self._threads = [threading.Thread(target=self._call, args=(n,)) for n in range(number)]

    def __enter__(self) -> list[httpx.Response]:
        for thread in self._threads:
            thread.start()
        return self._answers

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call(self, number: int) -> None:
        searches: dict[str, Any] = {"method": "POST", "url": "/v1/search", "json": {"query": "a"}}
        lists: dict[str, Any] = {"method": "GET", "url": "/v1/collections"}
        with self._server.client() as client:
            while not self._stop.wait(0.01):
                self._answers.append(client.request(**(searches if number % 2 else lists)))


def _readiness(server: Server) -> tuple[int, dict[str, str]]:
    try:
        answer = httpx.get(f"{server.url}/readyz")
    except httpx.TransportError:
        return 0, {}
    return answer.status_code, answer.json().get("reasons", {})


def _token(owner_url: str) -> str:
    token = bootstrap(owner_url, "Research", "owner")
    assert token is not None
    return token


def _set_revision(owner_url: str, revision: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update alembic_version set version_num = %s", (revision,))


def _refuses(host: str | None, port: int | None) -> bool:
    try:
        socket.create_connection((host, port)).close()
    except OSError:
        return True
    return False


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
