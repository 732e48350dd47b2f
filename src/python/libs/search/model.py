"""A query and what it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

type Mode = Literal["hybrid", "lexical", "semantic"]

DEPTH = 100
"""Candidates from each side. Measured for the fusion; more change nothing in the first ten."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Only documents that match all that is given. ``metadata`` is containment (jsonb ``@>``)."""

    metadata: Mapping[str, object] | None = None
    media_types: Sequence[str] | None = None
    documents: Sequence[UUID] | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def to_json(self) -> dict[str, object]:
        """As the SQL function ``filtered_documents`` reads them."""
        given: dict[str, object] = {}
        if self.metadata is not None:
            given["metadata"] = dict(self.metadata)
        if self.media_types is not None:
            given["media_types"] = list(self.media_types)
        if self.documents is not None:
            given["documents"] = [str(document) for document in self.documents]
        if self.created_after is not None:
            given["created_after"] = self.created_after.isoformat()
        if self.created_before is not None:
            given["created_before"] = self.created_before.isoformat()
        return given


@dataclass(frozen=True, slots=True)
class Query:
    """``collections`` None means all of the workspace; ``offset`` counts hits from the best.

    ``facets`` names what to count by: ``collection``, ``media_type`` or ``metadata.KEY``.
    """

    text: str
    mode: Mode = "hybrid"
    collections: Sequence[UUID] | None = None
    filters: Filters = field(default_factory=Filters)
    limit: int = 10
    offset: int = 0
    facets: Sequence[str] = ()

    @property
    def clean_text(self) -> str:
        """The text as PostgreSQL can take it: no NUL, no lone surrogate."""
        return self.text.encode("utf-8", "replace").decode().replace("\0", " ")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage. ``highlights`` are spans of ``text``; ``start`` and ``end`` of the document's.

    ``lexical`` is BM25 and ``semantic`` cosine similarity, None for a side that was not asked.
    """

    document_id: UUID
    collection_id: UUID
    version: int
    title: str
    metadata: dict[str, object]
    media_type: str
    passage_id: UUID
    page: int
    start: int
    end: int
    heading: str | None
    text: str
    highlights: tuple[tuple[int, int], ...]
    score: float
    lexical: float | None
    semantic: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; ``total`` counts the candidates, ``words`` is what was looked up.

    ``required``, ``excluded`` and ``fields`` are the query's operators, as it may spell them;
    alternatives are joined by OR. ``facets`` counts the candidates by value, the most frequent
    first.
    """

    hits: tuple[Hit, ...]
    total: int
    words: tuple[str, ...]
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
