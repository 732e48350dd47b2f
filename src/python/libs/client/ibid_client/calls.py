"""Each call of the API, described once: what is sent, and what the answer is.

Nothing here does I/O; ``Client`` and ``AsyncClient`` send what these functions return.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

import msgspec

from ibid_client.call import Call, delete, get, list_page, post
from ibid_client.forms import Form
from ibid_contract import (
    Collection,
    CollectionPatch,
    Completions,
    Document,
    DocumentStatus,
    DocumentText,
    Identity,
    Job,
    JobState,
    Model,
    NewCollection,
    Page,
    SearchRequest,
    SearchResponse,
    Uploaded,
    Version,
)


class Readiness(msgspec.Struct, frozen=True):
    """Whether a service wants requests; ``reasons`` says by part why it does not."""

    status: str
    reasons: dict[str, str] = {}


def readiness() -> Call[Readiness]:
    """Whether the service is ready; every service of Ibid answers this, without a key."""
    return replace(get("/readyz", Readiness), also_answers=frozenset([503]))


def whoami() -> Call[Identity]:
    """Who the API key belongs to."""
    return get("/v1/auth/whoami", Identity)


def list_models(*, limit: int | None = None, cursor: str | None = None) -> Call[Page[Model]]:
    """The models that passages are embedded by, the active one first; all are on one page."""
    return list_page("/v1/models", Page[Model], limit=limit, cursor=cursor)


def create_collection(
    name: str, description: str = "", *, idempotency_key: str | None = None
) -> Call[Collection]:
    """Make a collection. Raises Conflict when there is one of that name."""
    body = NewCollection(name, description)
    return post("/v1/collections", Collection, body, idempotency_key)


def list_collections(
    *, limit: int | None = None, cursor: str | None = None
) -> Call[Page[Collection]]:
    """A page of the collections, oldest first."""
    return list_page("/v1/collections", Page[Collection], limit=limit, cursor=cursor)


def get_collection(collection_id: UUID) -> Call[Collection]:
    """One collection."""
    return get(f"/v1/collections/{collection_id}", Collection)


def update_collection(
    collection_id: UUID,
    *,
    name: str | msgspec.UnsetType = msgspec.UNSET,
    description: str | msgspec.UnsetType = msgspec.UNSET,
) -> Call[Collection]:
    """Change what is given; the rest stays."""
    body = msgspec.json.encode(CollectionPatch(name=name, description=description))
    path = f"/v1/collections/{collection_id}"
    return Call("PATCH", path, msgspec.json.Decoder(Collection).decode, body=body)


def delete_collection(collection_id: UUID) -> Call[None]:
    """Remove the collection and every trace of its documents."""
    return delete(f"/v1/collections/{collection_id}")


def upload(
    collection_id: UUID,
    source: Path | BinaryIO,
    *,
    file_name: str | None = None,
    external_id: str | None = None,
    title: str | None = None,
    metadata: Mapping[str, object] | None = None,
    wait: int | None = None,
    idempotency_key: str | None = None,
) -> Call[Uploaded]:
    """Upload a document; ``job`` is null when the very same bytes were there already.

    The bytes are read as they are sent. A stream is sent from where it stands, and must be
    seekable if the call is to be repeated when the connection fails. ``external_id`` is the
    caller's name for the document: other bytes under a known one make a new version. ``wait`` is
    how many seconds the answer may wait for the job to end.
    """
    given = {"external_id": external_id, "title": title}
    fields = {name: value for name, value in given.items() if value is not None}
    if metadata is not None:
        fields["metadata"] = msgspec.json.encode(metadata).decode()
    return Call(
        "POST",
        f"/v1/collections/{collection_id}/documents",
        msgspec.json.Decoder(Uploaded).decode,
        query={"wait": wait},
        body=Form.of(source, file_name, fields),
        idempotency_key=idempotency_key or str(uuid4()),
        extra_seconds=wait or 0,
    )


def list_documents(
    collection_id: UUID,
    *,
    status: DocumentStatus | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[Page[Document]]:
    """A page of a collection's documents, oldest first."""
    path = f"/v1/collections/{collection_id}/documents"
    return list_page(path, Page[Document], status=status, limit=limit, cursor=cursor)


