"""Who did what to which thing. Rows are only ever added."""

from uuid import UUID

from uuid_utils.compat import uuid7

from libs.accounts.authenticate import Principal
from libs.accounts.sql import STATEMENTS
from libs.postgres.pool import Connection


class Audit:
    """The audit of the running transaction's workspace; it stands or falls with the act."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def record(
        self, principal: Principal, action: str, subject_kind: str, subject_id: UUID
    ) -> None:
        """Note an act such as ``document.delete`` on a subject such as a ``document``."""
        await self._connection.execute(
            STATEMENTS["record"],
            {
                "workspace_id": principal.workspace_id,
                "id": uuid7(),
                "key_id": principal.key_id,
                "action": action,
                "subject_kind": subject_kind,
                "subject_id": subject_id,
            },
        )
