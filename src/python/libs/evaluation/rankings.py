"""Ask the API, and rank documents by their best passage."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from ibid_client import AsyncClient
from ibid_client.calls import search
from ibid_contract import Hit, SearchRequest
from libs.evaluation.judged import JudgedQuery
from libs.evaluation.measures import DEPTH

_PAGE = 100
_AT_A_TIME = 4


@dataclass(frozen=True, slots=True)
class Ranking:
    """The documents that a search gives, each with the best of its hits, best first."""

    hits: Sequence[Hit]

    @property
    def documents(self) -> list[UUID]:
        return [hit.document_id for hit in self.hits]


async def rank(client: AsyncClient, request: SearchRequest, depth: int = DEPTH) -> Ranking:
    """Ask for page after page until ``depth`` documents are there, or no more hits."""
    hits: dict[UUID, Hit] = {}
    first = msgspec.structs.replace(request, limit=min(_PAGE, depth), cursor=None)
    async for page in client.pages(search(first)):
        for hit in page.hits:
            hits.setdefault(hit.document_id, hit)
        if len(hits) >= depth:
            break
    return Ranking(list(hits.values())[:depth])


async def rank_all(
    client: AsyncClient,
    queries: Iterable[JudgedQuery],
    request: Callable[[str], SearchRequest],
    done: Callable[[], None] = lambda: None,
    depth: int = DEPTH,
) -> dict[str, Ranking]:
    """Return a ranking for each query, by its id; ``done`` is told of each."""
    places = asyncio.Semaphore(_AT_A_TIME)

    async def one(query: JudgedQuery) -> tuple[str, Ranking]:
        async with places:
            ranking = await rank(client, request(query.text), depth)
        done()
        return query.id, ranking

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(query)) for query in queries]
    return dict(task.result() for task in tasks)
