from typing import Any
from uuid import uuid4

import pytest

from api.conftest import Service


async def _judge(service: Service, document_id: object, **changes: object) -> Any:
    body = {
        "query": "notice",
        "document_id": str(document_id),
        "relevance": 1,
        "origin": "thumb",
        **changes,
    }
    return await service.owner.post("/v1/judgements", json=body)


async def test_a_judgement_is_kept_and_listed(service: Service) -> None:
    received = await service.shelf.add("a notice period of three months")
    first = await _judge(service, received.document_id, version=1, passage_id=str(uuid4()))
    second = await _judge(service, received.document_id, relevance=0, origin="click")
    assert (first.status_code, second.status_code) == (201, 201)
    page = (await service.owner.get("/v1/judgements", params={"limit": 1})).json()
    assert page["items"] == [first.json()]
    rest = await service.owner.get("/v1/judgements", params={"cursor": page["next_cursor"]})
    assert rest.json() == {"items": [second.json()], "next_cursor": None}


async def test_a_judgement_goes_with_its_document(service: Service) -> None:
    received = await service.shelf.add("a notice period of three months")
    key = {"Idempotency-Key": "k"}
    body = {
        "query": "x",
        "document_id": str(received.document_id),
        "relevance": 1,
        "origin": "click",
    }
    await service.owner.post("/v1/judgements", json=body, headers=key)
    await service.owner.delete(f"/v1/documents/{received.document_id}")
    assert (await service.owner.get("/v1/judgements")).json()["items"] == []
    again = await service.owner.post("/v1/judgements", json=body, headers=key)
    assert again.status_code == 404


async def test_what_another_workspace_has_cannot_be_judged(service: Service) -> None:
    received = await service.shelf.add("a notice period of three months")
    body = {
        "query": "x",
        "document_id": str(received.document_id),
        "relevance": 1,
        "origin": "thumb",
    }
    assert (await service.stranger.post("/v1/judgements", json=body)).status_code == 404
    assert (await service.owner.get("/v1/judgements")).json()["items"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"query": " "},
        {"query": ""},
        {"relevance": 4},
        {"origin": "guess"},
        {"version": 2**31},
        {"colour": "red"},
    ],
    ids=str,
)
async def test_what_is_no_judgement_is_refused(
    service: Service, changes: dict[str, object]
) -> None:
    received = await service.shelf.add("a notice period of three months")
    assert (await _judge(service, received.document_id, **changes)).status_code == 400
