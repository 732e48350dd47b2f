"""The first workspace and its key. Done by the owner of the database, outside any workspace."""

from uuid import UUID

import psycopg
from psycopg.rows import TupleRow
from uuid_utils.compat import uuid7

from libs.accounts.sql import STATEMENTS
from libs.accounts.tokens import new_key, parse_token
from libs.errors import Denied

type _Connection = psycopg.Connection[TupleRow]


def bootstrap(
    owner_url: str,
    workspace_name: str,
    key_name: str,
    *,
    known_token: str | None = None,
    add_key: bool = False,
) -> str | None:
    """Return a token for the workspace of that name, which is made when it is not there.

    Safe to repeat, also at the same time: ``known_token`` is returned as it is when it opens the
    workspace. A workspace that is there gets another key only with ``add_key``; without it the
    answer is None.

    Raises:
        psycopg.Error: the server cannot be reached, or its schema is not there.
    """
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        connection.execute(STATEMENTS["lock_workspaces"])
        found = connection.execute(STATEMENTS["find_workspace"], {"name": workspace_name})
        row = found.fetchone()
        if row is None:
            return _create_key(connection, _create_workspace(connection, workspace_name), key_name)
        if known_token is not None and _opens(connection, known_token, row[0]):
            return known_token
        return _create_key(connection, row[0], key_name) if add_key else None


def revoke(owner_url: str, key_id: UUID) -> bool:
    """Make a key useless at once; False if there is none, or it was revoked before."""
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        row = connection.execute(STATEMENTS["revoke_key"], {"id": key_id}).fetchone()
    return row is not None and bool(row[0])


def _create_workspace(connection: _Connection, name: str) -> UUID:
    workspace_id = uuid7()
    connection.execute(STATEMENTS["create_workspace"], {"id": workspace_id, "name": name})
    return workspace_id


def _create_key(connection: _Connection, workspace_id: UUID, name: str) -> str:
    key = new_key()
    connection.execute(
        STATEMENTS["create_key"],
        {
            "workspace_id": workspace_id,
            "id": key.credentials.key_id,
            "name": name,
            "sha256": key.credentials.secret_sha256,
        },
    )
    return key.token


def _opens(connection: _Connection, token: str, workspace_id: UUID) -> bool:
    try:
        credentials = parse_token(token)
    except Denied:
        return False
    row = connection.execute(
        STATEMENTS["authenticate"],
        {"key_id": credentials.key_id, "sha256": credentials.secret_sha256},
    ).fetchone()
    return row is not None and row[0] == workspace_id
