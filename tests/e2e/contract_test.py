"""Section 3 of the contract: collections, uploads, documents, versions."""

import hashlib
import json
from uuid import UUID, uuid4

import pytest

from e2e.caller import Caller, Shelf
from e2e.installation import EXAMPLES, Installation


def test_a_collection_is_made_found_changed_and_deleted(caller: Caller) -> None:
    name = f"Manuals {uuid4()}"
    made = caller.post("/v1/collections", {"name": name, "description": "How to"}, 201)
    path = f"/v1/collections/{made['id']}"
    assert UUID(made["id"]).version == 7
    assert (made["name"], made["description"], made["documents"]) == (name, "How to", 0)
    assert made["created_at"].endswith("Z")
    assert caller.get(path) == made
    assert made in [one for page in caller.pages("/v1/collections", limit=2) for one in page]
    changed = caller.http.patch(path, json={"description": "Why"}).json()
    assert (changed["name"], changed["description"]) == (name, "Why")
    assert caller.http.delete(path).status_code == 204
    caller.get(path, 404)


def test_two_collections_cannot_have_one_name(caller: Caller) -> None:
    name = {"name": f"Twins {uuid4()}"}
    caller.post("/v1/collections", name, 201)
    caller.post("/v1/collections", name, 409)


def test_an_upload_is_accepted_with_its_job_and_becomes_ready(caller: Caller, shelf: Shelf) -> None:
    metadata = {"year": 2026, "tags": ["ü", None]}
    sent = shelf.send(b"A lantern.", "lantern.txt", title="L", metadata=json.dumps(metadata))
    assert sent.status_code == 202
    document, job = sent.json()["document"], sent.json()["job"]
    assert (document["title"], document["metadata"]) == ("L", metadata)
    assert document["status"] in ("pending", "processing", "ready")
    assert (job["document_id"], job["version"]) == (document["id"], 1)
    done = caller.until_done(job["id"])
    assert (done["state"], done["progress"], done["attempt"]) == ("done", 1.0, 0)
    ready = caller.get(f"/v1/documents/{document['id']}")
    assert (ready["status"], ready["published_version"], ready["failure"]) == ("ready", 1, None)
    assert shelf.documents(status="ready") == [ready]
    assert caller.get(f"/v1/collections/{shelf.id}")["documents"] == 1


def test_an_upload_can_wait_for_its_job(shelf: Shelf) -> None:
    sent = shelf.send(b"A foghorn.", wait=30)
    assert sent.status_code == 202
    assert (sent.json()["job"]["state"], sent.json()["document"]["status"]) == ("done", "ready")


def test_the_same_bytes_again_are_no_work(shelf: Shelf) -> None:
    first = shelf.add(b"The same.")
    again = shelf.send(b"The same.")
    assert again.status_code == 200
    assert again.json() == {"document": first, "job": None}
    assert len(shelf.documents()) == 1


def test_the_older_version_is_found_until_the_newer_is_published(
    caller: Caller, shelf: Shelf, installation: Installation
) -> None:
    old, new = b"The oil is whale oil.", b"The oil is paraffin oil."
    document = shelf.add(old, external_id="oil")
    with installation.paused("orchestrator"):
        sent = shelf.send(new, external_id="oil").json()
        assert (sent["document"]["id"], sent["job"]["version"]) == (document["id"], 2)
        assert [(hit["version"], hit["text"]) for hit in shelf.search("oil")] == [(1, old.decode())]
        between = caller.get(f"/v1/documents/{document['id']}")
        assert (between["status"], between["published_version"]) == ("pending", 1)
        assert caller.text(document["id"])["text"] == old.decode()
        caller.get(f"/v1/documents/{document['id']}/text", 409, version=2)
    caller.until_done(sent["job"]["id"])
    assert [(hit["version"], hit["text"]) for hit in shelf.search("oil")] == [(2, new.decode())]


def test_every_version_keeps_its_bytes_and_its_place_in_the_history(
    caller: Caller, shelf: Shelf
) -> None:
    bodies = [f"State {n}.".encode() for n in (1, 2, 3)]
    for body in bodies:
        document = shelf.add(body, external_id="history")
    path = f"/v1/documents/{document['id']}"
    versions = [one for page in caller.pages(f"{path}/versions", limit=2) for one in page]
    assert [version["number"] for version in versions] == [3, 2, 1]
    assert [version["is_published"] for version in versions] == [True, False, False]
    for version, body in zip(versions[::-1], bodies, strict=True):
        assert version["sha256"] == hashlib.sha256(body).hexdigest()
        content = caller.http.get(f"{path}/content", params={"version": version["number"]})
        assert content.content == body


