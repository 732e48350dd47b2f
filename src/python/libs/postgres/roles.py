"""The roles: a group for the services, one that owns functions, and the services' login.

Roles belong to the whole server, so every step is for a role that may be there already.
"""

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import TupleRow

from libs.postgres.errors import Unsuitable

APP = "ibid_app"
DEFINER = "ibid_definer"

type _Connection = psycopg.Connection[TupleRow]


def ensure_groups(connection: _Connection) -> None:
    """Make the two groups, in the caller's transaction.

    Raises:
        Unsuitable: they are missing, and the owner may not make them.
    """
    try:
        for group in (APP, DEFINER):
            if not _exists(connection, group):
                connection.execute(
                    sql.SQL("create role {} nologin nobypassrls").format(sql.Identifier(group))
                )
        # Giving functions to the definer takes membership, which superusers do not need.
        connection.execute("grant ibid_definer to current_user")
    except InsufficientPrivilege as error:
        owner = connection.info.user
        raise Unsuitable(
            f"the owner “{owner}” may not make roles: let an administrator run"
            f" “create role {APP} nologin; create role {DEFINER} nologin;"
            f" grant {APP}, {DEFINER} to {owner} with admin option”, or give the owner createrole"
        ) from error


def refuse_login(connection: _Connection, app_url: str) -> None:
    """Raises Unsuitable where the services' login would see more than row-level security lets."""
    login = _login(app_url)
    if login == connection.info.user:
        raise Unsuitable(
            f"the services need a login of their own, and “{login}” is the database's owner"
        )
    row = connection.execute(
        "select rolsuper or rolbypassrls from pg_roles where rolname = %s", (login,)
    ).fetchone()
    if row is not None and row[0]:
        raise Unsuitable(
            f"the role “{login}” goes past row-level security: the services need one that is"
            " neither superuser nor bypassrls"
        )


def ensure_login(connection: _Connection, app_url: str) -> None:
    """Make the services' login a member of the group, with the password that the URL holds.

    A login that an administrator made, and whose password the owner may not set, keeps it.

    Raises:
        Unsuitable: the owner may not make the login, or not let it join the group.
    """
    login, password = _login(app_url), conninfo_to_dict(app_url).get("password")
    name = sql.Identifier(login)
    try:
        with connection.transaction():
            if not _exists(connection, login):
                connection.execute(sql.SQL("create role {} login").format(name))
            if not _is_member(connection, login):
                connection.execute(sql.SQL("grant ibid_app to {}").format(name))
    except InsufficientPrivilege as error:
        raise Unsuitable(
            f"the owner may not set up the role “{login}”: let an administrator run"
            f" “create role {login} login password '…'; grant {APP} to {login}”"
        ) from error
    if password:
        _set_password(connection, login, str(password))


def _set_password(connection: _Connection, login: str, password: str) -> None:
    # hashed here, so that the password itself is in no log of the server
    verifier = connection.pgconn.encrypt_password(
        password.encode(), login.encode(), b"scram-sha-256"
    )
    change = sql.SQL("alter role {} password {}").format(
        sql.Identifier(login), sql.Literal(verifier.decode())
    )
    try:
        with connection.transaction():
            connection.execute(change)
    except InsufficientPrivilege:
        return


def _login(app_url: str) -> str:
    login = conninfo_to_dict(app_url).get("user")
    if not login:
        raise Unsuitable("the database URL of the services names no user")
    return str(login)


def _exists(connection: _Connection, role: str) -> bool:
    found = connection.execute("select from pg_roles where rolname = %s", (role,))
    return found.fetchone() is not None


def _is_member(connection: _Connection, role: str) -> bool:
    row = connection.execute("select pg_has_role(%s, %s, 'usage')", (role, APP)).fetchone()
    return row is not None and bool(row[0])
