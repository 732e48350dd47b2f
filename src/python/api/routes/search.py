"""Search."""

import asyncio
import hashlib
import time
from typing import Annotated, ClassVar

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api import cursors, presenters
from api.cursors import BadCursor
from api.documentation import problems
from api.parts import Parts
from api.tenancy import Tenant
from ibid_contract import Explanation, SearchRequest, SearchResponse
from libs import search
from libs.telemetry import span


class Position(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many hits the caller has, of which search."""

    offset: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    search: str


class OtherSearch(BadCursor):
    """The cursor belongs to another search. Start again without it."""

    code: ClassVar[str] = "bad-cursor"


class SearchRoutes(Controller):
    path = "/search"
    tags = ("search",)

    @post(status_code=200, responses=problems(415, 422))
    async def search(
        self,
        tenant: NamedDependency[Tenant],
        parts: NamedDependency[Parts],
        data: JSONBody[SearchRequest],
    ) -> SearchResponse:
        """Find passages by words and by meaning, best first."""
        started = time.perf_counter()
        query = _query(data)
        with span("search.embed"):
            vector = await asyncio.to_thread(parts.embedder.embed_query, query.clean_text)
        embedded = time.perf_counter()
        with span("search.database"):
            async with tenant.transaction() as connection:
                found = await search.find(connection, query, vector, parts.embedder.model.name)
        done = time.perf_counter()
        for stage, seconds in (
            ("embed", embedded - started),
            ("database", done - embedded),
            ("total", done - started),
        ):
            parts.metrics.search_seconds.labels(stage).observe(seconds)
        if not found.total:
            parts.metrics.zero_hits.inc()
        return _present(data, query, found, parts.embedder.model.name, (started, embedded, done))


def _query(request: SearchRequest) -> search.Query:
    filters = request.filters
    return search.Query(
        text=request.query,
        mode=request.mode.value,
        collections=request.collections,
        filters=search.Filters()
        if filters is None
        else search.Filters(
            metadata=filters.metadata,
            media_types=filters.media_types,
            documents=filters.documents,
            created_after=filters.created_after,
            created_before=filters.created_before,
        ),
        limit=request.limit,
        offset=_offset(request),
    )


def _offset(request: SearchRequest) -> int:
    if request.cursor is None:
        return 0
    position = cursors.read(request.cursor, Position)
    if position.search != _identity(request):
        raise OtherSearch
    return position.offset


def _identity(request: SearchRequest) -> str:
    """Stand for what is searched; page size and explanation may change on the way."""
    same = msgspec.structs.replace(request, cursor=None, limit=1, explain=False)
    return hashlib.sha256(msgspec.json.encode(same)).hexdigest()[:16]


def _present(
    request: SearchRequest,
    query: search.Query,
    found: search.Found,
    model: str,
    times: tuple[float, float, float],
) -> SearchResponse:
    started, embedded, done = times
    seen = query.offset + len(found.hits)
    more = bool(found.hits) and seen < found.total
    return SearchResponse(
        hits=[presenters.hit(hit, explain=request.explain) for hit in found.hits],
        facets={},
        total_estimate=found.total,
        next_cursor=cursors.write(Position(seen, _identity(request))) if more else None,
        took_ms=_milliseconds(done - started),
        explanation=Explanation(
            mode=request.mode,
            model=model,
            words=list(found.words),
            embed_ms=_milliseconds(embedded - started),
            database_ms=_milliseconds(done - embedded),
        )
        if request.explain
        else None,
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
