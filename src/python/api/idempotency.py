"""A mutating POST that may be repeated: the effect happens once, the answer comes again."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import HeaderParameter

from api.tenancy import Tenant
from libs.accounts import IdempotencyKeys, Stored
from libs.postgres.pool import Connection

REPLAYED = "Idempotent-Replayed"

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key with the same request gives the first answer again.",
    ),
]


@dataclass(frozen=True, slots=True)
class Answer[T]:
    """What a route answers, before it is bytes, and the document or collection it tells of."""

    status: int
    body: T
    subject_id: UUID


@dataclass(frozen=True, slots=True)
class Outcome[T]:
    """``fresh`` is what was done just now; None where an earlier answer is given again."""

    stored: Stored
    fresh: T | None

    def to_response(self) -> Response[T]:
        return Response(
            self.stored.body,  # type: ignore[arg-type] # bytes are sent as they are
            status_code=self.stored.status,
            media_type="application/json",
            headers={REPLAYED: "true"} if self.fresh is None else {},
        )


type Work[T] = Callable[[Connection], Awaitable[Answer[T]]]


def fingerprint(*parts: object) -> bytes:
    """Stand for a request: which route, with which input."""
    return hashlib.sha256(msgspec.json.encode(parts)).digest()


async def once[T](
    tenant: Tenant, key: str | None, request_fingerprint: bytes, work: Work[T]
) -> Outcome[T]:
    """Do the work and note the answer under the key, in one transaction.

    Without a key the work is simply done. Raises Rejected when the key was another request's.
    """
    async with tenant.transaction() as connection:
        if key is None:
            return _fresh(await work(connection))
        keys, workspace_id = IdempotencyKeys(connection), tenant.principal.workspace_id
        earlier = await keys.begin(workspace_id, key, request_fingerprint)
        if earlier is not None:
            return Outcome(earlier, None)
        outcome = _fresh(await work(connection))
        await keys.finish(workspace_id, key, outcome.stored)
        return outcome


def _fresh[T](answer: Answer[T]) -> Outcome[T]:
    body = msgspec.json.encode(answer.body)
    return Outcome(Stored(answer.status, body, answer.subject_id), answer.body)
