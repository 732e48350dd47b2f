"""Documents over HTTP: upload, versions, text, bytes, deletion."""

import asyncio
import hashlib
import json
import os
from pathlib import Path
from uuid import uuid4

import pytest

from api.conftest import MAX_UPLOAD_BYTES, Service
from libs.corpus import Checkpoints, PageText
from libs.jobs import Leases, Stage
from libs.postgres.pool import workspace_transaction
from libs.testing.documents import make_pdf


async def test_an_upload_is_stored_with_its_job_and_rung(service: Service) -> None:
    response = await service.upload(b"hello", title="Hello", metadata='{"year": 2026}')
    assert response.status_code == 202
    document, job = response.json()["document"], response.json()["job"]
    assert (document["status"], document["title"]) == ("pending", "Hello")
    assert document["metadata"] == {"year": 2026}
    assert (document["media_type"], document["size_bytes"]) == ("text/plain", 5)
    assert (job["state"], job["document_id"]) == ("pending", document["id"])
    assert [str(job_id) for job_id in service.bell.rung] == [job["id"]]
    assert (await service.owner.get(f"/v1/documents/{document['id']}")).json() == document
    listed = (await service.owner.get(service.documents)).json()
    assert listed == {"items": [document], "next_cursor": None}


async def test_the_same_bytes_again_are_no_work(service: Service) -> None:
    first = (await service.upload(b"hello")).json()
    again = await service.upload(b"hello", name="b.txt")
    assert again.status_code == 200
    assert again.json()["job"] is None
    assert again.json()["document"]["id"] == first["document"]["id"]
    assert len(service.bell.rung) == 1


async def test_the_same_bytes_under_another_title_are_read_anew(service: Service) -> None:
    first = (await service.upload(b"lamp", external_id="x", title="Lamp")).json()
    lease = await service.claim()
    async with workspace_transaction(service.parts.pool, lease.workspace_id) as connection:
        await Leases(connection).advance(lease, Stage.SPLIT)
    again = await service.upload(b"lamp", external_id="x", title="Lantern")
    assert again.status_code == 202
    assert again.json()["document"]["title"] == "Lantern"
    assert again.json()["job"]["id"] == first["job"]["id"] == str(service.bell.rung[-1])
    assert (await service.upload(b"lamp", external_id="x", title="Lantern")).status_code == 200


async def test_a_new_body_for_a_known_external_id_is_a_new_version(service: Service) -> None:
    first = (await service.upload(b"one", external_id="x")).json()["document"]
    second = await service.upload(b"two", external_id="x")
    assert second.status_code == 202
    assert second.json()["document"]["id"] == first["id"]
    assert second.json()["job"]["version"] == 2
    path = f"/v1/documents/{first['id']}/versions"
    newest = (await service.owner.get(path, params={"limit": 1})).json()
    assert [version["number"] for version in newest["items"]] == [2]
    older = (await service.owner.get(path, params={"cursor": newest["next_cursor"]})).json()
    assert [version["number"] for version in older["items"]] == [1]
    assert older["items"][0]["sha256"] == hashlib.sha256(b"one").hexdigest()
    content = await service.owner.get(f"/v1/documents/{first['id']}/content?version=1")
    assert content.content == b"one"


