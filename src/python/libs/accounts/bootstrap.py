"""The first workspace and its key. Done by the owner of the database, outside any workspace."""

from uuid import UUID

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow
from uuid_utils.compat import uuid7

from libs.accounts.sql import STATEMENTS
from libs.accounts.tokens import Credentials, new_key, parse_token
from libs.errors import Conflict

type _Connection = psycopg.Connection[TupleRow]


def bootstrap(
    owner_url: str,
    workspace_name: str,
    key_name: str,
    *,
    add_key: bool = False,
) -> str | None:
    """Return a token for the workspace of that name, which is made when it is not there.

    Safe to repeat, also at the same time. A workspace that is there gets another key only with
    ``add_key``; without it the answer is None.

    Raises:
        psycopg.Error: the server cannot be reached, or its schema is not there.
    """
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        workspace_id, is_new = _workspace(connection, workspace_name)
        if not is_new and not add_key:
            return None
        key = new_key()
        _add_key(connection, workspace_id, key_name, key.credentials)
        return key.token


def register(owner_url: str, workspace_name: str, key_name: str, token: str) -> bool:
    """Make a token that somebody else made a key of the workspace; False if it was one before.

    The workspace is made when it is not there. Safe to repeat, also at the same time.

    Raises:
        Denied: the text is no token.
        Conflict: the key was revoked, or belongs to another workspace; nothing was changed.
        psycopg.Error: the server cannot be reached, or its schema is not there.
    """
    credentials = parse_token(token)
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        workspace_id, _ = _workspace(connection, workspace_name)
        opened = _opened(connection, credentials)
        if opened is None:
            try:
                _add_key(connection, workspace_id, key_name, credentials)
            except UniqueViolation as error:
                raise Conflict("That API key was revoked, or another one has its id.") from error
        elif opened != workspace_id:
            raise Conflict("That API key is one of another workspace.")
    return opened is None


def revoke(owner_url: str, key_id: UUID) -> bool:
    """Make a key useless at once; False if there is none, or it was revoked before."""
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        row = connection.execute(STATEMENTS["revoke_key"], {"id": key_id}).fetchone()
    return row is not None and bool(row[0])


def _workspace(connection: _Connection, name: str) -> tuple[UUID, bool]:
    """The workspace's id, and whether it was made just now."""
    connection.execute(STATEMENTS["lock_workspaces"])
    row = connection.execute(STATEMENTS["find_workspace"], {"name": name}).fetchone()
    if row is not None:
        return row[0], False
    workspace_id = uuid7()
    connection.execute(STATEMENTS["create_workspace"], {"id": workspace_id, "name": name})
    return workspace_id, True


def _add_key(
    connection: _Connection, workspace_id: UUID, name: str, credentials: Credentials
) -> None:
    connection.execute(
        STATEMENTS["create_key"],
        {
            "workspace_id": workspace_id,
            "id": credentials.key_id,
            "name": name,
            "sha256": credentials.secret_sha256,
        },
    )


def _opened(connection: _Connection, credentials: Credentials) -> UUID | None:
    """The workspace that the key opens."""
    row = connection.execute(
        STATEMENTS["authenticate"],
        {"key_id": credentials.key_id, "sha256": credentials.secret_sha256},
    ).fetchone()
    return None if row is None else row[0]
