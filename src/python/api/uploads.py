"""An upload: from the network to the disk, and from there into the corpus in one transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response

from api import presenters
from api.events import wait_for_end
from api.forms import Form, FormReader, boundary_of, receive_pieces
from api.idempotency import Answer, Outcome, fingerprint, once
from api.media import media_type_of
from api.parts import Parts
from api.requests import decode
from api.spool import Spool
from api.tenancy import Tenant
from ibid_contract import Uploaded
from libs.accounts import Audit
from libs.corpus import Blobs, Collections, Documents, Upload
from libs.errors import DomainError
from libs.jobs import Jobs
from libs.postgres.pool import Connection
from libs.telemetry import current_traceparent, span


@dataclass(frozen=True, slots=True)
class Uploader:
    """Takes one upload for a collection of the tenant."""

    tenant: Tenant
    parts: Parts
    collection_id: UUID

    async def take(
        self, request: Request[Any, Any, Any], key: str | None, wait_seconds: int
    ) -> Response[Uploaded]:
        """Store the document with its job, ring, and wait that long for the job to end."""
        uploads = self.parts.metrics.uploads
        try:
            outcome = await self._receive(request, key)
        except DomainError:
            uploads.labels("refused").inc()
            raise
        if outcome.fresh is None:
            uploads.labels("repeated").inc()
            return outcome.to_response()
        if outcome.fresh.job is None:
            uploads.labels("known").inc()
            return outcome.to_response()
        uploads.labels("stored").inc()
        await self.parts.doorbell.ring(outcome.fresh.job.id)
        if wait_seconds:
            return await self._wait(outcome.fresh, wait_seconds)
        return outcome.to_response()

    async def _receive(self, request: Request[Any, Any, Any], key: str | None) -> Outcome[Uploaded]:
        async with self.tenant.transaction() as connection:
            await Collections(connection).get(self.collection_id)
        boundary = boundary_of(request.headers.get("content-type", ""))
        max_bytes = self.parts.max_upload_bytes
        with Spool(self.parts.upload_folder, max_bytes) as spool:
            with span("upload.receive"):
                pieces = receive_pieces(request.receive, request.content_length, max_bytes)
                form = await FormReader(spool).read(pieces, boundary)
            self.parts.metrics.upload_bytes.inc(spool.size_bytes)
            upload = await self._describe(form, spool)
            with span("upload.store"):
                return await self._store(upload, spool, key)

    async def _describe(self, form: Form, spool: Spool) -> Upload:
        metadata = form.fields.get("metadata")
        return Upload(
            collection_id=self.collection_id,
            sha256=spool.sha256,
            size_bytes=spool.size_bytes,
            media_type=await media_type_of(spool, form.file_name),
            file_name=form.file_name,
            external_id=form.fields.get("external_id"),
            title=form.fields.get("title"),
            metadata=None if metadata is None else _read_metadata(metadata),
        )

    async def _store(self, upload: Upload, spool: Spool, key: str | None) -> Outcome[Uploaded]:
        async def store(connection: Connection) -> Answer[Uploaded]:
            # the collection is held before the blob is locked, as deletions do
            await Collections(connection).hold(upload.collection_id)
            await Blobs(connection).store(upload.sha256, upload.size_bytes, spool.parts())
            received = await Documents(connection).receive(upload)
            job = None
            if received.is_new_version:
                job = await Jobs(connection).add(
                    received.document_id, received.version, current_traceparent()
                )
            elif received.is_retitled:
                job = await Jobs(connection).repeat(received.document_id, received.version)
            await Audit(connection).record(
                self.tenant.principal, "document.upload", "document", received.document_id
            )
            document = await Documents(connection).get(received.document_id)
            answer = Uploaded(presenters.document(document), presenters.job(job) if job else None)
            return Answer(202 if job else 200, answer, document.id)

        return await once(self.tenant, key, fingerprint("upload", upload), store)

    async def _wait(self, uploaded: Uploaded, seconds: int) -> Response[Uploaded]:
        job = uploaded.job
        assert job is not None
        await wait_for_end(self.tenant, job, seconds, self.parts.drain)
        async with self.tenant.transaction() as connection:
            document = await Documents(connection).get(uploaded.document.id)
            now = Uploaded(
                presenters.document(document),
                presenters.job(await Jobs(connection).get(job.id)),
            )
        return Response(now, status_code=202)


def _read_metadata(text: str) -> dict[str, object]:
    metadata: dict[str, object] = decode(text.encode(), dict[str, object], "“metadata”")
    return metadata
