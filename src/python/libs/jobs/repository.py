"""The ledger as its users see it: add, look, retry, cancel."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import RowMaker
from uuid_utils.compat import uuid7

from libs.errors import Conflict, NotFound
from libs.jobs.model import JobRow, JobState, Stage
from libs.postgres.pool import Connection
from libs.postgres.statements import load

_SQL = load("libs.jobs")

type _Rows = list[JobRow]  # inside the class `list` is the method


class Jobs:
    """The jobs of one workspace. Every method runs in the caller's tenant transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, document_id: UUID, version: int, traceparent: str | None) -> JobRow:
        """Record the work that a version waits for; ring the doorbell after the commit."""
        return await self._one(
            "add", id=uuid7(), document_id=document_id, version=version, traceparent=traceparent
        )

    async def get(self, job_id: UUID) -> JobRow:
        """Raises NotFound."""
        return await self._one("get", id=job_id)

    async def list(
        self,
        *,
        limit: int,
        state: JobState | None = None,
        document_id: UUID | None = None,
        collection_id: UUID | None = None,
        after: UUID | None = None,
    ) -> _Rows:
        """Return up to ``limit`` jobs, the newest first, all of them older than ``after``."""
        return await self._all(
            "list",
            limit=limit,
            state=state,
            document_id=document_id,
            collection_id=collection_id,
            after=after,
        )

    async def retry(self, job_id: UUID) -> JobRow:
        """Give a failed or cancelled job a fresh start at the stage where it ended.

        Raises:
            NotFound: there is no such job.
            Conflict: the job is waiting, running or done.
        """
        return await self._change("retry", job_id, "Only a failed or cancelled job can be retried")

    async def repeat(self, document_id: UUID, version: int) -> JobRow | None:
        """Split, embed and publish a version anew; None where its job has yet to split it."""
        repeated = await self._all("repeat", document_id=document_id, version=version)
        return repeated[0] if repeated else None

    async def cancel(self, job_id: UUID) -> JobRow:
        """Cancel a waiting job at once, and ask the worker of a running one to stop.

        Raises:
            NotFound: there is no such job.
            Conflict: the job has ended already.
        """
        return await self._change("cancel", job_id, "Only an unfinished job can be cancelled")

    async def _change(self, statement: str, job_id: UUID, rule: str) -> JobRow:
        changed = await self._all(statement, id=job_id)
        if changed:
            return changed[0]
        job = await self.get(job_id)
        raise Conflict(f"{rule}; this one is {job.state}.")

    async def _one(self, statement: str, **parameters: object) -> JobRow:
        rows = await self._all(statement, **parameters)
        if not rows:
            raise NotFound("There is no such job here.")
        return rows[0]

    async def _all(self, statement: str, **parameters: object) -> _Rows:
        async with self._connection.cursor(row_factory=_job_rows) as cursor:
            await cursor.execute(_SQL[statement], parameters)
            return await cursor.fetchall()


def _job_rows(cursor: Any) -> RowMaker[JobRow]:
    names = [column.name for column in cursor.description or ()]

    def make(values: Sequence[Any]) -> JobRow:
        fields = dict(zip(names, values, strict=True))
        fields |= {"state": JobState(fields["state"]), "stage": Stage(fields["stage"])}
        return JobRow(**fields)

    return make
