"""Judgements, evaluations and the results of their queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Judgement:
    """``relevance`` 0 says that the document does not answer the query."""

    id: UUID
    query: str
    document_id: UUID
    version: int | None
    passage_id: UUID | None
    relevance: int
    origin: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over queries and its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Side:
    """A way to search, and what it reached by the measures' names."""

    configuration: str
    measures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class EvaluatedCollection:
    """What was reached on the queries that a document of the collection answers."""

    collection_id: UUID
    queries: int
    a: Mapping[str, Estimate]
    b: Mapping[str, Estimate] | None
    difference: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``difference`` is how much more ``a`` reached than ``b``."""

    id: UUID
    name: str
    a: Side
    b: Side | None
    difference: Mapping[str, Estimate]
    queries: int
    created_at: datetime
    collections: Sequence[EvaluatedCollection]


@dataclass(frozen=True, slots=True)
class EvaluatedDocument:
    """A document that was judged for a query or returned for it. Ranks count from 1."""

    document_id: UUID
    title: str
    relevance: int | None
    rank_a: int | None
    rank_b: int | None


@dataclass(frozen=True, slots=True)
class EvaluatedQuery:
    """``ordinal`` is its place in the evaluation; lists go by ``margin``, then by it."""

    ordinal: int
    id: str
    text: str
    margin: float
    a: Mapping[str, float]
    b: Mapping[str, float] | None
    documents: Sequence[EvaluatedDocument]
