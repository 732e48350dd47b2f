"""Judgements of hits, and evaluations of searches on judged queries."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from ibid_contract.search import MAX_QUERY_LENGTH

_Query = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_QUERY_LENGTH)]
_Number = Annotated[int, msgspec.Meta(ge=1, le=2_147_483_647)]
_Relevance = Annotated[int, msgspec.Meta(ge=0, le=999)]
_Value = Annotated[float, msgspec.Meta(ge=-1, le=1)]
_Measure = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Origin(StrEnum):
    """How somebody judged: by a thumb, or by opening the hit."""

    THUMB = "thumb"
    CLICK = "click"


class NewJudgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``relevance`` 0 says that the document does not answer the query."""

    query: _Query
    document_id: UUID
    relevance: Annotated[int, msgspec.Meta(ge=0, le=3)]
    origin: Origin
    version: _Number | None = None
    passage_id: UUID | None = None


class Judgement(msgspec.Struct, frozen=True):
    id: UUID
    query: str
    document_id: UUID
    relevance: int
    origin: Origin
    version: int | None
    passage_id: UUID | None
    created_at: datetime


class Estimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mean over queries and its 95 % interval."""

    mean: _Value
    low: _Value
    high: _Value


_Estimates = Annotated[dict[_Measure, Estimate], msgspec.Meta(max_length=20)]
_Values = Annotated[dict[_Measure, _Value], msgspec.Meta(max_length=20)]


class EvaluatedSide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to search, and what it reached."""

    configuration: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
    measures: _Estimates


class EvaluatedCollection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was reached on the queries that a document of the collection answers."""

    collection_id: UUID
    queries: _Number
    a: _Estimates
    b: _Estimates | None = None
    difference: _Estimates = {}


class NewEvaluation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``difference`` is how much more ``a`` reached than ``b``."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    a: EvaluatedSide
    b: EvaluatedSide | None = None
    difference: _Estimates = {}
    collections: Annotated[list[EvaluatedCollection], msgspec.Meta(max_length=1_000)] = []


class Evaluation(msgspec.Struct, frozen=True):
    """``queries`` counts those whose results are there."""

    id: UUID
    name: str
    a: EvaluatedSide
    b: EvaluatedSide | None
    difference: dict[str, Estimate]
    queries: int
    created_at: datetime
    collections: list[EvaluatedCollection] = []


class NewEvaluatedDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document that was judged or returned; ranks count from 1."""

    document_id: UUID
    relevance: _Relevance | None = None
    rank_a: _Number | None = None
    rank_b: _Number | None = None


class NewEvaluatedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``margin`` is by how much ``a`` did better, or what it reached where it is alone."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    text: _Query
    margin: _Value
    a: _Values
    b: _Values | None = None
    documents: Annotated[list[NewEvaluatedDocument], msgspec.Meta(max_length=200)] = []


class NewEvaluatedQueries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Results for an evaluation; documents that are not there any more are left out."""

    queries: Annotated[list[NewEvaluatedQuery], msgspec.Meta(min_length=1, max_length=500)]


class EvaluatedDocument(msgspec.Struct, frozen=True):
    """A document that was judged or returned, by its title of today; ranks count from 1."""

    document_id: UUID
    title: str
    relevance: int | None
    rank_a: int | None
    rank_b: int | None


class EvaluatedQuery(msgspec.Struct, frozen=True):
    id: str
    text: str
    margin: float
    a: dict[str, float]
    b: dict[str, float] | None
    documents: list[EvaluatedDocument]
