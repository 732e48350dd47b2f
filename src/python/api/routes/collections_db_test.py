from uuid import uuid4

import pytest

from api.conftest import Service


async def test_a_collection_is_created_changed_and_deleted(service: Service) -> None:
    made = await service.create_collection("Contracts")
    assert (made["name"], made["description"], made["documents"]) == ("Contracts", "", 0)
    path = f"/v1/collections/{made['id']}"
    assert (await service.owner.get(path)).json() == made
    changed = (await service.owner.patch(path, json={"description": "Signed ones."})).json()
    assert (changed["name"], changed["description"]) == ("Contracts", "Signed ones.")
    assert (await service.owner.delete(path)).status_code == 204
    assert (await service.owner.get(path)).status_code == 404


async def test_a_deleted_collection_takes_its_documents_along(service: Service) -> None:
    document = (await service.upload(b"hello")).json()["document"]
    received = await service.shelf.add("a notice period of three months")
    assert (await service.owner.get(f"/v1/collections/{service.shelf.collection.id}")).json()[
        "documents"
    ] == 2
    await service.owner.delete(f"/v1/collections/{service.shelf.collection.id}")
    for document_id in (document["id"], received.document_id):
        assert (await service.owner.get(f"/v1/documents/{document_id}")).status_code == 404
    found = await service.owner.post("/v1/search", json={"query": "notice"})
    assert found.json()["hits"] == []


async def test_a_name_can_be_had_once(service: Service) -> None:
    made = await service.create_collection("Contracts")
    again = await service.owner.post("/v1/collections", json={"name": "Contracts"})
    other = await service.create_collection("Others")
    renamed = await service.owner.patch(
        f"/v1/collections/{other['id']}", json={"name": made["name"]}
    )
    assert (again.status_code, renamed.status_code) == (409, 409)
    assert "Contracts" in again.json()["detail"]


async def test_the_list_goes_on_after_its_cursor(service: Service) -> None:
    made = [(await service.create_collection(f"c{n}"))["id"] for n in range(3)]
    first = (await service.owner.get("/v1/collections", params={"limit": 2})).json()
    rest = await service.owner.get("/v1/collections", params={"cursor": first["next_cursor"]})
    ids = [item["id"] for item in first["items"] + rest.json()["items"]]
    assert ids == [str(service.shelf.collection.id), *made]
    assert rest.json()["next_cursor"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "", b'{"name": ""}', 400),
        ("POST", "", b'{"name": " \\t\\u00a0"}', 400),
        ("POST", "", b'{"name": "a", "colour": "red"}', 400),
        ("POST", "", b"{", 400),
        ("POST", "", b"", 400),
        ("POST", "", rb'{"name": "\u0000"}', 400),
        ("POST", "", b'{"name": "' + b"x" * 2_000_000 + b'"}', 413),
        ("GET", "?limit=0", None, 400),
        ("GET", "?limit=201", None, 400),
        ("GET", "?limit=many", None, 400),
        ("GET", "?cursor=%00", None, 400),
        ("GET", "?cursor=e30", None, 400),
        ("GET", "/not-a-uuid", None, 404),
        ("GET", f"/{uuid4()}", None, 404),
        ("PATCH", f"/{uuid4()}", b"{}", 404),
        ("DELETE", f"/{uuid4()}", None, 404),
        ("PUT", "", b"{}", 405),
    ],
)
async def test_bad_requests_are_problems(
    service: Service, method: str, path: str, body: bytes | None, status: int
) -> None:
    response = await service.owner.request(
        method,
        f"/v1/collections{path}",
        content=body,
        headers={"content-type": "application/json"} if body is not None else {},
    )
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem.keys() == {"type", "title", "status", "detail", "trace_id"}
    assert "allow" in response.headers or status != 405


async def test_a_body_that_is_no_json_by_its_type_is_refused(service: Service) -> None:
    response = await service.owner.post("/v1/collections", data={"name": "a"})
    assert response.status_code == 415
