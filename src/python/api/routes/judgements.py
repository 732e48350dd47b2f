"""Judgements of hits: by a thumb, or by opening them."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api import cursors, presenters
from api.documentation import Cursor, Limit, problems
from api.idempotency import Answer, IdempotencyKey, fingerprint, once
from api.problems import BadRequest
from api.tenancy import Tenant
from ibid_contract import Judgement, NewJudgement, Page
from libs.accounts import Audit
from libs.judgements import Judgements
from libs.postgres.pool import Connection


class JudgementRoutes(Controller):
    path = "/judgements"
    tags = ("evaluation",)

    @post(responses=problems(404, 409, 413, 415, 422))
    async def create_judgement(
        self,
        tenant: NamedDependency[Tenant],
        data: JSONBody[NewJudgement],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Judgement]:
        """Say how well a document answers a query. It goes with the document."""
        if not data.query.strip():
            raise BadRequest("“query” is blank; send the one that found the document.")

        async def create(connection: Connection) -> Answer[Judgement]:
            made = await Judgements(connection).add(
                data.query,
                data.document_id,
                relevance=data.relevance,
                origin=data.origin.value,
                version=data.version,
                passage_id=data.passage_id,
            )
            await Audit(connection).record(
                tenant.principal, "judgement.create", "document", data.document_id
            )
            return Answer(201, presenters.judgement(made), made.document_id)

        request = fingerprint("create_judgement", data)
        return (await once(tenant, idempotency_key, request, create)).to_response()

    @get(responses=problems())
    async def list_judgements(
        self, tenant: NamedDependency[Tenant], limit: Limit = 50, cursor: Cursor = None
    ) -> Page[Judgement]:
        """List the workspace's judgements, the oldest first."""
        after = cursors.read_after(cursor)
        async with tenant.transaction() as connection:
            found = await Judgements(connection).list(limit + 1, after)
        return cursors.page(found, limit, presenters.judgement, cursors.after)
