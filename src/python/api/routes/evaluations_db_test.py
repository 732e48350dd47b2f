from typing import Any
from uuid import uuid4

import httpx
import psycopg

from api.conftest import Service

_ESTIMATE = {"mean": 0.5, "low": 0.4, "high": 0.6}
_NEW = {
    "name": "examples",
    "a": {"configuration": "hybrid", "measures": {"nDCG@10": _ESTIMATE}},
    "b": {"configuration": "lexical", "measures": {"nDCG@10": _ESTIMATE}},
    "difference": {"nDCG@10": {"mean": -0.1, "low": -0.2, "high": 0.1}},
    "collections": [
        {
            "collection_id": str(uuid4()),
            "queries": 2,
            "a": {"nDCG@10": _ESTIMATE},
            "b": {"nDCG@10": _ESTIMATE},
            "difference": {"nDCG@10": _ESTIMATE},
        }
    ],
}


def _query(name: str, margin: float, *documents: dict[str, object]) -> dict[str, object]:
    a, b = {"nDCG@10": 0.5}, {"nDCG@10": 0.5 - margin}
    return {
        "id": name,
        "text": f"what is {name}",
        "margin": margin,
        "a": a,
        "b": b,
        "documents": documents,
    }


async def _create(service: Service) -> str:
    response = await service.owner.post("/v1/evaluations", json=_NEW)
    assert response.status_code == 201
    return f"/v1/evaluations/{response.json()['id']}"


async def _add(service: Service, path: str, *queries: dict[str, object]) -> httpx.Response:
    return await service.owner.post(f"{path}/queries", json={"queries": queries})


async def _queries(service: Service, path: str, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await service.owner.get(f"{path}/queries", params=params)).json()
    return answer


async def test_evaluations_are_listed_the_newest_first(service: Service) -> None:
    older, newer = await _create(service), await _create(service)
    page = (await service.owner.get("/v1/evaluations", params={"limit": 1})).json()
    assert page["items"] == [(await service.owner.get(newer)).json()]
    assert {key: page["items"][0][key] for key in _NEW} == _NEW
    rest = await service.owner.get("/v1/evaluations", params={"cursor": page["next_cursor"]})
    assert rest.json()["items"] == [(await service.owner.get(older)).json()]


async def test_an_evaluation_may_be_of_one_side_and_no_collection(service: Service) -> None:
    alone = {"name": "alone", "a": _NEW["a"]}
    made = (await service.owner.post("/v1/evaluations", json=alone)).json()
    assert (made["b"], made["difference"], made["collections"]) == (None, {}, [])


async def test_an_evaluation_of_the_release_before_has_no_collections(service: Service) -> None:
    path = await _create(service)
    with psycopg.connect(service.owner_url) as connection:
        connection.execute("update evaluations set a = (a::jsonb - 'collections')::json")
    kept = (await service.owner.get(path)).json()
    assert (kept["a"], kept["collections"]) == (_NEW["a"], [])


async def test_queries_come_with_the_worst_first_and_what_was_returned(service: Service) -> None:
    received = await service.shelf.add("a notice period", title="Contract")
    path = await _create(service)
    document = {"document_id": str(received.document_id), "relevance": 1, "rank_b": 2}
    gone = {"document_id": str(uuid4()), "rank_a": 1}
    first = await _add(service, path, _query("q1", 0.5), _query("q2", -0.5, document, gone))
    second = await _add(service, path, _query("q3", -0.5))
    assert (first.json()["queries"], second.json()["queries"]) == (2, 3)
    page = await _queries(service, path, limit=2)
    assert [query["id"] for query in page["items"]] == ["q2", "q3"]
    assert page["items"][0]["documents"] == [
        {**document, "title": "Contract", "rank_a": None},
    ]
    rest = await _queries(service, path, cursor=page["next_cursor"])
    assert [query["id"] for query in rest["items"]] == ["q1"]
    assert rest["next_cursor"] is None


async def test_a_deleted_document_leaves_no_trace(service: Service) -> None:
    received = await service.shelf.add("a notice period", title="Secret merger")
    path = await _create(service)
    await _add(service, path, _query("q", 0, {"document_id": str(received.document_id)}))
    await service.owner.delete(f"/v1/documents/{received.document_id}")
    assert (await _queries(service, path))["items"][0]["documents"] == []


async def test_a_query_s_results_are_added_once(service: Service) -> None:
    path = await _create(service)
    await _add(service, path, _query("q", 0))
    again = await _add(service, path, _query("other", 0), _query("q", 0))
    assert again.status_code == 409
    assert len((await _queries(service, path))["items"]) == 1


async def test_a_repeated_request_adds_nothing(service: Service) -> None:
    path = await _create(service)
    body, key = {"queries": [_query("q", 0)]}, {"Idempotency-Key": "k"}
    first = await service.owner.post(f"{path}/queries", json=body, headers=key)
    again = await service.owner.post(f"{path}/queries", json=body, headers=key)
    assert again.content == first.content
    await service.owner.delete(path)
    gone = await service.owner.post(f"{path}/queries", json=body, headers=key)
    assert gone.status_code == 404


async def test_a_deleted_evaluation_is_gone(service: Service) -> None:
    path = await _create(service)
    await _add(service, path, _query("q", 0))
    assert (await service.owner.delete(path)).status_code == 204
    for gone in (path, f"{path}/queries"):
        assert (await service.owner.get(gone)).status_code == 404
    assert (await service.owner.delete(path)).status_code == 404


async def test_what_is_no_evaluation_is_refused(service: Service) -> None:
    path = await _create(service)
    for body in (
        {**_NEW, "name": ""},
        {**_NEW, "a": {"configuration": "hybrid"}},
        {**_NEW, "collections": [{"collection_id": str(uuid4()), "queries": 0, "a": {}}]},
        {**_NEW, "difference": {"nDCG@10": {"mean": 2, "low": 0, "high": 0}}},
    ):
        assert (await service.owner.post("/v1/evaluations", json=body)).status_code == 400
    assert (await _add(service, path)).status_code == 400
    assert (await _add(service, path, _query("q", 1.5))).status_code == 400
    strange = {"document_id": str(uuid4()), "rank_a": 0}
    assert (await _add(service, path, _query("q", 0, strange))).status_code == 400
