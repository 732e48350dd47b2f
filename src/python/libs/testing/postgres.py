"""A PostgreSQL of the test process's own, and a fresh database with the schema for each test.

A package's conftest.py hands them on::

    from libs.testing.postgres import app_url, owner_url, postgres_server

    __all__ = ["app_url", "owner_url", "postgres_server"]

IBID_TEST_POSTGRES names the version, 16 or 18. IBID_TEST_POSTGRES_URL names another server that is
there already, by the URL of a superuser; for one process at a time.
"""

import atexit
import functools
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from libs.embedded import PostgresServer, PostgresVersion, free_port
from libs.postgres.migrate import migrate

_TEMPLATE = "ibid_template"
_APP = "ibid_api"
_PASSWORD = "only for tests"


class Addressed(Protocol):
    def url(
        self, database: str = "postgres", *, user: str | None = None, password: str | None = None
    ) -> str: ...


@dataclass(frozen=True, slots=True)
class ServerElsewhere:
    """A server that somebody else runs, by its superuser's URL."""

    superuser_url: str

    def url(
        self, database: str = "postgres", *, user: str | None = None, password: str | None = None
    ) -> str:
        given = urlsplit(self.superuser_url)
        who, _, where = given.netloc.rpartition("@")
        if user is not None:
            who = f"{quote(user, safe='')}:{quote(password or '', safe='')}"
        return urlunsplit(("postgresql", f"{who}@{where}", f"/{database}", "", ""))


@dataclass(frozen=True, slots=True)
class TestServer:
    """The server, with a connection of its superuser and a migrated template."""

    __test__ = False

    server: Addressed
    superuser: psycopg.Connection[tuple[object, ...]]

    def owner_url(self, database: str) -> str:
        return self.server.url(database)

    def app_url(self, database: str) -> str:
        return self.server.url(database, user=_APP, password=_PASSWORD)


@pytest.fixture(scope="session")
def postgres_server() -> TestServer:
    """The one server of this process, however many packages' conftest.py import the fixture."""
    return _server(PostgresVersion(int(os.environ.get("IBID_TEST_POSTGRES", "18"))))


@pytest.fixture
def owner_url(postgres_server: TestServer) -> Iterator[str]:
    """The address of a fresh, migrated database for its owner, who sees every workspace."""
    name = sql.Identifier(f"ibid_test_{next(_NUMBERS)}")
    run = postgres_server.superuser.execute
    run(sql.SQL("create database {} template {}").format(name, sql.Identifier(_TEMPLATE)))
    yield postgres_server.owner_url(name.as_string().strip('"'))
    run(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture
def app_url(owner_url: str, postgres_server: TestServer) -> str:
    """The same database for the services' login role, which row-level security holds."""
    return postgres_server.app_url(owner_url.rpartition("/")[2])


_NUMBERS = itertools.count(1)


@functools.cache
def _server(version: PostgresVersion) -> TestServer:
    elsewhere = os.environ.get("IBID_TEST_POSTGRES_URL")
    server = ServerElsewhere(elsewhere) if elsewhere else _embedded(version)
    superuser = psycopg.connect(server.url(), autocommit=True)
    atexit.register(superuser.close)
    template = sql.Identifier(_TEMPLATE)
    superuser.execute(sql.SQL("drop database if exists {} with (force)").format(template))
    superuser.execute(sql.SQL("create database {}").format(template))
    made = TestServer(server, superuser)
    migrate(made.owner_url(_TEMPLATE), made.app_url(_TEMPLATE))
    return made


def _embedded(version: PostgresVersion) -> PostgresServer:
    home = Path(tempfile.mkdtemp(prefix="ibid-postgres-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    server = PostgresServer(
        home,
        port=free_port(),
        user="ibid",
        password=_PASSWORD,
        version=version,
        durable=False,
    )
    server.start()
    atexit.register(server.stop)
    return server
