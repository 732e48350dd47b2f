"""Many documents at once, none of which stops the others."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from cli.sources import Source
from ibid_client import AsyncClient, Denied, NotFound, ProblemError, Unsupported
from ibid_contract import Document, DocumentStatus, JobState

_FOLLOWED = 8
"""Jobs whose events are followed at a time; each takes a connection."""


class Outcome(StrEnum):
    UPLOADED = "uploaded"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a source. ``reason`` is there when it was skipped or failed."""

    source: Source
    outcome: Outcome
    document: Document | None = None
    reason: str | None = None


class Progress(Protocol):
    """Is told what happens, as it happens."""

    def sent(self) -> None: ...

    def done(self, report: Report) -> None: ...


class Uploads:
    """Uploads documents into a collection, ``parallel`` at a time."""

    def __init__(
        self,
        client: AsyncClient,
        collection_id: UUID,
        progress: Progress,
        *,
        parallel: int,
        wait: bool,
    ) -> None:
        self._client = client
        self._collection_id = collection_id
        self._progress = progress
        self._wait = wait
        self._uploading = asyncio.Semaphore(parallel)
        self._following = asyncio.Semaphore(_FOLLOWED)

    async def run(self, sources: Sequence[Source]) -> list[Report]:
        """Return a report for each source, in their order.

        Raises:
            ConnectionFailed, UnexpectedAnswer, Denied: for one is for all.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._take(source)) for source in sources]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _take(self, source: Source) -> Report:
        async with self._uploading:
            report, job_id = await self._upload(source)
        self._progress.sent()
        if self._wait and job_id is not None and report.outcome is not Outcome.FAILED:
            async with self._following:
                report = await self._follow(report, job_id)
        self._progress.done(report)
        return report

    async def _upload(self, source: Source) -> tuple[Report, UUID | None]:
        try:
            uploaded = await self._client.upload(
                self._collection_id, source.path, external_id=source.external_id
            )
        except Denied:
            raise
        except Unsupported as error:
            outcome = Outcome.FAILED if source.is_named else Outcome.SKIPPED
            return Report(source, outcome, reason=str(error)), None
        except ProblemError as error:
            return Report(source, Outcome.FAILED, reason=str(error)), None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return Report(source, Outcome.FAILED, reason=reason), None
        document = uploaded.document
        if document.status is DocumentStatus.FAILED:
            return Report(source, Outcome.FAILED, document, document.failure), None
        outcome = Outcome.UPLOADED if uploaded.job else Outcome.UNCHANGED
        is_ready = document.status is DocumentStatus.READY
        return Report(source, outcome, document), None if is_ready else document.job_id

    async def _follow(self, report: Report, job_id: UUID) -> Report:
        try:
            *_, last = [job async for job in self._client.job_events(job_id)]
        except NotFound:
            reason = "the document was deleted meanwhile"
            return Report(report.source, Outcome.FAILED, report.document, reason)
        if last.state is JobState.DONE:
            return report
        reason = last.error or f"the job was {last.state}"
        return Report(report.source, Outcome.FAILED, report.document, reason)
