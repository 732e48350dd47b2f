"""One attempt at a job, from its claim to its end. All of the error policy is here."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from time import monotonic

import psycopg
import structlog
from opentelemetry.trace import Span, SpanKind

from libs.errors import DomainError, Unavailable
from libs.jobs import Lease, LeaseLost, Leases, retry_delay
from libs.postgres.pool import Pool, workspace_transaction
from libs.telemetry import OrchestratorMetrics, span
from orchestrator.heartbeat import JobCancelled, kept_alive
from orchestrator.pipeline import Pipeline

_SAME_TRACE = timedelta(seconds=60)
"""A job that starts later gets a trace of its own, linked: hours would stretch the upload's."""

_OUTAGE_DELAY = timedelta(seconds=5)
_OUTAGE_STATES = ("08", "40", "53", "55", "57")
"""SQLSTATE classes that are no fault of the document: connection, rollback, resources, shutdown."""

_TRIES_AGAIN = "Something went wrong. Ibid tries again by itself."
_GAVE_UP = (
    "Something went wrong every time Ibid tried. Retry the job; if it fails again, tell whoever "
    "runs Ibid its id: the log has the cause."
)

log = structlog.get_logger(__name__)


class Attempts:
    def __init__(
        self, pool: Pool, pipeline: Pipeline, metrics: OrchestratorMetrics, max_attempts: int
    ) -> None:
        self._pool = pool
        self._pipeline = pipeline
        self._metrics = metrics
        self._max_attempts = max_attempts

    async def run(self, lease: Lease) -> None:
        """Work on the job until it is done, has failed, is someone else's or was handed back.

        A cancellation hands it back, after the batch that is being embedded.
        """
        context = {"job_id": str(lease.job_id), "document_id": str(lease.document_id)}
        with structlog.contextvars.bound_contextvars(**context), _job_span(lease):
            log.info("job.started", stage=lease.stage, attempts=lease.attempts)
            result = await self._run(lease)
            self._metrics.attempts.labels(result).inc()
            log.info("job.ended", result=result)

    async def hand_back(self, lease: Lease, after: timedelta = timedelta()) -> str:
        """Give the job back at no charge; the result is one of the metric's."""
        return await self._settle(
            lease, "handed_back", lambda leases: leases.hand_back(lease, after)
        )

    async def _run(self, lease: Lease) -> str:
        try:
            async with kept_alive(self._pool, lease) as heartbeat:
                await self._pipeline.run(lease, heartbeat)
            return "done"
        except (LeaseLost, psycopg.errors.ForeignKeyViolation):
            # what a stage writes belongs to the version: it went with a deleted document
            return "lost"
        except JobCancelled:
            await self.hand_back(lease)
            return "cancelled"
        except asyncio.CancelledError:
            return await self.hand_back(lease)
        except Unavailable as error:
            return await self._retry(lease, error.code, error.message)
        except DomainError as error:
            return await self._fail(lease, error.code, error.message)
        except Exception as error:
            if _is_outage(error):
                log.warning("job.outage", exc_info=error)
                return await self.hand_back(lease, _OUTAGE_DELAY)
            log.warning("job.error", exc_info=error)
            return await self._retry(lease, "unexpected", _TRIES_AGAIN)

    async def _retry(self, lease: Lease, code: str, text: str) -> str:
        delay = retry_delay(lease.attempts, self._max_attempts)
        if delay is None:
            return await self._fail(lease, code, _GAVE_UP if code == "unexpected" else text)
        return await self._settle(
            lease, "retried", lambda leases: leases.fail(lease, code, text, delay)
        )

    async def _fail(self, lease: Lease, code: str, text: str) -> str:
        return await self._settle(lease, "failed", lambda leases: leases.fail(lease, code, text))

    async def _settle(
        self, lease: Lease, result: str, write: Callable[[Leases], Awaitable[None]]
    ) -> str:
        """Write how the attempt ended; as long as the lease may last, PostgreSQL is waited for."""
        deadline = monotonic() + lease.duration.total_seconds()
        while True:
            try:
                async with workspace_transaction(self._pool, lease.workspace_id) as connection:
                    await write(Leases(connection))
                return result
            except LeaseLost:
                return "lost"
            except (psycopg.OperationalError, psycopg.InterfaceError):
                if monotonic() > deadline:
                    return "lost"
                await asyncio.sleep(0.5)


def _job_span(lease: Lease) -> AbstractContextManager[Span]:
    goes_on = lease.is_first and lease.age < _SAME_TRACE
    traceparent = lease.traceparent or ""
    return span(
        "process job",
        parent=traceparent if goes_on else None,
        links=[] if goes_on else [traceparent],
        kind=SpanKind.CONSUMER,
        attributes={
            "ibid.job_id": str(lease.job_id),
            "ibid.document_id": str(lease.document_id),
            "ibid.attempt": lease.attempts + lease.crashes + 1,
        },
    )


def _is_outage(error: Exception) -> bool:
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(_OUTAGE_STATES)
