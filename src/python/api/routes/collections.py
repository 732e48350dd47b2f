"""Collections: create, look, change, delete."""

from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from api import cursors, presenters
from api.documentation import Cursor, Limit, problems
from api.idempotency import Answer, IdempotencyKey, fingerprint, once
from api.problems import BadRequest
from api.tenancy import Tenant
from ibid_contract import Collection, CollectionPatch, NewCollection, Page
from libs.accounts import Audit
from libs.corpus import Collections
from libs.postgres.pool import Connection


class CollectionRoutes(Controller):
    path = "/collections"
    tags = ("collections",)

    @post(responses=problems(404, 409, 413, 415, 422))
    async def create_collection(
        self,
        tenant: NamedDependency[Tenant],
        data: JSONBody[NewCollection],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Collection]:
        """Create a collection. Its name is unique in the workspace."""
        _refuse_blank(data.name)

        async def create(connection: Connection) -> Answer[Collection]:
            made = await Collections(connection).create(data.name, data.description)
            await Audit(connection).record(
                tenant.principal, "collection.create", "collection", made.id
            )
            return Answer(201, presenters.collection(made), made.id)

        request = fingerprint("create_collection", data)
        return (await once(tenant, idempotency_key, request, create)).to_response()

    @get(responses=problems())
    async def list_collections(
        self, tenant: NamedDependency[Tenant], limit: Limit = 50, cursor: Cursor = None
    ) -> Page[Collection]:
        """List the workspace's collections, the oldest first."""
        after = cursors.read_after(cursor)
        async with tenant.transaction() as connection:
            found = await Collections(connection).list(limit + 1, after)
        return cursors.page(found, limit, presenters.collection, cursors.after)

    @get("/{collection_id:uuid}", responses=problems(404))
    async def get_collection(
        self, tenant: NamedDependency[Tenant], collection_id: FromPath[UUID]
    ) -> Collection:
        """Return one collection and the number of its documents."""
        async with tenant.transaction() as connection:
            return presenters.collection(await Collections(connection).get(collection_id))

    @patch("/{collection_id:uuid}", responses=problems(404, 409, 413, 415))
    async def update_collection(
        self,
        tenant: NamedDependency[Tenant],
        collection_id: FromPath[UUID],
        data: JSONBody[CollectionPatch],
    ) -> Collection:
        """Change name or description; what is absent stays."""
        name = None if data.name is UNSET else data.name
        if name is not None:
            _refuse_blank(name)
        description = None if data.description is UNSET else data.description
        async with tenant.transaction() as connection:
            changed = await Collections(connection).update(collection_id, name, description)
            await Audit(connection).record(
                tenant.principal, "collection.update", "collection", collection_id
            )
        return presenters.collection(changed)

    @delete("/{collection_id:uuid}", responses=problems(404))
    async def delete_collection(
        self, tenant: NamedDependency[Tenant], collection_id: FromPath[UUID]
    ) -> None:
        """Remove the collection with its documents and all that was made of them, at once."""
        async with tenant.long_transaction() as connection:
            await Collections(connection).delete(collection_id)
            await Audit(connection).record(
                tenant.principal, "collection.delete", "collection", collection_id
            )


def _refuse_blank(name: str) -> None:
    if not name.strip():
        raise BadRequest("“name” is blank; give the collection a name that can be seen.")
