"""Documents: what people upload, and what can be read of it."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from api import cursors, presenters
from api.cursors import Before
from api.documentation import Cursor, Limit, UploadOperation, problems, success
from api.downloads import PRIVATE, open_content
from api.idempotency import IdempotencyKey
from api.parts import Parts
from api.pictures import HIGHLIGHT, page_number
from api.tenancy import Tenant
from api.uploads import Uploader
from ibid_contract import Document, DocumentStatus, DocumentText, Page, Uploaded, Version
from libs.accounts import Audit
from libs.corpus import Collections, Documents

_Status = Annotated[DocumentStatus | None, QueryParameter(description="Only documents so far.")]
_Number = Annotated[
    int | None,
    QueryParameter(ge=1, le=2**31 - 1, description="Without one: the published, else the newest."),
]
_Offset = Annotated[int, QueryParameter(ge=0, le=2**31 - 1)]
_Wait = Annotated[
    int, QueryParameter(ge=0, le=60, description="Seconds to wait for the job to end.")
]
_Highlight = Annotated[
    str | None,
    QueryParameter(pattern=HIGHLIGHT, description="`start-end` in the canonical text."),
]

_MOST_CHARACTERS = 1_000_000


class CollectionDocumentRoutes(Controller):
    path = "/collections/{collection_id:uuid}/documents"
    tags = ("documents",)

    @post(
        status_code=202,
        request_max_body_size=None,
        operation_class=UploadOperation,
        responses=problems(404, 409, 413, 415, 422)
        | success(200, Uploaded, "These bytes were there already; there is no job."),
    )
    async def upload_document(
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[Tenant],
        parts: NamedDependency[Parts],
        collection_id: FromPath[UUID],
        idempotency_key: IdempotencyKey = None,
        wait: _Wait = 0,
    ) -> Response[Uploaded]:
        """Upload a document. It can be found when its job is done.

        The same bytes again change nothing. Other bytes under a known `external_id` become the
        document's next version; the one before is found until the job is done.
        """
        return await Uploader(tenant, parts, collection_id).take(request, idempotency_key, wait)

    @get(responses=problems(404))
    async def list_documents(
        self,
        tenant: NamedDependency[Tenant],
        collection_id: FromPath[UUID],
        status: _Status = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Document]:
        """List a collection's documents, the oldest first."""
        after = cursors.read_after(cursor)
        async with tenant.transaction() as connection:
            await Collections(connection).get(collection_id)
            found = await Documents(connection).list(
                limit + 1,
                collection_id=collection_id,
                status=None if status is None else status.value,
                after=after,
            )
        return cursors.page(found, limit, presenters.document, cursors.after)


class DocumentRoutes(Controller):
    path = "/documents/{document_id:uuid}"
    tags = ("documents",)

    @get(responses=problems(404))
    async def get_document(
        self, tenant: NamedDependency[Tenant], document_id: FromPath[UUID]
    ) -> Document:
        """Return a document by its newest version."""
        async with tenant.transaction() as connection:
            return presenters.document(await Documents(connection).get(document_id))

    @get("/versions", responses=problems(404))
    async def list_versions(
        self,
        tenant: NamedDependency[Tenant],
        document_id: FromPath[UUID],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Version]:
        """List a document's versions, the newest first."""
        before = cursors.read_before(cursor)
        async with tenant.transaction() as connection:
            found = await Documents(connection).versions(document_id)
        older = [version for version in found if before is None or version.number < before]
        return cursors.page(older, limit, presenters.version, lambda last: Before(last.number))

    @get("/text", responses=problems(404, 409))
    async def read_text(
        self,
        tenant: NamedDependency[Tenant],
        document_id: FromPath[UUID],
        start: _Offset = 0,
        end: _Offset = _MOST_CHARACTERS,
        version: _Number = None,
    ) -> DocumentText:
        """Return the canonical text between two offsets, a million characters at most."""
        end = min(end, start + _MOST_CHARACTERS)
        async with tenant.transaction() as connection:
            window = await Documents(connection).text(document_id, start, end, version)
        return presenters.text(window)

    @get("/content", media_type="*/*", responses=problems(404))
    async def download(
        self,
        tenant: NamedDependency[Tenant],
        document_id: FromPath[UUID],
        version: _Number = None,
    ) -> Stream:
        """Return the original bytes, to be saved rather than shown."""
        return await open_content(tenant, document_id, version)

    @get("/pages/{picture:str}", media_type="image/png", responses=problems(404, 409, 422))
    async def draw_page(
        self,
        tenant: NamedDependency[Tenant],
        parts: NamedDependency[Parts],
        document_id: FromPath[UUID],
        picture: FromPath[str],
        highlight: _Highlight = None,
        version: _Number = None,
    ) -> Response[bytes]:
        """Draw a page of a PDF, the span marked."""
        number = page_number(picture)
        png = await parts.pictures.draw(tenant, document_id, number, highlight, version)
        return Response(png, media_type="image/png", headers=PRIVATE)

    @delete(responses=problems(404))
    async def delete_document(
        self, tenant: NamedDependency[Tenant], document_id: FromPath[UUID]
    ) -> None:
        """Remove the document and all that was made of it, at once."""
        async with tenant.long_transaction() as connection:
            await Documents(connection).delete(document_id)
            await Audit(connection).record(
                tenant.principal, "document.delete", "document", document_id
            )
