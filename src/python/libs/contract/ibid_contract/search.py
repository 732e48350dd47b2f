"""Search: a query, its hits, and why they are there."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

MAX_QUERY_LENGTH = 4_000


class SearchMode(StrEnum):
    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class Filters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Only documents that match all that is given.

    ``metadata`` matches documents whose metadata contain it (PostgreSQL's jsonb ``@>``).
    """

    metadata: dict[str, object] | None = None
    media_types: Annotated[list[str], msgspec.Meta(max_length=100)] | None = None
    documents: Annotated[list[UUID], msgspec.Meta(max_length=1_000)] | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


# "collection", "media_type", or a top-level key of the metadata
Facet = Annotated[
    str, msgspec.Meta(pattern=r"^(collection|media_type|metadata\..+)$", max_length=200)
]


class SearchRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``query`` is words or a question, with or without operators such as quotes and ``-word``.

    ``collections`` null or absent means all of the workspace. ``facets`` names what the passages
    are counted by: ``collection``, ``media_type`` or ``metadata.KEY``. ``model`` names
    another model than the active one, to compare them.
    """

    query: Annotated[str, msgspec.Meta(max_length=MAX_QUERY_LENGTH)]
    collections: Annotated[list[UUID], msgspec.Meta(max_length=1_000)] | None = None
    filters: Filters | None = None
    mode: SearchMode = SearchMode.HYBRID
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    cursor: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    facets: Annotated[list[Facet], msgspec.Meta(max_length=10)] = []
    explain: bool = False
    model: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None


class Scores(msgspec.Struct, frozen=True):
    """A side that was not asked is null. ``lexical`` is BM25, ``semantic`` cosine similarity."""

    lexical: float | None
    semantic: float | None


class Hit(msgspec.Struct, frozen=True):
    """A passage that answers the query. ``highlights`` are relative to ``text``."""

    document_id: UUID
    version: int
    title: str
    passage_id: UUID
    page: int
    start: int
    end: int
    heading: str | None
    text: str
    highlights: list[tuple[int, int]]
    score: float
    metadata: dict[str, object]
    collection_id: UUID
    media_type: str
    scores: Scores | None = None


class Explanation(msgspec.Struct, frozen=True):
    """How the query was understood, and where the time went, in milliseconds.

    A passage holds each of ``required`` and none of ``excluded``, and its document is as each of
    ``fields`` says; the query may spell them so.
    """

    mode: SearchMode
    model: str
    words: list[str]
    embed_ms: float
    database_ms: float
    required: list[str] = []
    excluded: list[str] = []
    fields: list[str] = []


class SearchResponse(msgspec.Struct, frozen=True):
    """``total_estimate`` counts the passages considered, at most 200."""

    hits: list[Hit]
    facets: dict[str, dict[str, int]]
    total_estimate: int
    next_cursor: str | None
    took_ms: float
    explanation: Explanation | None = None
