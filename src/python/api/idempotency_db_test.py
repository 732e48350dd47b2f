import asyncio
from typing import Any

import pytest

from api.conftest import Service

KEY = {"Idempotency-Key": "0f1e2d"}


async def test_a_repeated_request_gets_the_first_answer(service: Service) -> None:
    body = {"name": "Contracts"}
    first = await service.owner.post("/v1/collections", json=body, headers=KEY)
    again = await service.owner.post("/v1/collections", json=body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_key_stands_for_one_request(service: Service) -> None:
    await service.owner.post("/v1/collections", json={"name": "a"}, headers=KEY)
    other = await service.owner.post("/v1/collections", json={"name": "b"}, headers=KEY)
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"


async def test_a_request_that_failed_may_be_tried_again_under_its_key(service: Service) -> None:
    taken = {"name": service.shelf.collection.name}
    assert (await service.owner.post("/v1/collections", json=taken, headers=KEY)).status_code == 409
    await service.owner.delete(f"/v1/collections/{service.shelf.collection.id}")
    assert (await service.owner.post("/v1/collections", json=taken, headers=KEY)).status_code == 201


async def test_workspaces_do_not_share_keys(service: Service) -> None:
    body = {"name": "Contracts"}
    mine = await service.owner.post("/v1/collections", json=body, headers=KEY)
    theirs = await service.stranger.post("/v1/collections", json=body, headers=KEY)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_an_upload_repeated_at_the_same_time_happens_once(service: Service) -> None:
    async def upload() -> Any:
        return await service.owner.post(
            service.documents, files={"file": ("a.txt", b"hello")}, headers=KEY
        )

    answers = await asyncio.gather(*(upload() for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len(service.bell.rung) == 1
    other = await service.owner.post(
        service.documents, files={"file": ("a.txt", b"other")}, headers=KEY
    )
    assert other.status_code == 422


async def test_a_repeated_upload_tells_nothing_of_a_deleted_document(service: Service) -> None:
    async def upload() -> Any:
        form = {"title": "Secret merger"}
        file = {"file": ("merger.txt", b"hello")}
        return await service.owner.post(service.documents, files=file, data=form, headers=KEY)

    document_id = (await upload()).json()["document"]["id"]
    await service.owner.delete(f"/v1/documents/{document_id}")
    again = await upload()
    assert again.status_code == 404
    assert "merger" not in again.text


async def test_a_repeated_request_tells_nothing_of_a_deleted_collection(service: Service) -> None:
    body = {"name": "Secret merger"}
    made = await service.owner.post("/v1/collections", json=body, headers=KEY)
    await service.owner.delete(f"/v1/collections/{made.json()['id']}")
    again = await service.owner.post("/v1/collections", json=body, headers=KEY)
    assert again.status_code == 404
    assert "merger" not in again.text


async def test_uploads_of_the_same_bytes_at_the_same_time_make_one_document(
    service: Service,
) -> None:
    answers = await asyncio.gather(*(service.upload(b"hello") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [202]
    assert len({answer.json()["document"]["id"] for answer in answers}) == 1


@pytest.mark.parametrize("change", ["retry", "cancel"])
async def test_changes_of_jobs_are_repeated_too(service: Service, change: str) -> None:
    job = (await service.upload(b"hello")).json()["job"]
    if change == "retry":
        await service.fail(await service.claim())
    path = f"/v1/jobs/{job['id']}/{change}"
    first = await service.owner.post(path, headers=KEY)
    again = await service.owner.post(path, headers=KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_that_is_none_is_refused(service: Service, key: str) -> None:
    response = await service.owner.post(
        "/v1/collections", json={"name": "a"}, headers={"Idempotency-Key": key}
    )
    assert response.status_code == 400
