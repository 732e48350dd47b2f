"""Requests that a caller may repeat: the second gets the first one's answer.

A key is inserted by the transaction that has the effect and keeps the answer too, so that either
all of it happened or nothing did.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from libs.accounts.sql import STATEMENTS
from libs.errors import Conflict, NotFound, Rejected
from libs.postgres.pool import Connection

_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Stored:
    """The answer that was given to the first request, and what it tells of.

    Once the document or collection of that id is deleted, the answer is gone with it.
    """

    status: int
    body: bytes
    subject_id: UUID


class IdempotencyKeys:
    """The keys of the running transaction's workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, workspace_id: UUID, key: str, fingerprint: bytes) -> Stored | None:
        """Return the answer to repeat, or None: then do the work and call ``finish``.

        Waits while another transaction works under the same key. ``fingerprint`` stands for the
        request; one key stands for one request.

        Raises:
            Rejected: the key is empty, too long, unprintable, or was another request's.
            Conflict: the first request ended without an answer to repeat.
            NotFound: what the first answer told of has been deleted since.
        """
        if not 0 < len(key) <= _LONGEST_KEY or not key.isprintable():
            raise Rejected(f"An Idempotency-Key has 1 to {_LONGEST_KEY} printable characters.")
        names = {"workspace_id": workspace_id, "key": key}
        cursor = await self._connection.execute(
            STATEMENTS["begin_request"], {**names, "fingerprint": fingerprint}
        )
        if cursor.rowcount == 1:
            return None
        cursor = await self._connection.execute(STATEMENTS["get_request"], names)
        row = await cursor.fetchone()
        if row is None or row[1] is None:
            raise Conflict("The first request with this Idempotency-Key has no answer. Try again.")
        if row[0] != fingerprint:
            raise Rejected("This Idempotency-Key belongs to another request. Use a new one.")
        if row[2] is None:
            raise NotFound("What the first request with this key made has been deleted since.")
        return Stored(row[1], row[2], row[3])

    async def finish(self, workspace_id: UUID, key: str, answer: Stored) -> None:
        """Keep the answer for those who repeat the request."""
        await self._connection.execute(
            STATEMENTS["finish_request"],
            {
                "workspace_id": workspace_id,
                "key": key,
                "status": answer.status,
                "body": answer.body,
                "subject_id": answer.subject_id,
            },
        )


async def expire_idempotency_keys(connection: Connection, older_than: timedelta) -> int:
    """Forget the keys of all workspaces that are older; return how many there were."""
    cursor = await connection.execute(STATEMENTS["expire_requests"], {"older_than": older_than})
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
