"""The ledger as its workers see it: claim, heartbeat, progress, and the ways a lease ends.

A worker that was slow, stopped or cut off for longer than its lease finds LeaseLost at its next
write, and whatever it did in that transaction is rolled back. All times are the database's.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from psycopg.rows import class_row, dict_row, scalar_row

from libs.jobs.model import Count, Lease, LeaseLost, Stage, Swept
from libs.postgres.pool import Connection
from libs.postgres.statements import load

_SQL = load("libs.jobs")

FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=15)


async def claim(
    connection: Connection, worker: str, duration: timedelta, wanted: UUID | None = None
) -> Lease | None:
    """Take the job that is due the longest, or ``wanted``; None if it is not to be had.

    Works across workspaces; the lease names the job's.
    """
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            _SQL["claim"], {"worker": worker, "duration": duration, "wanted": wanted}
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    row |= {"job_id": row.pop("id"), "stage": Stage(row["stage"]), "duration": duration}
    return Lease(**row)


class Leases:
    """What a worker writes under a lease, in the caller's transaction of the lease's workspace.

    Every method raises LeaseLost where the lease is not the job's any more.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def heartbeat(self, lease: Lease) -> bool:
        """Prolong the lease; True if somebody asked to cancel the job."""
        return bool(await self._write("heartbeat", lease, duration=lease.duration))

    async def advance(self, lease: Lease, stage: Stage) -> None:
        """Note that the stages before ``stage`` are done and need not be done again."""
        await self._write("advance", lease, stage=stage)

    async def progress(self, lease: Lease, done: int, total: int) -> None:
        await self._write("progress", lease, done=done, total=total)

    async def finish(self, lease: Lease) -> timedelta:
        """Mark the job done; return how long ago it was added."""
        age = await self._write("finish", lease)
        assert isinstance(age, timedelta)
        return age

    async def fail(
        self, lease: Lease, code: str, text: str, retry_after: timedelta | None = None
    ) -> None:
        """End the attempt: try again after a while, or for good where ``retry_after`` is None.

        ``text`` is one sentence for the person who uploaded the document.
        """
        await self._write("fail", lease, code=code, text=text, retry_after=retry_after)

    async def hand_back(self, lease: Lease, after: timedelta = timedelta()) -> None:
        """Give the job back, at no charge, for any worker to take ``after`` a while.

        A job that somebody asked to cancel is cancelled then.
        """
        await self._write("hand_back", lease, after=after)

    async def _write(self, statement: str, lease: Lease, **parameters: object) -> object:
        token = {"id": lease.job_id, "fence": lease.fence}
        async with self._connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(_SQL[statement], token | parameters)
            if cursor.rowcount == 0:
                raise LeaseLost(lease.job_id)
            return await cursor.fetchone() if cursor.description else None


async def sweep(
    connection: Connection, *, max_crashes: int, ring_again: timedelta, most: int
) -> Swept:
    """Take jobs from workers that died and find those whose bell nobody heard, in all workspaces.

    A rescued job waits again, or fails where its workers died ``max_crashes`` times. Safe to run
    in every worker at once.
    """
    cursor = await connection.execute(
        _SQL["sweep"], {"max_crashes": max_crashes, "ring_again": ring_again, "most": most}
    )
    rows = await cursor.fetchall()
    return Swept(
        rescued=[job_id for job_id, rescued in rows if rescued],
        due=[job_id for job_id, rescued in rows if not rescued],
    )


async def counts(connection: Connection) -> list[Count]:
    """Return the unfinished and failed jobs of all workspaces: for each state and stage one."""
    async with connection.cursor(row_factory=class_row(Count)) as cursor:
        await cursor.execute(_SQL["counts"])
        return await cursor.fetchall()


def retry_delay(
    attempts: int, max_attempts: int, jitter: Callable[[], float] = random.random
) -> timedelta | None:
    """Return how long a job waits after an error, None if it was its last attempt.

    ``attempts`` are the errors before this one. The delay doubles with each and is spread over
    its upper half, so that jobs which failed together do not come back together.
    """
    if attempts + 1 >= max_attempts:
        return None
    longest: timedelta = min(FIRST_DELAY * 2**attempts, LONGEST_DELAY)
    return longest * (0.5 + 0.5 * jitter())
