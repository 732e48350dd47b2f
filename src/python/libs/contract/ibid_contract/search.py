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


class SearchSort(StrEnum):
    """By how well a document answers, or by when it was uploaded."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


class Filters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Only documents that match all that is given.

    ``metadata`` matches documents whose metadata contain it (PostgreSQL's jsonb ``@>``). An author
    is the metadata's ``author``, or one of them where that is a list. Languages are ISO 639-1;
    "" is a text whose language could not be told.
    """

    metadata: dict[str, object] | None = None
    media_types: Annotated[list[str], msgspec.Meta(max_length=100)] | None = None
    documents: Annotated[list[UUID], msgspec.Meta(max_length=1_000)] | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    languages: Annotated[list[str], msgspec.Meta(max_length=100)] | None = None
    authors: Annotated[list[str], msgspec.Meta(max_length=100)] | None = None


# what the documents themselves have, or a top-level key of their metadata
Facet = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(collection|media_type|language|author|date|metadata\..+)$", max_length=200
    ),
]


class SearchRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``query`` is words or a question, with or without operators such as quotes and ``-word``.

    ``collections`` null or absent means all of the workspace. ``facets`` names what the hits are
    counted by: ``collection``, ``media_type``, ``language``, ``author``, ``date`` (the month of
    the upload) or ``metadata.KEY``. With ``group`` each document is one hit, its best passage,
    unless all that is found is in one document. ``model`` names another model than the active one,
    to compare them.
    """

    query: Annotated[str, msgspec.Meta(max_length=MAX_QUERY_LENGTH)]
    collections: Annotated[list[UUID], msgspec.Meta(max_length=1_000)] | None = None
    filters: Filters | None = None
    mode: SearchMode = SearchMode.HYBRID
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    cursor: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    facets: Annotated[list[Facet], msgspec.Meta(max_length=10)] = []
    explain: bool = False
    sort: SearchSort = SearchSort.RELEVANCE
    group: bool = True
    model: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None


class Scores(msgspec.Struct, frozen=True):
    """A side that was not asked is null. ``lexical`` is BM25, ``semantic`` cosine similarity."""

    lexical: float | None
    semantic: float | None


class OtherPassage(msgspec.Struct, frozen=True):
    """Another passage of a hit's document that answers the query, too."""

    passage_id: UUID
    page: int
    start: int
    end: int
    score: float


class Duplicate(msgspec.Struct, frozen=True):
    """Another document with nearly the same passage."""

    document_id: UUID
    version: int
    title: str
    passage_id: UUID
    page: int
    start: int
    end: int


class Hit(msgspec.Struct, frozen=True):
    """A passage that answers the query. ``highlights`` are relative to ``text``.

    ``others`` are further passages of the document, the best three; ``duplicates`` stand for
    documents that say nearly the same, and are no hits of their own. ``why`` says in words why
    the hit is there, where an explanation is asked for.
    """

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
    language: str | None = None
    others: list[OtherPassage] = []
    duplicates: list[Duplicate] = []
    why: str | None = None


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
    corrections: dict[str, str] = {}
    """What was looked for in the place of words that no document has."""


class SearchResponse(msgspec.Struct, frozen=True):
    """``total_estimate`` counts the hits of all pages, at most 150, or 2,000 where
    a few long documents have most of them.

    The values of each facet sum to it; "" counts the hits without one, and a list of values counts
    as its first. ``did_you_mean`` is the query in which words that no document has are corrected;
    the hits are those of that query. ``suggestion`` is a query that may have been meant where this
    one finds little, or its words alone where its operators leave nothing; the hits are not those
    of it. ``notes`` are sentences about what was read
    otherwise than it may have been meant, such as a field whose value is none.
    """

    hits: list[Hit]
    facets: dict[str, dict[str, int]]
    total_estimate: int
    next_cursor: str | None
    took_ms: float
    explanation: Explanation | None = None
    did_you_mean: str | None = None
    suggestion: str | None = None
    notes: list[str] = []


class Completion(msgspec.Struct, frozen=True):
    """A text whose last word is complete, and how many documents have that word."""

    text: str
    documents: int


class Completions(msgspec.Struct, frozen=True):
    """The most frequent words first."""

    items: list[Completion]
