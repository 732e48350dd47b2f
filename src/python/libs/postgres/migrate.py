"""Bring the schema to the newest revision."""

from pathlib import Path

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

# Any number will do, as long as it never changes.
_LOCK = 0x1B1D

_GROUPS = ("ibid_app", "ibid_definer")


def head() -> str:
    """The newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def migrate(owner_url: str, app_url: str | None = None) -> str:
    """Upgrade the database of ``owner_url`` and return the revision that it has then.

    Safe to run twice and at the same time: one process works, the others wait for it. ``app_url``
    names the login role of the services; it is created if it is not there, with the password that
    the URL holds, and joins the group ``ibid_app``, which owns nothing and cannot bypass RLS.

    Raises:
        psycopg.Error: the server cannot be reached, or the owner lacks a right.
    """
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url, connect_timeout=10)
    )
    try:
        with engine.connect() as connection:
            driver: psycopg.Connection[tuple[object, ...]] = connection.connection.driver_connection  # type: ignore[assignment]
            driver.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
            driver.execute("set local client_min_messages = warning")
            _ensure_groups(driver)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if app_url is not None:
                _ensure_login(driver, app_url)
            connection.commit()
    finally:
        engine.dispose()
    return head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _ensure_groups(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for group in _GROUPS:
        if not _role_exists(connection, group):
            connection.execute(
                sql.SQL("create role {} nologin nobypassrls").format(sql.Identifier(group))
            )
    # Giving functions to the definer takes membership, which superusers do not need.
    connection.execute("grant ibid_definer to current_user")


def _ensure_login(connection: psycopg.Connection[tuple[object, ...]], app_url: str) -> None:
    parts = conninfo_to_dict(app_url)
    user, password = parts.get("user"), parts.get("password")
    if not user or connection.info.user == user:
        return
    name = sql.Identifier(str(user))
    if not _role_exists(connection, str(user)):
        connection.execute(
            sql.SQL("create role {} login nosuperuser nobypassrls password {}").format(
                name, sql.Literal(password)
            )
        )
    connection.execute(sql.SQL("grant ibid_app to {}").format(name))


def _role_exists(connection: psycopg.Connection[tuple[object, ...]], role: str) -> bool:
    found = connection.execute("select from pg_roles where rolname = %s", (role,))
    return found.fetchone() is not None
