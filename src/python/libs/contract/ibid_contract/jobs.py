"""The ledger: what happens to an uploaded version until it can be found."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class JobState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Stage(StrEnum):
    EXTRACT = "extract"
    SPLIT = "split"
    EMBED = "embed"
    PUBLISH = "publish"


class Job(msgspec.Struct, frozen=True):
    """``progress`` runs from 0 to 1; ``attempt`` counts errors and crashes, not graceful stops."""

    id: UUID
    document_id: UUID
    version: int
    state: JobState
    stage: Stage
    progress: float
    attempt: int
    worker: str | None
    lease_until: datetime | None
    error_code: str | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
