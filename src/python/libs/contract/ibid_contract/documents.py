"""Documents, their versions and their text."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from ibid_contract.jobs import Job


class DocumentStatus(StrEnum):
    """Where the newest version stands; an older one may be searchable meanwhile."""

    PENDING = "pending"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Document(msgspec.Struct, frozen=True):
    """``version`` is the newest, ``published_version`` the one that search finds, if any."""

    id: UUID
    collection_id: UUID
    external_id: str | None
    title: str
    metadata: dict[str, object]
    status: DocumentStatus
    failure: str | None
    version: int
    published_version: int | None
    media_type: str
    file_name: str
    size_bytes: int
    pages: int | None
    job_id: UUID | None
    created_at: datetime
    updated_at: datetime


class Uploaded(msgspec.Struct, frozen=True):
    """``job`` is null when these bytes were there already."""

    document: Document
    job: Job | None


class Version(msgspec.Struct, frozen=True):
    number: int
    media_type: str
    file_name: str
    size_bytes: int
    sha256: str
    pages: int | None
    text_length: int | None
    created_at: datetime
    published_at: datetime | None
    is_published: bool


class PageSpan(msgspec.Struct, frozen=True):
    """Where a page lies in the canonical text."""

    number: int
    start: int
    end: int


class DocumentText(msgspec.Struct, frozen=True):
    """``text`` is ``[start, end)`` of the version's canonical text, which has ``length``."""

    version: int
    start: int
    end: int
    length: int
    text: str
    pages: list[PageSpan]
