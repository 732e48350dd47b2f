"""A query and what it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

type Mode = Literal["hybrid", "lexical", "semantic"]
type Sort = Literal["relevance", "newest", "oldest"]

DEPTH = 75
"""Candidates from each side. Of SciFact and XQuAD, 100 find the same in the first ten."""

WIDE_DEPTH = 1_000
"""Where a few long documents have all candidates, and others are not seen for them."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Only documents that match all that is given. ``metadata`` is containment (jsonb ``@>``)."""

    metadata: Mapping[str, object] | None = None
    media_types: Sequence[str] | None = None
    documents: Sequence[UUID] | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    languages: Sequence[str] | None = None
    authors: Sequence[str] | None = None

    def to_json(self) -> dict[str, object]:
        """As the SQL function ``documents_left`` reads them."""
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
        if self.languages is not None:
            given["languages"] = list(self.languages)
        if self.authors is not None:
            given["authors"] = list(self.authors)
        return given


@dataclass(frozen=True, slots=True)
class Query:
    """``collections`` None means all of the workspace; ``offset`` counts hits from the best.

    ``facets`` names what to count by: ``collection``, ``media_type``, ``language``, ``author``,
    ``date`` or ``metadata.KEY``. ``group`` makes one hit of all passages of a document, ``explain``
    asks why each hit is there. ``is_wide`` looks at many more candidates.
    """

    text: str
    mode: Mode = "hybrid"
    collections: Sequence[UUID] | None = None
    filters: Filters = field(default_factory=Filters)
    limit: int = 10
    offset: int = 0
    facets: Sequence[str] = ()
    sort: Sort = "relevance"
    group: bool = True
    explain: bool = False
    is_wide: bool = False

    @property
    def depth(self) -> int:
        """Candidates from a side; one alone gives as many as both."""
        if self.is_wide:
            return WIDE_DEPTH
        return DEPTH if self.mode == "hybrid" else 2 * DEPTH

    @property
    def listed_collections(self) -> list[UUID] | None:
        return None if self.collections is None else list(self.collections)

    @property
    def clean_text(self) -> str:
        """The text as PostgreSQL can take it: no NUL, no lone surrogate."""
        return self.text.encode("utf-8", "replace").decode().replace("\0", " ")


class Place(NamedTuple):
    """Where a passage stands, ``start`` and ``end`` in its document's text."""

    document_id: UUID
    version: int
    title: str
    passage_id: UUID
    page: int
    start: int
    end: int
    score: float


class Hit(NamedTuple):
    """A passage. ``highlights`` are spans of ``text``.

    ``lexical`` is BM25 and ``semantic`` cosine similarity, None for a side that was not asked.
    ``others`` are further passages of the document; ``duplicates`` are those of other documents
    that say nearly the same. ``why`` tells in words why it is there, if that was asked.
    """

    place: Place
    collection_id: UUID
    metadata: dict[str, object]
    media_type: str
    language: str
    heading: str | None
    text: str
    highlights: tuple[tuple[int, int], ...]
    lexical: float | None
    semantic: float | None
    others: tuple[Place, ...] = ()
    duplicates: tuple[Place, ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; ``total`` counts those of all pages, ``words`` is what was looked up.

    ``required``, ``excluded`` and ``fields`` are the query's operators, as it may spell them;
    alternatives are joined by OR. ``facets`` counts all hits by value, the most frequent first.
    ``corrections`` are words that no document has, and what was looked up for them; ``corrected``
    is the query with those. ``suggested`` is a query that finds more, of words that are spelt
    nearly as those of this one, which finds little, or of its words without its operators, where
    they leave nothing. ``notes`` tell what was read otherwise than it
    may have been meant.
    """

    hits: tuple[Hit, ...]
    total: int
    words: tuple[str, ...]
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    corrections: Mapping[str, str] = field(default_factory=dict)
    corrected: str | None = None
    suggested: str | None = None
    notes: tuple[str, ...] = ()
