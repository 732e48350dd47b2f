"""A sample of a public judged set, where one lies beside the repository; none of it is in here."""

import asyncio
from itertools import islice
from pathlib import Path
from uuid import UUID

import pytest

from e2e.caller import Caller
from e2e.installation import Installation
from ibid_client import AsyncClient
from ibid_contract import SearchMode, SearchRequest
from libs.evaluation.intervals import estimate
from libs.evaluation.judged import Choice, JudgedDocument, JudgedQuery, read_documents, read_queries
from libs.evaluation.loading import await_jobs, upload_all
from libs.evaluation.measures import Measure, measure
from libs.evaluation.rankings import rank_all

_QUERIES = 60
_OTHER_DOCUMENTS = 100
_FLOOR = 0.88


@pytest.fixture
def scifact() -> Path:
    for start in (Path(__file__).resolve(), Path.cwd() / "here"):
        for parent in start.parents:
            folder = parent / "shared" / "data" / "scifact"
            if folder.is_dir():
                return folder
    pytest.skip("there is no folder shared/data/scifact above the repository")


def test_claims_find_their_abstracts(
    installation: Installation, caller: Caller, scifact: Path
) -> None:
    queries = read_queries(scifact, Choice())[:_QUERIES]
    wanted = {document for query in queries for document in query.relevance}
    others = {one.id for one in islice(read_documents(scifact), _OTHER_DOCUMENTS)}
    documents = [one for one in read_documents(scifact) if one.id in wanted | others]
    shelf = caller.make_shelf("Sample of SciFact")
    reached = asyncio.run(_measure(installation, shelf.id, documents, queries))
    caller.http.delete(f"/v1/collections/{shelf.id}")
    print({mode.value: round(value, 3) for mode, value in reached.items()})
    assert reached[SearchMode.HYBRID] >= _FLOOR


async def _measure(
    installation: Installation,
    collection: str,
    documents: list[JudgedDocument],
    queries: list[JudgedQuery],
) -> dict[SearchMode, float]:
    """nDCG@10 of each mode."""
    place = UUID(collection)
    reached = {}
    async with AsyncClient(installation.api_url, installation.key) as client:
        await upload_all(client, place, documents, lambda: None)
        await await_jobs(client, place)
        known = {one.id: one.external_id or "" async for one in client.documents(place, limit=200)}
        for mode in SearchMode:

            def request(query: str, mode: SearchMode = mode) -> SearchRequest:
                return SearchRequest(query=query, collections=[place], mode=mode)

            rankings = await rank_all(client, queries, request)
            values = measure(
                {query.id: query.relevance for query in queries},
                {name: [known[one] for one in found.documents] for name, found in rankings.items()},
            )
            reached[mode] = estimate([one[Measure.NDCG] for one in values.values()]).mean
    return reached