def test_the_original_bytes_come_back_to_be_saved(caller: Caller, examples: Shelf) -> None:
    for document in examples.documents():
        response = caller.http.get(f"/v1/documents/{document['id']}/content")
        original = (EXAMPLES / "documents" / document["file_name"]).read_bytes()
        assert response.content == original
        assert response.headers["content-type"].startswith(document["media_type"])
        assert response.headers["content-disposition"].startswith("attachment; ")
        assert response.headers["x-content-type-options"] == "nosniff"


def test_windows_of_the_text_count_code_points(caller: Caller, shelf: Shelf) -> None:
    text = "Ä𝄞 شمعة\n\nA candle."
    document = shelf.add(text.encode())
    window = caller.text(document["id"], start=1, end=8)
    assert window == {
        "version": 1,
        "start": 1,
        "end": 8,
        "length": len(text),
        "text": text[1:8],
        "pages": [{"number": 1, "start": 0, "end": len(text)}],
    }
    assert caller.text(document["id"])["text"] == text
    assert caller.text(document["id"], start=10**6)["text"] == ""


def test_pages_lie_side_by_side_and_cover_the_text(caller: Caller, examples: Shelf) -> None:
    for document in examples.documents():
        whole = caller.text(document["id"])
        bounds = [(page["start"], page["end"]) for page in whole["pages"]]
        starts, ends = zip(*bounds, strict=True)
        assert (starts[0], ends[-1]) == (0, len(whole["text"])) == (0, whole["length"])
        assert starts[1:] == ends[:-1]
        assert [page["number"] for page in whole["pages"]] == list(range(1, len(bounds) + 1))
        assert document["pages"] == len(bounds)


def test_a_page_of_a_pdf_is_drawn_with_the_span_of_a_hit_marked(
    caller: Caller, examples: Shelf
) -> None:
    filters = {"media_types": ["application/pdf"]}
    hit = examples.search("how is the lens cleaned", filters=filters)[0]
    path = f"/v1/documents/{hit['document_id']}/pages/{hit['page']}.png"
    plain = caller.http.get(path)
    marked = caller.http.get(path, params={"highlight": f"{hit['start']}-{hit['end']}"})
    assert plain.headers["content-type"] == "image/png"
    assert plain.content[:8] == b"\x89PNG\r\n\x1a\n" == marked.content[:8]
    assert plain.content != marked.content
    caller.get(path.replace(f"{hit['page']}.png", "999.png"), 404)


def test_documents_come_in_pages_without_gap_or_double(caller: Caller, examples: Shelf) -> None:
    pages = list(caller.pages(examples.path, limit=5))
    ids = [document["id"] for page in pages for document in page]
    assert {len(page) for page in pages[:-1]} == {5}
    assert len(set(ids)) == len(ids) == len(list((EXAMPLES / "documents").iterdir()))
    assert ids == sorted(ids)


@pytest.mark.parametrize("call", ["collection", "document"])
def test_a_repeated_request_with_its_key_gets_the_first_answer(
    caller: Caller, shelf: Shelf, call: str
) -> None:
    key, name = str(uuid4()), str(uuid4())

    def send(word: str) -> tuple[int, str, object]:
        if call == "document":
            answer = shelf.send(f"{word} {name}".encode(), key=key)
        else:
            body, headers = {"name": f"{word} {name}"}, {"Idempotency-Key": key}
            answer = caller.http.post("/v1/collections", json=body, headers=headers)
        return answer.status_code, answer.headers.get("idempotent-replayed", ""), answer.json()

    status, replayed, first = send("One")
    assert (status, replayed) == (202 if call == "document" else 201, "")
    assert send("One") == (status, "true", first)
    assert send("Other")[0] == 422


def test_another_workspace_sees_nothing_of_this_one(
    installation: Installation, examples: Shelf
) -> None:
    made = installation.ibid("bootstrap", "--workspace", f"Other {uuid4()}", "--json")
    assert made.returncode == 0, made.stderr
    with Caller(installation.api_url, json.loads(made.stdout)["api_key"]) as other:
        assert other.get("/v1/collections")["items"] == []
        assert other.get("/v1/jobs")["items"] == []
        assert other.search("foghorn")["hits"] == []
        other.get(f"/v1/collections/{examples.id}", 404)
        document = examples.documents(limit=1)[0]
        for rest in ("", "/content", "/text", "/versions", "/pages/1.png"):
            other.get(f"/v1/documents/{document['id']}{rest}", 404)
        assert other.http.delete(f"/v1/documents/{document['id']}").status_code == 404
