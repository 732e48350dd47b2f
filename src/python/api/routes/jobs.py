"""The ledger: jobs, their progress as it happens, and what people can do about them."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from api import cursors, presenters
from api.documentation import Cursor, Limit, problems
from api.events import job_events
from api.idempotency import Answer, IdempotencyKey, fingerprint, once
from api.parts import Parts
from api.tenancy import Tenant
from ibid_contract import Job, JobState, Page
from libs import jobs
from libs.accounts import Audit
from libs.jobs import Jobs
from libs.postgres.pool import Connection

_JobState = Annotated[
    JobState | None, QueryParameter(name="state", description="Only jobs in this state.")
]
_Id = Annotated[UUID | None, QueryParameter(description="Only jobs of this one.")]


class JobRoutes(Controller):
    path = "/jobs"
    tags = ("jobs",)

    @get(responses=problems())
    async def list_jobs(
        self,
        tenant: NamedDependency[Tenant],
        job_state: _JobState = None,
        document_id: _Id = None,
        collection_id: _Id = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Job]:
        """List jobs, the newest first."""
        after = cursors.read_after(cursor)
        async with tenant.transaction() as connection:
            found = await Jobs(connection).list(
                limit=limit + 1,
                state=jobs.JobState(job_state) if job_state else None,
                document_id=document_id,
                collection_id=collection_id,
                after=after,
            )
        return cursors.page(found, limit, presenters.job, cursors.after)

    @get("/{job_id:uuid}", responses=problems(404))
    async def get_job(self, tenant: NamedDependency[Tenant], job_id: FromPath[UUID]) -> Job:
        """Return one job."""
        async with tenant.transaction() as connection:
            return presenters.job(await Jobs(connection).get(job_id))

    @get("/{job_id:uuid}/events", media_type="text/event-stream", responses=problems(404))
    async def watch_job(
        self, tenant: NamedDependency[Tenant], parts: NamedDependency[Parts], job_id: FromPath[UUID]
    ) -> Stream:
        """Send the job as a server-sent event `job` at once and at every change, until it ends."""
        async with tenant.transaction() as connection:
            job = await Jobs(connection).get(job_id)
        return Stream(
            job_events(tenant, job, parts.drain),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @post("/{job_id:uuid}/retry", status_code=200, responses=problems(404, 409, 422))
    async def retry_job(
        self,
        tenant: NamedDependency[Tenant],
        parts: NamedDependency[Parts],
        job_id: FromPath[UUID],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Job]:
        """Give a failed or cancelled job a fresh start."""

        async def retry(connection: Connection) -> Answer[Job]:
            changed = await Jobs(connection).retry(job_id)
            await Audit(connection).record(tenant.principal, "job.retry", "job", job_id)
            return Answer(200, presenters.job(changed), changed.document_id)

        outcome = await once(tenant, idempotency_key, fingerprint("retry_job", job_id), retry)
        if outcome.fresh is not None:
            await parts.doorbell.ring(job_id)
        return outcome.to_response()

    @post("/{job_id:uuid}/cancel", status_code=200, responses=problems(404, 409, 422))
    async def cancel_job(
        self,
        tenant: NamedDependency[Tenant],
        job_id: FromPath[UUID],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Job]:
        """Cancel a waiting job at once; a running one stops at its next step."""

        async def cancel(connection: Connection) -> Answer[Job]:
            changed = await Jobs(connection).cancel(job_id)
            await Audit(connection).record(tenant.principal, "job.cancel", "job", job_id)
            return Answer(200, presenters.job(changed), changed.document_id)

        request = fingerprint("cancel_job", job_id)
        return (await once(tenant, idempotency_key, request, cancel)).to_response()
