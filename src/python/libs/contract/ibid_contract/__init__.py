"""The wire: every JSON body that the API under ``/v1`` takes or gives.

Times are RFC 3339 in UTC, identifiers UUIDv7, offsets Unicode code points of a version's canonical
text, half-open. Requests refuse unknown fields; clients ignore unknown fields of answers, so that
an older client reads a newer server.
"""

from ibid_contract.accounts import Identity
from ibid_contract.collections import Collection, CollectionPatch, NewCollection
from ibid_contract.documents import (
    Document,
    DocumentStatus,
    DocumentText,
    PageSpan,
    Uploaded,
    Version,
)
from ibid_contract.evaluations import (
    Estimate,
    EvaluatedCollection,
    EvaluatedDocument,
    EvaluatedQuery,
    EvaluatedSide,
    Evaluation,
    Judgement,
    NewEvaluatedDocument,
    NewEvaluatedQueries,
    NewEvaluatedQuery,
    NewEvaluation,
    NewJudgement,
    Origin,
)
from ibid_contract.jobs import Job, JobState, Stage
from ibid_contract.models import Model, ModelState
from ibid_contract.page import Page
from ibid_contract.problems import Problem
from ibid_contract.search import (
    Completion,
    Completions,
    Duplicate,
    Explanation,
    Filters,
    Hit,
    OtherPassage,
    Scores,
    SearchMode,
    SearchRequest,
    SearchResponse,
    SearchSort,
)

__all__ = [
    "Collection",
    "CollectionPatch",
    "Completion",
    "Completions",
    "Document",
    "DocumentStatus",
    "DocumentText",
    "Duplicate",
    "Estimate",
    "EvaluatedCollection",
    "EvaluatedDocument",
    "EvaluatedQuery",
    "EvaluatedSide",
    "Evaluation",
    "Explanation",
    "Filters",
    "Hit",
    "Identity",
    "Job",
    "JobState",
    "Judgement",
    "Model",
    "ModelState",
    "NewCollection",
    "NewEvaluatedDocument",
    "NewEvaluatedQueries",
    "NewEvaluatedQuery",
    "NewEvaluation",
    "NewJudgement",
    "Origin",
    "OtherPassage",
    "Page",
    "PageSpan",
    "Problem",
    "Scores",
    "SearchMode",
    "SearchRequest",
    "SearchResponse",
    "SearchSort",
    "Stage",
    "Uploaded",
    "Version",
]
