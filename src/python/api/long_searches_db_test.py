"""Searches that take long: given up after a while, or once nobody waits for them any more."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest

from api.conftest import Server, started, until, wait_until_ready

_LOCK = "lock table documents, passages, terms, vocables in access exclusive mode"
_WAITING = """
    select count(*) from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'
"""
_REQUESTS = (
    ("POST", "/v1/search", json.dumps({"query": "fog"})),
    ("GET", "/v1/completions?text=fog", ""),
    ("GET", f"/v1/documents/{uuid4()}/similar", ""),
)


def test_a_search_that_takes_too_long_is_refused(server: Server, client: httpx.Client) -> None:
    with _stuck(server):
        for method, path, body in _REQUESTS:
            headers = {"content-type": "application/json"}
            answer = client.request(method, path, content=body, headers=headers)
            assert answer.status_code == 400
            assert answer.json()["type"].endswith("takes-too-long")


@pytest.mark.parametrize(("method", "path", "body"), _REQUESTS, ids=["search", "type", "similar"])
def test_the_database_gives_up_what_a_caller_who_left_asked_for(
    app_url: str,
    redis_url: str,
    tmp_path: Path,
    model_cache: Path,
    server: Server,
    method: str,
    path: str,
    body: str,
) -> None:
    folder = tmp_path / "patient"
    folder.mkdir()
    patience = {"IBID_SEARCH_TIMEOUT_MS": "60000"}
    with started(app_url, redis_url, folder, model_cache, **patience) as patient:
        wait_until_ready(patient)
        with _stuck(server) as owner:
            address = urlsplit(patient.url)
            with socket.create_connection((address.hostname, address.port)) as connection:
                head = (
                    f"{method} {path} HTTP/1.1\r\nHost: api\r\n"
                    f"Authorization: Bearer {server.token}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                connection.sendall((head + body).encode())
                until(lambda: _waiting(owner) > 0)
            until(lambda: _waiting(owner) == 0)


@contextmanager
def _stuck(server: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Nothing that reads the corpus comes to an end; yields a connection to look at that by."""
    with (
        psycopg.connect(server.owner_url) as owner,
        psycopg.connect(server.owner_url, autocommit=True) as watcher,
    ):
        owner.execute(_LOCK)
        yield watcher
        owner.rollback()


def _waiting(watcher: psycopg.Connection[tuple[object, ...]]) -> int:
    row = watcher.execute(_WAITING).fetchone()
    assert row is not None
    return int(str(row[0]))
