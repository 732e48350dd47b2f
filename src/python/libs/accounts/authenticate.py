"""From a token to the caller behind it."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from libs.accounts.sql import STATEMENTS
from libs.accounts.tokens import Credentials
from libs.errors import Denied
from libs.postgres.pool import Connection
from libs.postgres.statements import kept


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: an API key of a workspace."""

    workspace_id: UUID
    workspace_name: str
    key_id: UUID
    key_name: str


async def authenticate(connection: Connection, credentials: Credentials) -> Principal:
    """Return the caller whose key this is. One round trip.

    Raises:
        Denied: the key is unknown or revoked.
    """
    async with connection.cursor(row_factory=class_row(Principal)) as cursor:
        await cursor.execute(
            STATEMENTS["authenticate"],
            {"key_id": credentials.key_id, "sha256": credentials.secret_sha256},
        )
        principal = await cursor.fetchone()
    if principal is None:
        raise unknown_key()
    return principal


@lru_cache(maxsize=1024)
def holds(credentials: Credentials) -> sql.SQL:
    """A query that gives one row while the key is known and not revoked, and none otherwise."""
    return kept(_HOLDS.format(str(credentials.key_id), credentials.secret_sha256.hex()))


def unknown_key() -> Denied:
    return Denied("The API key is unknown or revoked.")


_HOLDS = sql.SQL("select from authenticate_key({}, decode({}, 'hex'))")
