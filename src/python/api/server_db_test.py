"""The service as it is started: ``python -m api`` on granian."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg import sql

from api.conftest import SERVER_MAX_UPLOAD_BYTES, Server, until
from libs.embedded import free_port

MIB = 1 << 20
BOUNDARY = {"content-type": "multipart/form-data; boundary=b"}
OPENING = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
CLOSING = b"\r\n--b--\r\n"


def body(mebibytes: int) -> Iterator[bytes]:
    yield OPENING
    for _ in range(mebibytes):
        yield b"x" * MIB
    yield CLOSING


def test_a_large_upload_does_not_grow_the_process(
    server: Server, client: httpx.Client, documents: str
) -> None:
    small = client.post(documents, content=body(1), headers=BOUNDARY)
    assert small.status_code == 202
    worker = server.worker()
    before, peak = worker.memory_info().rss, 0
    finished = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not finished.wait(0.01):
            peak = max(peak, worker.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    large = client.post(documents, content=body(190), headers=BOUNDARY)
    finished.set()
    watcher.join()
    assert large.status_code == 202
    assert large.json()["document"]["size_bytes"] == 190 * MIB
    assert peak - before < 64 * MIB
    with client.stream("GET", f"/v1/documents/{large.json()['document']['id']}/content") as stream:
        assert sum(len(chunk) for chunk in stream.iter_bytes()) == 190 * MIB


def test_head_leaves_its_connection_in_order(client: httpx.Client) -> None:
    for _ in range(2):
        got, head = client.get("/schema/openapi.json"), client.head("/schema/openapi.json")
        assert head.headers["content-length"] == str(len(got.content))
        assert head.content == b""


@pytest.mark.parametrize("announced", [True, False])
def test_a_document_over_the_limit_is_refused_and_the_answer_arrives(
    client: httpx.Client, documents: str, announced: bool
) -> None:
    mebibytes = SERVER_MAX_UPLOAD_BYTES // MIB + 2
    length = len(OPENING) + mebibytes * MIB + len(CLOSING)
    headers = BOUNDARY | ({"content-length": str(length)} if announced else {})
    response = client.post(documents, content=body(mebibytes), headers=headers)
    assert response.status_code == 413
    assert response.headers["connection"] == "close"
    assert response.headers["content-type"] == "application/problem+json"
    assert client.get(documents).json()["items"] == []


@pytest.mark.parametrize("length", [b"99999", None])
def test_a_client_that_goes_away_leaves_nothing(
    server: Server, client: httpx.Client, documents: str, length: bytes | None, tmp_path: Path
) -> None:
    head = (
        f"POST {documents} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: {BOUNDARY['content-type']}\r\n"
    ).encode()
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        if length is None:
            part = OPENING + b"hello"
            connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(part))
            connection.sendall(part + b"\r\n")
        else:
            connection.sendall(head + b"Content-Length: " + length + b"\r\n\r\n" + OPENING)
    until(lambda: '"status": 400' in server.log.read_text())
    assert client.get(documents).json()["items"] == []
    assert set(os.listdir(tmp_path)) == {"api.log"}
    assert "exception" not in server.log.read_text()


def test_events_stream_until_the_service_drains(
    server: Server, client: httpx.Client, documents: str
) -> None:
    job = client.post(documents, files={"file": b"hello"}).json()["job"]
    path = f"/v1/jobs/{job['id']}/events"
    with client.stream("GET", path) as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        lines = events.iter_lines()
        assert next(lines) == "event: job"
        assert json.loads(next(lines).removeprefix("data: "))["id"] == job["id"]
        server.drain_file.touch()
        assert [line for line in lines if line] == []
    assert client.get("/readyz").status_code == 503


def test_events_follow_the_job_to_its_end(
    server: Server, client: httpx.Client, documents: str
) -> None:
    job = client.post(documents, files={"file": b"hello"}).json()["job"]
    with client.stream("GET", f"/v1/jobs/{job['id']}/events") as events:
        lines = events.iter_lines()
        assert next(lines) == "event: job"
        client.post(f"/v1/jobs/{job['id']}/cancel")
        data = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert [event["state"] for event in data] == ["pending", "cancelled"]


def test_sigterm_ends_an_endless_answer_and_the_process(
    server: Server, client: httpx.Client, documents: str
) -> None:
    job = client.post(documents, files={"file": b"hello"}).json()["job"]
    with client.stream("GET", f"/v1/jobs/{job['id']}/events") as events:
        lines = events.iter_lines()
        next(lines)
        server.process.send_signal(signal.SIGTERM)
        list(lines)
    assert server.process.wait(10) == 0


def test_without_postgresql_the_answer_is_to_try_again(
    server: Server, client: httpx.Client, documents: str
) -> None:
    database = server.owner_url.rpartition("/")[2]
    forbid = sql.SQL("alter database {} allow_connections {}")
    administrator = psycopg.connect(server.owner_url.replace(database, "postgres"), autocommit=True)
    with administrator:
        administrator.execute(forbid.format(sql.Identifier(database), sql.SQL("false")))
        administrator.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database,)
        )
        for request in (
            client.build_request("GET", "/v1/collections"),
            client.build_request("POST", "/v1/search", json={"query": "a"}),
            client.build_request("POST", documents, files={"file": b"hello"}),
        ):
            response = client.send(request)
            assert response.status_code == 503
            assert int(response.headers["retry-after"]) > 0
            assert response.headers["content-type"] == "application/problem+json"
        assert client.get("/healthz").status_code == 200
        administrator.execute(forbid.format(sql.Identifier(database), sql.SQL("true")))
    until(lambda: client.get("/v1/collections").status_code == 200)


def test_the_log_is_json_and_holds_no_secret_and_no_text(
    server: Server, client: httpx.Client, documents: str
) -> None:
    client.get("/schema/openapi.json")
    client.post("/v1/search", json={"query": "confidential"})
    client.post(documents, files={"file": ("confidential.txt", b"confidential")})
    client.get("/v1/collections", params={"cursor": "confidential"})
    client.get("/confidential")
    logged = server.log.read_text()
    assert "confidential" not in logged
    assert server.token not in logged
    for line in logged.splitlines():
        assert json.loads(line)["service"] == "api"


def test_a_port_in_use_is_one_clear_line(server: Server) -> None:
    status, line = _refused(IBID_API_PORT=str(urlsplit(server.url).port))
    assert status == 1
    assert "in use" in line


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("IBID_UPLOAD_FOLDER", "/proc/uploads"),
        ("IBID_MODEL_CACHE", "/proc/models"),
        ("IBID_EMBEDDING_MODEL", "gpt"),
    ],
)
def test_a_setting_that_cannot_work_is_one_clear_line(variable: str, value: str) -> None:
    status, line = _refused(**{"IBID_API_PORT": str(free_port()), variable: value})
    assert status == 1
    assert line.startswith(f"ibid: {variable}: ")


def _refused(**variables: str) -> tuple[int, str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "IBID_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "IBID_REDIS_URL": "redis://127.0.0.1:1",
        **variables,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "api"], env=environment, capture_output=True, text=True, timeout=60
    )
    [line] = ended.stderr.splitlines()
    return ended.returncode, line
