"""Search."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Annotated, ClassVar

import msgspec
import numpy as np
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from numpy.typing import NDArray

from api import cursors, presenters
from api.cursors import BadCursor
from api.documentation import problems
from api.parts import Parts
from api.tenancy import Tenant
from ibid_contract import Explanation, SearchRequest, SearchResponse
from libs import search
from libs.embedding import TextEmbedder
from libs.telemetry import ApiMetrics, span


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

    @post(status_code=200, responses=problems(413, 415, 422))
    async def search(
        self,
        tenant: NamedDependency[Tenant],
        parts: NamedDependency[Parts],
        data: JSONBody[SearchRequest],
    ) -> SearchResponse:
        """Find passages by words and by meaning, best first.

        The query may have operators: "a phrase", -word, one OR other, begin*, title:manual,
        type:pdf, after:2024-05, before:2025. Without words there is a list, the newest first.
        """
        query = _query(data)
        async with parts.models.use(data.model) as embedder:
            model, watch = embedder.model, Stopwatch(embedder)
            with span("search.database"):
                async with tenant.reading() as connection:
                    found = await search.find(connection, query, watch.embed, model)
        times = watch.stop()
        _measure(parts.metrics, times, found)
        explanation = Explanation(
            mode=data.mode,
            model=model.name,
            words=list(found.words),
            embed_ms=_milliseconds(times.embed),
            database_ms=_milliseconds(times.database),
            required=list(found.required),
            excluded=list(found.excluded),
            fields=list(found.fields),
        )
        return _present(data, query, found, explanation, _milliseconds(times.total))


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. Words are looked up while the query is embedded; that counts as embedding."""

    embed: float
    total: float

    @property
    def database(self) -> float:
        return max(self.total - self.embed, 0.0)


class Stopwatch:
    """Embeds a query in a thread, and knows how long that took."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self._started = time.perf_counter()
        self._embed = 0.0

    async def embed(self, text: str) -> NDArray[np.float32]:
        started = time.perf_counter()
        with span("search.embed"):
            vector = await asyncio.to_thread(self._embedder.embed_query, text)
        self._embed = time.perf_counter() - started
        return vector

    def stop(self) -> Times:
        return Times(self._embed, time.perf_counter() - self._started)


def _measure(metrics: ApiMetrics, times: Times, found: search.Found) -> None:
    metrics.search_seconds.labels("embed").observe(times.embed)
    metrics.search_seconds.labels("database").observe(times.database)
    metrics.search_seconds.labels("total").observe(times.total)
    if not found.total:
        metrics.zero_hits.inc()


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
        facets=request.facets,
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
    same = msgspec.structs.replace(request, cursor=None, limit=1, facets=[], explain=False)
    return hashlib.sha256(msgspec.json.encode(same)).hexdigest()[:16]


def _present(
    request: SearchRequest,
    query: search.Query,
    found: search.Found,
    explanation: Explanation,
    took_ms: float,
) -> SearchResponse:
    seen = query.offset + len(found.hits)
    more = bool(found.hits) and seen < found.total
    return SearchResponse(
        hits=[presenters.hit(hit, explain=request.explain) for hit in found.hits],
        facets={name: dict(counts) for name, counts in found.facets.items()},
        total_estimate=found.total,
        next_cursor=cursors.write(Position(seen, _identity(request))) if more else None,
        took_ms=took_ms,
        explanation=explanation if request.explain else None,
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
