"""No caller reaches another workspace's rows, by any operation that the API describes."""

import json
from typing import Any

import httpx

from api.app import routes
from api.conftest import Service
from api.documentation import describe
from libs.accounts import parse_token, revoke

SIDE = {"configuration": "hybrid", "measures": {}}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("patch", "/v1/collections/{collection_id}"): {"json": {"name": "mine now"}},
    ("post", "/v1/collections/{collection_id}/documents"): {"files": {"file": ("a.txt", b"x")}},
    ("post", "/v1/collections"): {"json": {"name": "new"}},
    ("post", "/v1/search"): {"json": {"query": "notice"}},
    ("post", "/v1/judgements"): {
        "json": {"query": "a", "document_id": "0" * 32, "relevance": 1, "origin": "thumb"}
    },
    ("post", "/v1/evaluations"): {"json": {"name": "a", "a": SIDE}},
    ("post", "/v1/evaluations/{evaluation_id}/queries"): {
        "json": {"queries": [{"id": "q", "text": "a", "margin": 0.0, "a": {}}]}
    },
}


def operations() -> list[tuple[str, str]]:
    paths = json.loads(describe(routes(), "test"))["paths"]
    return [
        (method, path) for path, item in paths.items() if path.startswith("/v1/") for method in item
    ]


async def call(client: httpx.AsyncClient, operation: tuple[str, str], path: str) -> httpx.Response:
    return await client.request(operation[0], path, **BODIES.get(operation, {}))


async def test_ids_of_another_workspace_are_not_found_by_any_operation(service: Service) -> None:
    uploaded = (await service.upload(b"a notice period", name="a.txt")).json()
    ids = {
        "collection_id": uploaded["document"]["collection_id"],
        "document_id": uploaded["document"]["id"],
        "job_id": uploaded["job"]["id"],
        "evaluation_id": (
            await service.owner.post("/v1/evaluations", json={"name": "a", "a": SIDE})
        ).json()["id"],
        "number": "1",
    }
    before = (await service.owner.get(service.documents)).json()
    tried = 0
    for operation in operations():
        if "{" not in operation[1]:
            continue
        response = await call(service.stranger, operation, operation[1].format(**ids))
        assert response.status_code == 404, operation
        assert response.json()["type"] == "/problems/not-found"
        tried += 1
    assert tried >= 14
    assert (await service.owner.get(service.documents)).json() == before
    assert len(service.bell.rung) == 1


async def test_lists_and_search_hold_only_the_caller_s_own(service: Service) -> None:
    await service.upload(b"hello")
    await service.shelf.add("a notice period of three months")
    for path in ("/v1/collections", "/v1/jobs", "/v1/judgements", "/v1/evaluations"):
        assert (await service.stranger.get(path)).json()["items"] == []
    for parameter in ("document_id", "collection_id"):
        everything = {parameter: str(service.shelf.collection.id)}
        assert (await service.stranger.get("/v1/jobs", params=everything)).json()["items"] == []
    for body in (
        {"query": "notice"},
        {"query": "notice", "collections": [str(service.shelf.collection.id)]},
    ):
        found = (await service.stranger.post("/v1/search", json=body)).json()
        assert (found["hits"], found["total_estimate"]) == ([], 0)


async def test_every_operation_wants_a_key(service: Service) -> None:
    key_id = "0" * 32
    wrong = ("", "Bearer", "Bearer x", "Basic eDp4", f"Bearer ibid_{key_id}_{'0' * 64}")
    for operation in operations():
        path = operation[1].format(
            collection_id=key_id, document_id=key_id, job_id=key_id, evaluation_id=key_id, number=1
        )
        for header in wrong:
            service.anonymous.headers["authorization"] = header
            response = await call(service.anonymous, operation, path)
            assert response.status_code == 401, operation
            assert response.headers["www-authenticate"].startswith("Bearer")
            assert response.json()["type"] == "/problems/denied"


async def test_a_revoked_key_is_refused_at_once(service: Service) -> None:
    assert (await service.owner.get("/v1/auth/whoami")).status_code == 200
    document = (await service.upload(b"hello")).json()["document"]
    revoke(service.owner_url, parse_token(service.tokens[0]).key_id)
    for path in (
        "/v1/auth/whoami",
        "/v1/collections",
        service.documents,
        f"/v1/documents/{document['id']}",
        f"/v1/documents/{document['id']}/content",
        f"/v1/documents/{document['id']}/text",
        "/v1/jobs",
    ):
        assert (await service.owner.get(path)).status_code == 401, path
    assert (await service.owner.post("/v1/search", json={"query": "x"})).status_code == 401
    assert (await service.upload(b"more")).status_code == 401
    assert (await service.owner.delete(f"/v1/documents/{document['id']}")).status_code == 401
