"""Samples of public judged sets, where they lie beside the repository; none of them is in here."""

import asyncio
import os
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


@pytest.mark.parametrize(
    ("name", "lang", "mode", "floor"),
    [
        ("scifact", None, SearchMode.HYBRID, 0.93),
        ("xquad", "en", SearchMode.HYBRID, 0.97),
        # the default model knows no Japanese
        ("jaquad", None, SearchMode.LEXICAL, 0.97),
    ],
)
def test_questions_find_their_documents(
    installation: Installation,
    caller: Caller,
    name: str,
    lang: str | None,
    mode: SearchMode,
    floor: float,
) -> None:
    folder = _find(name)
    queries = read_queries(folder, Choice(lang=lang))[:_QUERIES]
    wanted = {document for query in queries for document in query.relevance}
    others = {one.id for one in islice(read_documents(folder, lang), _OTHER_DOCUMENTS)}
    documents = [one for one in read_documents(folder, lang) if one.id in wanted | others]
    shelf = caller.make_shelf(f"Sample of {name}")
    reached = asyncio.run(_measure(installation, shelf.id, documents, queries))
    caller.http.delete(f"/v1/collections/{shelf.id}")
    print(name, {one.value: round(value, 3) for one, value in reached.items()})
    assert reached[mode] >= floor


def _find(name: str) -> Path:
    checkout = Path(os.environ.get("IBID_CHECKOUT") or Path.cwd())
    folder = checkout.parent / "shared" / "data" / name
    if not folder.is_dir():
        pytest.skip(f"there is no folder shared/data/{name} beside the repository")
    return folder


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
