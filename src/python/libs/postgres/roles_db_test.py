"""How the services' login comes to be, also where no superuser is at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from libs.embedded import PostgresServer, free_port
from libs.postgres.errors import Unsuitable
from libs.postgres.migrate import head, migrate
from libs.testing.postgres import TestServer

LOGIN = "ibid_rotated"


@pytest.fixture
def login(postgres_server: TestServer) -> Iterator[str]:
    """The name of a role that is not there, and is gone again afterwards."""
    yield LOGIN
    run = postgres_server.superuser.execute
    run(sql.SQL("drop role if exists {}").format(sql.Identifier(LOGIN)))


def _app_url(url: str, login: str, password: str) -> str:
    return psycopg.conninfo.make_conninfo(url, user=login, password=password)


def test_a_login_is_made_and_its_password_changes_with_the_next_migration(
    owner_url: str, login: str
) -> None:
    for password in ("the first", "the second ’\\"):
        migrate(owner_url, f"user={login} password='{_quoted(password)}'")
        with psycopg.connect(_app_url(owner_url, login, password)) as connection:
            assert connection.execute("select count(*) from workspaces").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(_app_url(owner_url, login, "the first"))


def test_the_password_is_sent_as_a_hash(
    owner_url: str, login: str, postgres_server: TestServer
) -> None:
    migrate(owner_url, _app_url(owner_url, login, "quite secret"))
    stored = postgres_server.superuser.execute(
        "select rolpassword from pg_authid where rolname = %s", (login,)
    ).fetchone()
    assert stored is not None
    assert str(stored[0]).startswith("SCRAM-SHA-256$")


@pytest.mark.parametrize("attribute", ["superuser", "bypassrls"])
def test_a_login_that_row_level_security_does_not_hold_is_refused(
    empty_url: str, login: str, postgres_server: TestServer, attribute: LiteralString
) -> None:
    run = postgres_server.superuser.execute
    run(sql.SQL("create role {} login " + attribute).format(sql.Identifier(login)))
    with pytest.raises(Unsuitable, match="goes past row-level security"):
        migrate(empty_url, _app_url(empty_url, login, "x"))
    _assert_untouched(empty_url)


def test_the_owner_is_no_login_for_the_services(empty_url: str) -> None:
    with pytest.raises(Unsuitable, match="the services need a login of their own"):
        migrate(empty_url, empty_url)
    _assert_untouched(empty_url)


def test_a_managed_database_is_set_up_by_an_owner_who_may_make_roles(tmp_path: Path) -> None:
    with _managed(tmp_path) as owner_url:
        app_url = _app_url(owner_url, "services", "a password")
        assert migrate(owner_url, app_url) == head()
        assert migrate(owner_url, app_url) == head()
        with psycopg.connect(app_url) as connection:
            assert connection.execute("select count(*) from workspaces").fetchone() == (0,)


def test_an_owner_who_may_not_make_roles_is_told_what_to_ask_for(tmp_path: Path) -> None:
    with _managed(tmp_path, may="nocreaterole") as owner_url, _superuser(owner_url) as superuser:
        with pytest.raises(Unsuitable, match="let an administrator run “create role ibid_app"):
            migrate(owner_url)
        _assert_untouched(owner_url)
        superuser.execute(
            "create role ibid_app nologin; create role ibid_definer nologin;"
            "grant ibid_app, ibid_definer to plain with admin option"
        )
        assert migrate(owner_url) == head()
        app_url = _app_url(owner_url, "services", "a password")
        with pytest.raises(Unsuitable, match="may not set up the role “services”"):
            migrate(owner_url, app_url)
        superuser.execute(
            "create role services login password 'a password'; grant ibid_app to services"
        )
        migrate(owner_url, _app_url(owner_url, "services", "not for the owner to set"))
        with psycopg.connect(app_url) as connection:
            connection.execute("select count(*) from workspaces")


def test_an_owner_who_may_not_install_pgvector_is_told_what_to_ask_for(tmp_path: Path) -> None:
    with _managed(tmp_path) as owner_url:
        with _superuser(owner_url) as superuser:
            superuser.execute("drop extension vector")
        with pytest.raises(Unsuitable, match="let an administrator run in this database: create"):
            migrate(owner_url)
        _assert_untouched(owner_url)


@contextmanager
def _managed(folder: Path, may: LiteralString = "createrole") -> Iterator[str]:
    """A server whose superuser made a database, its owner and pgvector, and went away."""
    server = PostgresServer(
        folder / "managed", port=free_port(), user="admin", password="p", durable=False
    )
    server.start()
    try:
        with psycopg.connect(server.url(), autocommit=True) as superuser:
            superuser.execute("create role plain login password 'p' " + may)
            superuser.execute("create database plain owner plain")
        with psycopg.connect(server.url("plain"), autocommit=True) as superuser:
            superuser.execute("create extension vector")
        yield server.url("plain", user="plain", password="p")
    finally:
        server.stop()


def _superuser(owner_url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(psycopg.conninfo.make_conninfo(owner_url, user="admin"), autocommit=True)


def _quoted(password: str) -> str:
    return password.replace("\\", "\\\\").replace("'", "\\'")


def _assert_untouched(url: str) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select count(*) from pg_tables where schemaname = 'public'"
        ).fetchone()
    assert row == (0,)
