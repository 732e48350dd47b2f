"""Search."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
import numpy as np
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from numpy.typing import NDArray
from psycopg.errors import QueryCanceled

from api import cursors, presenters
from api.cursors import BadCursor
from api.departure import while_wanted
from api.documentation import problems
from api.parts import Parts
from api.tenancy import Tenant
from ibid_contract import (
    Completion,
    Completions,
    Explanation,
    SearchRequest,
    SearchResponse,
)
from ibid_contract.search import MAX_QUERY_LENGTH
from libs import search
from libs.embedding import EmbeddingFailed, PassageTooLong, TextEmbedder, knows_word
from libs.errors import BadQuery, Unavailable
from libs.postgres.pool import Connection
from libs.telemetry import ApiMetrics, span

_Typed = Annotated[
    str,
    QueryParameter(max_length=MAX_QUERY_LENGTH, description="What has been typed of a query."),
]
_FewCompletions = Annotated[int, QueryParameter(ge=1, le=50)]
_FewDocuments = Annotated[int, QueryParameter(ge=1, le=100)]
_Passage = Annotated[
    UUID | None, QueryParameter(description="What is like this passage, and not all of it.")
]


class Position(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many hits the caller has, of which search."""

    offset: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    search: str


class OtherSearch(BadCursor):
    """The cursor belongs to another search. Start again without it."""

    code: ClassVar[str] = "bad-cursor"


class TakesTooLong(BadQuery):
    """The search takes too long. Leave conditions out, or search fewer collections."""

    code: ClassVar[str] = "takes-too-long"


class ModelFailed(Unavailable):
    """The embedding model gave no vector for the query. Search by words: mode “lexical”."""


class SearchRoutes(Controller):
    path = "/search"
    tags = ("search",)

    @post(status_code=200, responses=problems(413, 415, 422))
    async def search(
        self,
        request: Request[Any, Any, Any],
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
            knows = partial(knows_word, embedder.tokenizer)

            async def find() -> search.Found:
                ahead = search.Ahead.of(query)
                scope = tenant.principal.workspace_id, query.collections
                asked = ahead.ask(parts.known_languages.get(*scope))
                with _in_time():
                    async with (
                        ahead.embedding(watch.embed) as embed,
                        tenant.answer(asked.sql, parts.search_timeout_ms) as (connection, row),
                    ):
                        beginning = asked.read(row)
                        parts.known_languages.add(*scope, beginning.languages)
                        return await search.find(connection, query, embed, model, knows, beginning)

            with span("search.database"):
                found = await while_wanted(request, find())
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
            corrections=dict(found.corrections),
        )
        return _present(data, query, found, explanation, _milliseconds(times.total))


class CompletionRoutes(Controller):
    path = "/completions"
    tags = ("search",)

    @get(responses=problems())
    async def complete(
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[Tenant],
        parts: NamedDependency[Parts],
        text: _Typed,
        limit: _FewCompletions = 8,
    ) -> Completions:
        """Complete the last word of a text by words of the caller's documents.

        The most frequent come first. There are none for less than two letters.
        """

        async def complete() -> list[search.Completion]:
            async with _searching(tenant, parts) as connection:
                return await search.complete(connection, text, limit)

        found = await while_wanted(request, complete())
        return Completions([Completion(one.text, one.documents) for one in found])


class SimilarRoutes(Controller):
    path = "/documents/{document_id:uuid}/similar"
    tags = ("search",)

    @get(responses=problems(404))
    async def find_similar(
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[Tenant],
        parts: NamedDependency[Parts],
        document_id: FromPath[UUID],
        passage_id: _Passage = None,
        limit: _FewDocuments = 10,
    ) -> SearchResponse:
        """Find documents that are about the same as this one, or as this passage of it."""
        started = time.perf_counter()

        async def find() -> search.Found:
            async with (
                parts.models.use(None) as embedder,
                _searching(tenant, parts) as connection,
            ):
                return await search.find_similar(
                    connection, document_id, passage_id, limit, embedder.model
                )

        found = await while_wanted(request, find())
        return SearchResponse(
            hits=[presenters.hit(hit, explain=False) for hit in found.hits],
            facets={},
            total_estimate=found.total,
            next_cursor=None,
            took_ms=_milliseconds(time.perf_counter() - started),
        )


@asynccontextmanager
async def _searching(tenant: Tenant, parts: Parts) -> AsyncIterator[Connection]:
    with _in_time():
        async with tenant.reading(parts.search_timeout_ms) as connection:
            yield connection


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        yield
    except QueryCanceled:
        raise TakesTooLong from None


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
            try:
                vector = await asyncio.to_thread(self._embedder.embed_query, text)
            except (EmbeddingFailed, PassageTooLong) as error:
                raise ModelFailed from error
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
            languages=filters.languages,
            authors=filters.authors,
        ),
        limit=request.limit,
        offset=_offset(request),
        facets=request.facets,
        sort=request.sort.value,
        group=request.group,
        explain=request.explain,
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
        did_you_mean=found.corrected,
        suggestion=found.suggested,
        notes=list(found.notes),
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
