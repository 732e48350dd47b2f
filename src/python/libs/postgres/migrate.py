"""Bring the schema to the newest revision."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from psycopg.rows import TupleRow

from libs.postgres import roles
from libs.postgres.errors import Unsuitable
from libs.postgres.server import refuse_old_server

MIGRATIONS = Path(__file__).parent / "migrations"

# Any number will do, as long as it never changes.
_LOCK = 0x1B1D

_BUSY_SECONDS = 120.0
_BUSY_PAUSE_SECONDS = 1.0
_TURN_PAUSE_SECONDS = 0.2

_SETTINGS = """
    set client_min_messages = warning;
    -- whoever waits for a lock of ours stands in front of everybody else: give up, and try again
    set lock_timeout = '2s';
    -- a revision that holds locks for long is a mistake; one that must may set it for itself
    set statement_timeout = '60s';
"""

type _Connection = psycopg.Connection[TupleRow]


def head() -> str:
    """The newest revision that this code knows."""
    return _head(_config(MIGRATIONS))


def migrate(
    owner_url: str,
    app_url: str | None = None,
    *,
    migrations: Path = MIGRATIONS,
    on_wait: Callable[[str], None] = lambda _: None,
) -> str:
    """Upgrade the database of ``owner_url`` and return the revision that it has then.

    Safe to run twice and at the same time: one process works, the others wait for it. Each revision
    is a transaction, so that a process that dies leaves whole ones behind. ``app_url`` names the
    services' login, which is made where it is missing, gets the password that the URL holds, and
    joins the group ``ibid_app``, which owns nothing and cannot bypass row-level security. A schema
    that is newer than this code stays as it is.

    ``on_wait`` is told what is waited for: another migration, or a table that is in use.

    Raises:
        Unsuitable: the server is too old or a role will not do; nothing was changed.
        psycopg.Error: the server cannot be reached, or refuses a statement.
    """
    give_up_at = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            with _unwrapped():
                return _migrate(owner_url, app_url, migrations, on_wait)
        except LockNotAvailable:
            if time.monotonic() > give_up_at:
                raise
        on_wait("a table is in use")
        time.sleep(_BUSY_PAUSE_SECONDS)


def rehearse(owner_url: str, app_url: str | None = None) -> None:
    """Do what ``migrate`` does before its revisions, and take it back.

    Raises:
        Unsuitable, psycopg.Error: as ``migrate`` would.
    """
    with psycopg.connect(owner_url, connect_timeout=10) as driver:
        refuse_old_server(driver)
        driver.execute(_SETTINGS)
        with driver.transaction(force_rollback=True):
            _ensure_extension(driver)
            roles.ensure_groups(driver)
            if app_url is not None:
                roles.refuse_login(driver, app_url)
                roles.ensure_login(driver, app_url)


@contextmanager
def _unwrapped() -> Iterator[None]:
    """Raise what psycopg said: SQLAlchemy, which Alembic works with, wraps it in its own errors."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise error.orig from error
        raise


def _migrate(
    owner_url: str, app_url: str | None, migrations: Path, on_wait: Callable[[str], None]
) -> str:
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url, connect_timeout=10)
    )
    config = _config(migrations)
    try:
        with engine.connect() as connection:
            driver: _Connection = connection.connection.driver_connection  # type: ignore[assignment]
            _prepare(driver, app_url, on_wait)
            config.attributes["connection"] = connection
            revision = _newer_revision(driver, config)
            if revision is None:
                command.upgrade(config, "head")
            if app_url is not None:
                roles.ensure_login(driver, app_url)
                driver.commit()
    finally:
        engine.dispose()
    return revision or _head(config)


def _newer_revision(driver: _Connection, config: Config) -> str | None:
    """Return the schema's revision where it is of a release after this one, None otherwise.

    So it is after a rollback. Alembic refuses a revision that it does not know, and there is
    nothing to do: this release runs on the schema of the next.
    """
    try:
        row = driver.execute("select version_num from alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        row = None
    driver.rollback()
    return str(row[0]) if row is not None and row[0] > _head(config) else None


def _prepare(driver: _Connection, app_url: str | None, on_wait: Callable[[str], None]) -> None:
    """Refuse what will not do, wait for our turn, and make what the revisions rely on."""
    refuse_old_server(driver)
    if app_url is not None:
        roles.refuse_login(driver, app_url)
    driver.execute(_SETTINGS)
    driver.commit()
    with suppress(psycopg.errors.InvalidParameterValue):
        # Linux only: a server whose client was killed goes on with its statement otherwise
        driver.execute("set client_connection_check_interval = '1s'")
    driver.commit()
    _wait_for_turn(driver, on_wait)
    _ensure_extension(driver)
    roles.ensure_groups(driver)
    driver.commit()


def _wait_for_turn(driver: _Connection, on_wait: Callable[[str], None]) -> None:
    """Take the lock for as long as the connection lives.

    By asking again: a statement that waits for it would hold a snapshot, and for that one a
    ``create index concurrently`` of the process that has the lock would wait in turn.
    """
    told = False
    while True:
        row = driver.execute("select pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        driver.commit()
        if row is not None and row[0]:
            return
        if not told:
            on_wait("another migration is at work")
            told = True
        time.sleep(_TURN_PAUSE_SECONDS)


def _ensure_extension(driver: _Connection) -> None:
    try:
        driver.execute("create extension if not exists vector")
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unsuitable(
            f"the owner “{driver.info.user}” may not install pgvector: let an administrator run"
            " in this database: create extension vector"
        ) from error
    # loads the library: only then may others than superusers name its settings
    driver.execute("select '[0]'::halfvec")


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    return config


def _head(config: Config) -> str:
    revision = ScriptDirectory.from_config(config).get_current_head()
    assert revision is not None
    return revision
