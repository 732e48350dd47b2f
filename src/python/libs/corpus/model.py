"""What the corpus holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

type Status = Literal["pending", "processing", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents that are searched together."""

    id: UUID
    name: str
    description: str
    documents: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A document by its newest version; ``published`` is the version that search finds, if any."""

    id: UUID
    collection_id: UUID
    external_id: str | None
    title: str
    metadata: dict[str, object]
    latest: int
    published: int | None
    media_type: str
    file_name: str
    size_bytes: int
    pages: int | None
    job_id: UUID | None
    status: Status
    failure: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One body of a document. ``text_length`` counts code points."""

    number: int
    sha256: bytes
    media_type: str
    file_name: str
    size_bytes: int
    pages: int | None
    text_length: int | None
    created_at: datetime
    published_at: datetime | None
    is_published: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """What came in. Fields that are None keep what the document has, or get a default."""

    collection_id: UUID
    sha256: bytes
    size_bytes: int
    media_type: str
    file_name: str
    external_id: str | None = None
    title: str | None = None
    metadata: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """Where the upload went. ``is_new_version`` is false when the same bytes were there already.

    ``is_retitled`` says that they got another title, by which their passages are found, too.
    """

    document_id: UUID
    version: int
    is_new_version: bool
    is_retitled: bool = False


@dataclass(frozen=True, slots=True)
class PageSpan:
    """Where a page lies in the canonical text."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PageText:
    """A page and its text; ``end - start == len(text)``."""

    number: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """Where a passage lies in the canonical text."""

    page: int
    start: int
    end: int
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class PublishedPassage:
    """A passage to be embedded by a further model; ``title`` as in ``Unembedded``."""

    id: UUID
    text: str
    heading: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A passage that waits for its embedding; ``title`` is None where it is the file's name."""

    ordinal: int
    text: str
    heading: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class TextWindow:
    """``text`` is ``[start, end)`` of the version's canonical text, which has ``length``."""

    version: int
    start: int
    end: int
    length: int
    text: str
    pages: tuple[PageSpan, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What the stages need to know of the version that they work on."""

    sha256: bytes
    size_bytes: int
    media_type: str
    file_name: str
    title: str
