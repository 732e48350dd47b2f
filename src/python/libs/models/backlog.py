"""Published passages that a kept model has no embedding of yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from libs.models.sql import STATEMENTS
from libs.postgres.pool import Connection


@dataclass(frozen=True, slots=True)
class Claim:
    """Passages of one workspace, to be embedded by one model before somebody else does."""

    model: str
    workspace_id: UUID
    passage_ids: Sequence[UUID]


class Backlog:
    """Of all workspaces. What is stored as an embedding leaves it by itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, models: Sequence[str], lease: timedelta, most: int) -> Claim | None:
        """Return some of it that nobody works on; None where there is nothing.

        Whoever dies over it leaves it to others once the lease ran out. Two that work on the same,
        as one was slow, do no harm: the second finds the embeddings there.
        """
        cursor = await self._connection.execute(
            STATEMENTS["claim"], {"models": list(models), "lease": lease, "most": most}
        )
        rows = await cursor.fetchall()
        if not rows:
            return None
        return Claim(rows[0][0], rows[0][1], [row[2] for row in rows])
