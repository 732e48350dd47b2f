"""What the ledger says about a job."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class JobState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    EXTRACT = "extract"
    SPLIT = "split"
    EMBED = "embed"
    PUBLISH = "publish"


class LeaseLost(Exception):
    """The job is another worker's now, cancelled or deleted; roll back what was done under it."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job. ``done`` of ``total`` passages of the stage; ``attempts`` counts errors."""

    id: UUID
    document_id: UUID
    version: int
    state: JobState
    stage: Stage
    done: int
    total: int
    attempts: int
    crashes: int
    worker: str | None
    lease_until: datetime | None
    run_after: datetime
    cancel_requested: bool
    traceparent: str | None
    error_code: str | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's right to a job. ``fence`` is its token: it rises with every claim and rescue.

    ``age`` is the job's at the claim, by the clock of the database.
    """

    workspace_id: UUID
    job_id: UUID
    document_id: UUID
    version: int
    stage: Stage
    fence: int
    attempts: int
    crashes: int
    traceparent: str | None
    age: timedelta
    duration: timedelta

    @property
    def is_first(self) -> bool:
        """No worker has had the job before."""
        return self.fence == 1


@dataclass(frozen=True, slots=True)
class Swept:
    """``rescued`` were taken from workers that died; ``due`` wait and should be rung."""

    rescued: list[UUID]
    due: list[UUID]


@dataclass(frozen=True, slots=True)
class Count:
    """``due`` could be claimed now; the first of them has been for ``waiting_seconds``."""

    state: str
    stage: str
    jobs: int
    due: int
    waiting_seconds: float
    oldest_seconds: float