def get_document(document_id: UUID) -> Call[Document]:
    """One document."""
    return get(f"/v1/documents/{document_id}", Document)


def get_content(document_id: UUID, *, version: int | None = None) -> Call[bytes]:
    """The bytes that were uploaded."""
    return Call("GET", f"/v1/documents/{document_id}/content", bytes, {"version": version})


def get_text(
    document_id: UUID,
    *,
    start: int | None = None,
    end: int | None = None,
    version: int | None = None,
) -> Call[DocumentText]:
    """``[start, end)`` of the canonical text, in code points; all of it when left out."""
    path = f"/v1/documents/{document_id}/text"
    return get(path, DocumentText, start=start, end=end, version=version)


def list_versions(
    document_id: UUID, *, limit: int | None = None, cursor: str | None = None
) -> Call[Page[Version]]:
    """A page of the document's history, newest first."""
    path = f"/v1/documents/{document_id}/versions"
    return list_page(path, Page[Version], limit=limit, cursor=cursor)


def get_page_picture(
    document_id: UUID,
    number: int,
    *,
    highlight: tuple[int, int] | None = None,
    version: int | None = None,
) -> Call[bytes]:
    """A page drawn as PNG, with the span ``highlight`` of the canonical text marked."""
    span = None if highlight is None else f"{highlight[0]}-{highlight[1]}"
    path = f"/v1/documents/{document_id}/pages/{number}.png"
    return Call("GET", path, bytes, {"highlight": span, "version": version})


def delete_document(document_id: UUID) -> Call[None]:
    """Remove every trace of the document."""
    return delete(f"/v1/documents/{document_id}")


def list_jobs(
    *,
    state: JobState | None = None,
    document_id: UUID | None = None,
    collection_id: UUID | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[Page[Job]]:
    """A page of the ledger, newest first."""
    return list_page(
        "/v1/jobs",
        Page[Job],
        state=state,
        document_id=document_id,
        collection_id=collection_id,
        limit=limit,
        cursor=cursor,
    )


def get_job(job_id: UUID) -> Call[Job]:
    """One job."""
    return get(f"/v1/jobs/{job_id}", Job)


def get_job_events(job_id: UUID) -> Call[bytes]:
    """The job as it changes, as server-sent events."""
    return Call("GET", f"/v1/jobs/{job_id}/events", bytes)


def retry_job(job_id: UUID) -> Call[Job]:
    """Start a failed or cancelled job again."""
    return post(f"/v1/jobs/{job_id}/retry", Job)


def cancel_job(job_id: UUID) -> Call[Job]:
    """Stop a job that has not ended."""
    return post(f"/v1/jobs/{job_id}/cancel", Job)


def search(request: SearchRequest) -> Call[SearchResponse]:
    """A page of hits, best first."""

    def next_page(response: SearchResponse) -> Call[SearchResponse] | None:
        if response.next_cursor is None:
            return None
        return search(msgspec.structs.replace(request, cursor=response.next_cursor))

    return Call(
        "POST",
        "/v1/search",
        msgspec.json.Decoder(SearchResponse).decode,
        body=msgspec.json.encode(request),
        next_page=next_page,
    )


def find_similar(
    document_id: UUID, *, passage_id: UUID | None = None, limit: int | None = None
) -> Call[SearchResponse]:
    """Documents that are about the same as this one, or as this passage of it."""
    path = f"/v1/documents/{document_id}/similar"
    passage = None if passage_id is None else str(passage_id)
    return get(path, SearchResponse, passage_id=passage, limit=limit)


def complete(text: str, *, limit: int | None = None) -> Call[Completions]:
    """What the last word of the text may become: words of documents, the most frequent first."""
    return get("/v1/completions", Completions, text=text, limit=limit)