async def test_the_bytes_come_back_as_an_attachment_that_cannot_run(service: Service) -> None:
    content = b"<html><script>alert(1)</script>" + bytes(range(128, 256)) * 300
    uploaded = (await service.upload(content, name='../"ü\r\n.html')).json()["document"]
    assert uploaded["file_name"] == '../"ü\r\n.html'
    response = await service.owner.get(f"/v1/documents/{uploaded['id']}/content")
    assert response.content == content
    assert response.headers["content-length"] == str(len(content))
    assert response.headers["content-type"] == "text/html"
    assert response.headers["content-disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''..%2F%22%C3%BC%0D%0A.html" in response.headers["content-disposition"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"].startswith("sandbox")


async def test_text_is_cut_by_code_points(service: Service) -> None:
    text = "Ä𝄞\n\nnotice period"
    received = await service.shelf.add(text)
    path = f"/v1/documents/{received.document_id}/text"
    whole = (await service.owner.get(path)).json()
    assert whole == {
        "version": 1,
        "start": 0,
        "end": len(text),
        "length": len(text),
        "text": text,
        "pages": [{"number": 1, "start": 0, "end": len(text)}],
    }
    some = (await service.owner.get(path, params={"start": 1, "end": 8})).json()
    assert some["text"] == text[1:8]
    beyond = (await service.owner.get(path, params={"start": 900, "end": 901})).json()
    assert (beyond["text"], beyond["start"]) == ("", len(text))


async def test_text_that_is_not_read_yet_is_a_conflict(service: Service) -> None:
    document = (await service.upload(b"hello")).json()["document"]
    assert (await service.owner.get(f"/v1/documents/{document['id']}/text")).status_code == 409


async def test_a_deleted_document_leaves_no_trace(service: Service) -> None:
    uploaded = (await service.upload(b"hello")).json()
    path = f"/v1/documents/{uploaded['document']['id']}"
    assert (await service.owner.delete(path)).status_code == 204
    for rest in ("", "/content", "/text", "/versions", "/pages/1.png"):
        assert (await service.owner.get(path + rest)).status_code == 404
    assert (await service.owner.get(f"/v1/jobs/{uploaded['job']['id']}")).status_code == 404
    assert (await service.owner.get(service.documents)).json()["items"] == []
    assert (await service.owner.delete(path)).status_code == 404


async def test_documents_are_paged_and_filtered_by_status(service: Service) -> None:
    ids = [(await service.upload(b"%d" % n)).json()["document"]["id"] for n in range(5)]
    found: list[str] = []
    parameters = {"limit": "2", "status": "pending"}
    while True:
        page = (await service.owner.get(service.documents, params=parameters)).json()
        found += [document["id"] for document in page["items"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert found == ids
    ready = await service.owner.get(service.documents, params={"status": "ready"})
    assert ready.json()["items"] == []


@pytest.mark.parametrize(
    ("content", "fields", "status"),
    [
        (b"", {}, 422),
        (b"\x7fELF\x02\x01\x01\x00", {}, 415),
        (b"x" * (MAX_UPLOAD_BYTES + 1), {}, 413),
        (b"x", {"metadata": "[1]"}, 400),
        (b"x", {"metadata": "{"}, 400),
        (b"x", {"metadata": '{"a": "\\u0000"}'}, 400),
        (b"x", {"metadata": '{"a": 1e999}'}, 400),
        (b"x", {"metadata": '{"a": ' + "9" * 5_000 + "}"}, 400),
        (b"x", {"title": ""}, 400),
        (b"x", {"colour": "red"}, 400),
    ],
)
async def test_a_refused_upload_stores_nothing(
    service: Service, content: bytes, fields: dict[str, str], status: int, tmp_path: Path
) -> None:
    response = await service.upload(content, **fields)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert (await service.owner.get(service.documents)).json()["items"] == []
    assert service.bell.rung == []
    assert os.listdir(tmp_path) == []


async def test_an_upload_into_no_collection_is_not_found(service: Service) -> None:
    path = f"/v1/collections/{uuid4()}/documents"
    assert (await service.owner.post(path, files={"file": b"x"})).status_code == 404
    assert (await service.owner.get(path)).status_code == 404


async def test_metadata_of_many_kinds_come_back_as_they_were(service: Service) -> None:
    metadata = {"n": 2**70, "f": 0.1, "list": [1, None, True], "deep": {"ü": "\ud83d\ude00"}}
    uploaded = await service.upload(b"x", metadata=json.dumps(metadata))
    assert uploaded.json()["document"]["metadata"] == json.loads(json.dumps(metadata))


async def test_waiting_ends_with_the_time(service: Service) -> None:
    waited = await service.owner.post(
        service.documents, params={"wait": 1}, files={"file": ("a.txt", b"hello")}
    )
    assert waited.status_code == 202
    assert waited.json()["job"]["state"] == "pending"


async def test_waiting_ends_with_the_job(service: Service) -> None:
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        upload = tasks.create_task(
            service.owner.post(
                service.documents, params={"wait": 60}, files={"file": ("a.txt", b"hello")}
            )
        )
        await service.bell.ringing.wait()
        await service.fail(await service.claim())
    answer = upload.result().json()
    assert (answer["document"]["status"], answer["job"]["state"]) == ("failed", "failed")
    assert answer["document"]["failure"] == "The document is damaged."


async def test_a_page_of_a_pdf_is_drawn_with_its_span_marked(service: Service) -> None:
    first, second = "The first page.", "Notice period: three months."
    uploaded = await service.upload(make_pdf([first, second]), name="contract.pdf")
    document = uploaded.json()["document"]
    assert document["media_type"] == "application/pdf"
    path = f"/v1/documents/{document['id']}/pages/2.png"
    assert (await service.owner.get(path)).status_code == 404
    lease = await service.claim()
    async with service.work(lease) as connection:
        end = len(first) + len(second)
        await Checkpoints(connection, lease.document_id, 1).store_pages(
            [PageText(1, 0, len(first), first), PageText(2, len(first), end, second)]
        )
    plain = await service.owner.get(path)
    marked = await service.owner.get(path, params={"highlight": f"{len(first)}-{len(first) + 6}"})
    elsewhere = await service.owner.get(path, params={"highlight": "0-5"})
    assert plain.headers["content-type"] == "image/png"
    assert plain.content.startswith(b"\x89PNG")
    assert marked.content != plain.content == elsewhere.content
    for wrong in ("0.png", "3.png", "two.png", "2.jpg", "99999999999.png"):
        response = await service.owner.get(path.replace("2.png", wrong))
        assert response.status_code == 404
    for highlight in ("5", "5-1", "a-b", "-1-3", "1-99999999999"):
        response = await service.owner.get(path, params={"highlight": highlight})
        assert response.status_code == 400


async def test_only_pages_of_pdfs_have_pictures(service: Service) -> None:
    received = await service.shelf.add("plain text")
    picture = await service.owner.get(f"/v1/documents/{received.document_id}/pages/1.png")
    assert picture.status_code == 404
