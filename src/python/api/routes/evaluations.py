"""Evaluations: what ways to search reached on judged queries. Whoever asked them measures."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api import cursors, presenters
from api.documentation import Cursor, Limit, problems
from api.idempotency import Answer, IdempotencyKey, fingerprint, once
from api.tenancy import Tenant
from ibid_contract import (
    EvaluatedQuery,
    Evaluation,
    NewEvaluatedQueries,
    NewEvaluation,
    Page,
)
from libs import judgements
from libs.accounts import Audit
from libs.judgements import Evaluations
from libs.postgres.pool import Connection


class _Worse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Margin and place of the last query that the caller has."""

    margin: Annotated[float, msgspec.Meta(ge=-1, le=1)]
    ordinal: Annotated[int, msgspec.Meta(ge=1, le=2_147_483_647)]


class EvaluationRoutes(Controller):
    path = "/evaluations"
    tags = ("evaluation",)

    @post(responses=problems(404, 409, 413, 415, 422))
    async def create_evaluation(
        self,
        tenant: NamedDependency[Tenant],
        data: JSONBody[NewEvaluation],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Evaluation]:
        """Keep the measures of one or two ways to search; add the queries' results to it."""

        async def create(connection: Connection) -> Answer[Evaluation]:
            made = await Evaluations(connection).add(
                data.name,
                presenters.domain_side(data.a),
                None if data.b is None else presenters.domain_side(data.b),
                presenters.domain_estimates(data.difference),
                [presenters.domain_collection(one) for one in data.collections],
            )
            await Audit(connection).record(
                tenant.principal, "evaluation.create", "evaluation", made.id
            )
            return Answer(201, presenters.evaluation(made), made.id)

        request = fingerprint("create_evaluation", data)
        return (await once(tenant, idempotency_key, request, create)).to_response()

    @get(responses=problems())
    async def list_evaluations(
        self, tenant: NamedDependency[Tenant], limit: Limit = 50, cursor: Cursor = None
    ) -> Page[Evaluation]:
        """List the workspace's evaluations, the newest first."""
        before = cursors.read_after(cursor)
        async with tenant.transaction() as connection:
            found = await Evaluations(connection).list(limit + 1, before)
        return cursors.page(found, limit, presenters.evaluation, cursors.after)

    @get("/{evaluation_id:uuid}", responses=problems(404))
    async def get_evaluation(
        self, tenant: NamedDependency[Tenant], evaluation_id: FromPath[UUID]
    ) -> Evaluation:
        """Return one evaluation."""
        async with tenant.transaction() as connection:
            return presenters.evaluation(await Evaluations(connection).get(evaluation_id))

    @delete("/{evaluation_id:uuid}", responses=problems(404))
    async def delete_evaluation(
        self, tenant: NamedDependency[Tenant], evaluation_id: FromPath[UUID]
    ) -> None:
        """Remove the evaluation and its queries."""
        async with tenant.transaction() as connection:
            await Evaluations(connection).delete(evaluation_id)
            await Audit(connection).record(
                tenant.principal, "evaluation.delete", "evaluation", evaluation_id
            )

    @post("/{evaluation_id:uuid}/queries", responses=problems(404, 409, 413, 415, 422))
    async def add_evaluated_queries(
        self,
        tenant: NamedDependency[Tenant],
        evaluation_id: FromPath[UUID],
        data: JSONBody[NewEvaluatedQueries],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Evaluation]:
        """Add the results of queries to an evaluation."""

        async def add(connection: Connection) -> Answer[Evaluation]:
            evaluations = Evaluations(connection)
            await evaluations.add_queries(
                evaluation_id, [presenters.domain_query(query) for query in data.queries]
            )
            await Audit(connection).record(
                tenant.principal, "evaluation.add_queries", "evaluation", evaluation_id
            )
            changed = await evaluations.get(evaluation_id)
            return Answer(201, presenters.evaluation(changed), evaluation_id)

        request = fingerprint("add_evaluated_queries", evaluation_id, data)
        return (await once(tenant, idempotency_key, request, add)).to_response()

    @get("/{evaluation_id:uuid}/queries", responses=problems(404))
    async def list_evaluated_queries(
        self,
        tenant: NamedDependency[Tenant],
        evaluation_id: FromPath[UUID],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[EvaluatedQuery]:
        """List what each side reached and returned, the queries that `a` lost most first."""
        worse = None if cursor is None else cursors.read(cursor, _Worse)
        after = None if worse is None else (worse.margin, worse.ordinal)
        async with tenant.transaction() as connection:
            evaluations = Evaluations(connection)
            await evaluations.get(evaluation_id)
            found = await evaluations.queries(evaluation_id, limit + 1, after)
        return cursors.page(found, limit, presenters.evaluated_query, _worse)


def _worse(query: judgements.EvaluatedQuery) -> _Worse:
    return _Worse(query.margin, query.ordinal)
