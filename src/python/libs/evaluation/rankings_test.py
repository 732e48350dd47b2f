from uuid import UUID

import httpx
import msgspec
import pytest

from ibid_client import AsyncClient
from ibid_contract import Hit, SearchRequest, SearchResponse
from libs.errors import Rejected
from libs.evaluation.configuration import parse
from libs.evaluation.rankings import rank


def _hit(document: int, passage: int) -> Hit:
    return Hit(
        document_id=UUID(int=document),
        version=1,
        title="",
        passage_id=UUID(int=passage),
        page=1,
        start=0,
        end=1,
        heading=None,
        text="a",
        highlights=[],
        score=1.0,
        metadata={},
        collection_id=UUID(int=1),
        media_type="text/plain",
    )


async def _rank(depth: int) -> tuple[list[tuple[int, int]], int]:
    pages = {
        None: SearchResponse([_hit(1, 1), _hit(2, 2), _hit(1, 3)], {}, 5, "more", 1),
        "more": SearchResponse([_hit(2, 4), _hit(3, 5)], {}, 5, None, 1),
    }
    asked: list[SearchRequest] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(msgspec.json.decode(request.content, type=SearchRequest))
        return httpx.Response(200, content=msgspec.json.encode(pages[asked[-1].cursor]))

    transport = httpx.MockTransport(answer)
    async with AsyncClient("http://api", "key", transport=transport) as client:
        ranking = await rank(client, SearchRequest(query="a"), depth)
    return [(hit.document_id.int, hit.passage_id.int) for hit in ranking.hits], len(asked)


async def test_a_document_stands_where_its_best_passage_does() -> None:
    assert await _rank(100) == ([(1, 1), (2, 2), (3, 5)], 2)


async def test_no_page_is_asked_for_that_is_not_needed() -> None:
    assert await _rank(2) == ([(1, 1), (2, 2)], 1)


def test_a_configuration_is_a_mode_or_the_fields_of_a_search() -> None:
    place = UUID(int=1)
    assert parse("lexical").request("a", [place]) == SearchRequest(
        query="a",
        collections=[place],
        mode=msgspec.convert("lexical", type=type(SearchRequest("").mode)),
    )
    found = parse('{"mode": "semantic", "filters": {"metadata": {"lang": "en"}}, "limit": 10}')
    assert found.limit == 10
    filters = found.request("a", []).filters
    assert filters is not None
    assert filters.metadata == {"lang": "en"}


@pytest.mark.parametrize(
    "text", ["fast", "{", "[]", '{"mode": "fast"}', '{"query": "a"}', '{"limit": 0}', '{"x": 1}']
)
def test_what_is_no_configuration_is_told(text: str) -> None:
    with pytest.raises(Rejected):
        parse(text)
