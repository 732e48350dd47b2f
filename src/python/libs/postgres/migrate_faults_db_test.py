"""Migrations that are killed, that meet each other, or that find tables in use."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from libs.postgres.conftest import AddRevision
from libs.postgres.errors import Unsuitable
from libs.postgres.migrate import MIGRATIONS, head, migrate
from libs.testing.postgres import TestServer

type Database = psycopg.Connection[tuple[object, ...]]

INDEX = """
-- outside a transaction
drop index concurrently if exists documents_title;
create index concurrently documents_title on documents (workspace_id, title);
"""

PATIENCE_SECONDS = 60

_PROGRAM = """
import sys
from pathlib import Path
from libs.postgres.migrate import migrate
migrate(sys.argv[1], migrations=Path(sys.argv[2]))
"""


def test_a_migration_that_was_killed_leaves_nothing_and_the_next_one_ends(empty_url: str) -> None:
    with _owner(empty_url) as owner:
        for table in ("workspaces", "passages", "jobs"):
            _pause_after_creating(owner, table)
            _killed_once(_start(empty_url), lambda: _sleeps(owner))
            assert _value(owner, "select count(*) from pg_tables where schemaname = 'public'") == 0
        owner.execute("drop event trigger pause")
    assert migrate(empty_url) == head()


def test_a_revision_that_was_killed_outside_a_transaction_is_done_again(
    owner_url: str, add_revision: AddRevision
) -> None:
    migrations = add_revision(INDEX)
    with _owner(owner_url) as owner:
        for _ in range(3):
            # the index waits for this transaction, and is there, though of no use
            with psycopg.connect(owner_url) as other:
                other.execute("lock table documents in row exclusive mode")
                _killed_once(_start(owner_url, migrations), lambda: _is_valid(owner) is False)
                _until(lambda: _migrations(owner) == 0)
        assert _value(owner, "select version_num from alembic_version") == head()
        migrate(owner_url, migrations=migrations)
        assert _is_valid(owner)
        assert _value(owner, "select version_num from alembic_version") > head()  # type: ignore[operator]


def test_two_migrations_with_an_index_do_not_wait_for_each_other(
    owner_url: str, add_revision: AddRevision
) -> None:
    migrations = add_revision(INDEX)
    with ThreadPoolExecutor(2) as threads:
        ends = [threads.submit(migrate, owner_url, migrations=migrations) for _ in range(2)]
        revisions = {end.result(PATIENCE_SECONDS) for end in ends}
    assert len(revisions) == 1


def test_the_second_migration_says_what_it_waits_for(owner_url: str) -> None:
    told: list[str] = []
    with psycopg.connect(owner_url, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", (0x1B1D,))

        def on_wait(reason: str) -> None:
            told.append(reason)
            other.execute("select pg_advisory_unlock_all()")

        assert migrate(owner_url, on_wait=on_wait) == head()
    assert told == ["another migration is at work"]


def test_a_table_in_use_is_tried_again(owner_url: str, add_revision: AddRevision) -> None:
    migrations = add_revision("alter table documents add column shelf text;")
    told: list[str] = []
    with psycopg.connect(owner_url) as other:
        other.execute("select count(*) from documents")

        def on_wait(reason: str) -> None:
            told.append(reason)
            other.rollback()

        migrate(owner_url, migrations=migrations, on_wait=on_wait)
    assert told == ["a table is in use"]


def test_a_revision_that_fails_leaves_those_before_it(
    empty_url: str, add_revision: AddRevision
) -> None:
    migrations = add_revision("create table half (id integer); select 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_url, migrations=migrations)
    with _owner(empty_url) as owner:
        assert _value(owner, "select version_num from alembic_version") == head()
        assert _value(owner, "select to_regclass('half')") is None


def test_a_server_that_is_not_there_is_an_error_of_the_driver() -> None:
    with pytest.raises(psycopg.OperationalError):
        migrate("postgresql://ibid@127.0.0.1:1/ibid")


def test_an_old_pgvector_is_refused_before_anything_changes(
    empty_url: str, postgres_server: TestServer
) -> None:
    with _owner(empty_url) as owner:
        owner.execute("create extension vector")
        owner.execute("update pg_extension set extversion = '0.7.4' where extname = 'vector'")
        with pytest.raises(Unsuitable, match=r"pgvector is 0\.7\.4 here"):
            migrate(empty_url)
        assert _value(owner, "select count(*) from pg_tables where schemaname = 'public'") == 0


def _start(url: str, migrations: Path = MIGRATIONS) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, url, str(migrations)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def _killed_once(process: subprocess.Popen[bytes], is_half_way: Callable[[], bool]) -> None:
    try:
        _until(lambda: is_half_way() or process.poll() is not None)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _pause_after_creating(owner: Database, table: str) -> None:
    owner.execute(
        sql.SQL("""
            drop event trigger if exists pause;
            create or replace function pause() returns event_trigger language plpgsql as $$
            begin
                if to_regclass({}) is not null then
                    perform pg_sleep(600);
                end if;
            end $$;
            create event trigger pause on ddl_command_end when tag in ('CREATE TABLE')
                execute function pause();
        """).format(sql.Literal(table))
    )


def _sleeps(owner: Database) -> bool:
    return bool(
        _value(
            owner,
            "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
            " and datname = current_database()",
        )
    )


def _migrations(owner: Database) -> object:
    """How many sessions hold the lock of a migration."""
    return _value(
        owner,
        "select count(*) from pg_locks where locktype = 'advisory' and objid = x'1b1d'::int"
        " and database = (select oid from pg_database where datname = current_database())",
    )


def _is_valid(owner: Database) -> bool | None:
    """Whether the planted index can be used; None where it is not there."""
    row = owner.execute(
        "select indisvalid from pg_index where indexrelid = to_regclass('documents_title')"
    ).fetchone()
    return None if row is None else bool(row[0])


@contextmanager
def _owner(url: str) -> Iterator[Database]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _value(connection: Database, query: str) -> object:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
