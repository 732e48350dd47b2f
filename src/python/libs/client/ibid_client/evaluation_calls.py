"""The calls that judge hits and keep evaluations."""

from uuid import UUID

from ibid_client.call import Call, delete, get, list_page, post
from ibid_contract import (
    EvaluatedQuery,
    Evaluation,
    Judgement,
    NewEvaluatedQueries,
    NewEvaluation,
    NewJudgement,
    Page,
)


def create_judgement(
    judgement: NewJudgement, *, idempotency_key: str | None = None
) -> Call[Judgement]:
    """Say how well a document answers a query."""
    return post("/v1/judgements", Judgement, judgement, idempotency_key)


def list_judgements(
    *, limit: int | None = None, cursor: str | None = None
) -> Call[Page[Judgement]]:
    """A page of the judgements, oldest first."""
    return list_page("/v1/judgements", Page[Judgement], limit=limit, cursor=cursor)


def create_evaluation(
    evaluation: NewEvaluation, *, idempotency_key: str | None = None
) -> Call[Evaluation]:
    """Keep the measures of one or two ways to search."""
    return post("/v1/evaluations", Evaluation, evaluation, idempotency_key)


def add_evaluated_queries(
    evaluation_id: UUID, queries: NewEvaluatedQueries, *, idempotency_key: str | None = None
) -> Call[Evaluation]:
    """Add the results of queries. Raises Conflict when those of one are there already."""
    path = f"/v1/evaluations/{evaluation_id}/queries"
    return post(path, Evaluation, queries, idempotency_key)


def list_evaluations(
    *, limit: int | None = None, cursor: str | None = None
) -> Call[Page[Evaluation]]:
    """A page of the evaluations, newest first."""
    return list_page("/v1/evaluations", Page[Evaluation], limit=limit, cursor=cursor)


def get_evaluation(evaluation_id: UUID) -> Call[Evaluation]:
    """One evaluation."""
    return get(f"/v1/evaluations/{evaluation_id}", Evaluation)


def list_evaluated_queries(
    evaluation_id: UUID, *, limit: int | None = None, cursor: str | None = None
) -> Call[Page[EvaluatedQuery]]:
    """A page of an evaluation's queries, those that ``a`` lost most first."""
    path = f"/v1/evaluations/{evaluation_id}/queries"
    return list_page(path, Page[EvaluatedQuery], limit=limit, cursor=cursor)


def delete_evaluation(evaluation_id: UUID) -> Call[None]:
    """Remove the evaluation and its queries."""
    return delete(f"/v1/evaluations/{evaluation_id}")
