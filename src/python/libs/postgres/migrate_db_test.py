import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from libs.postgres.migrate import MIGRATIONS, head, migrate
from libs.testing.postgres import TestServer

type Database = psycopg.Connection[tuple[object, ...]]


def test_migrating_again_and_at_the_same_time_changes_nothing(owner_url: str, app_url: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        revisions = list(threads.map(lambda _: migrate(owner_url, app_url), range(3)))
    assert revisions == [head()] * 3


def test_a_schema_of_a_release_after_this_one_stays_as_it_is(owner_url: str, app_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update alembic_version set version_num = '9999'")
        try:
            assert migrate(owner_url, app_url) == "9999"
        finally:
            owner.execute("update alembic_version set version_num = %s", (head(),))


def test_an_owner_who_is_no_superuser_can_migrate(
    postgres_server: TestServer, tmp_path: Path
) -> None:
    run = postgres_server.superuser.execute
    run("create role plain login createrole password 'plain'")
    run("create database plain owner plain")
    try:
        # what a managed server's administrator does once
        with psycopg.connect(postgres_server.owner_url("plain"), autocommit=True) as superuser:
            superuser.execute("create extension vector")
        url = postgres_server.server.url("plain", user="plain", password="plain")
        # the groups are the cluster's, and here a superuser made them
        run("grant ibid_definer, ibid_app to plain with admin option")
        # revision by revision, as release after release does it: each on a connection of its own
        migrations = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("versions"))
        (migrations / "versions").mkdir()
        for file in sorted((MIGRATIONS / "versions").glob("[0-9]*.sql")):
            for one in (file, file.with_suffix(".py")):
                shutil.copy(one, migrations / "versions")
            assert migrate(url, migrations=migrations) == file.name[:4]
        with psycopg.connect(url) as connection:
            connection.execute("select create_workspace(%s, 'x')", ("1" * 32,))
            assert _value(connection, "select count(*) from list_workspaces()") == 1
    finally:
        run("drop database plain with (force)")
        run("revoke ibid_definer, ibid_app from plain cascade")
        run("drop role plain")


def test_every_tenant_table_is_walled(owner_url: str) -> None:
    unprotected = """
        select c.relname from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
           and not (c.relrowsecurity and c.relforcerowsecurity)
           and (c.relname = 'workspaces' or exists (
               select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id'))
    """
    with psycopg.connect(owner_url) as connection:
        assert connection.execute(unprotected).fetchall() == []


def test_the_services_role_owns_nothing_and_bypasses_nothing(app_url: str) -> None:
    with psycopg.connect(app_url) as connection:
        [role] = connection.execute(
            "select rolsuper, rolbypassrls, rolcreaterole from pg_roles"
            " where rolname = current_user"
        ).fetchall()
        assert role == (False, False, False)
        owned = "select relname from pg_class where pg_get_userbyid(relowner) = current_user"
        assert connection.execute(owned).fetchall() == []


def test_the_key_of_every_tenant_table_begins_with_the_workspace(owner_url: str) -> None:
    others = """
        select c.relname from pg_index i
          join pg_class c on c.oid = i.indrelid and c.relkind in ('r', 'p')
          join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
         where c.relnamespace = 'public'::regnamespace and i.indisprimary
           and a.attname <> 'workspace_id'
           and exists (select from pg_attribute b
                        where b.attrelid = c.oid and b.attname = 'workspace_id')
    """
    with psycopg.connect(owner_url) as connection:
        connection.execute("select add_model('Other/Model v2', 384)")
        assert connection.execute(others).fetchall() == []


@pytest.mark.parametrize("call", ["create_workspace(null, 'x')", "add_model('x', 3)"])
def test_the_services_role_cannot_do_the_owners_work(app_url: str, call: str) -> None:
    with (
        psycopg.connect(app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(sql.SQL("select ") + sql.SQL(call))


def test_without_a_workspace_nothing_is_seen(app_url: str, owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("select create_workspace(%s, 'x')", ("1" * 32,))
    with psycopg.connect(app_url) as connection:
        assert _value(connection, "select count(*) from workspaces") == 0


def test_a_second_model_has_a_partition_and_an_index_of_its_own(owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        connection.execute("select add_model('Other/Model v2', 384)")
        indexes = connection.execute(
            "select indexname from pg_indexes where tablename = 'embeddings_other_model_v2'"
        ).fetchall()
    assert ("embeddings_other_model_v2_hnsw",) in indexes


def _value(connection: Database, query: str) -> object:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]
