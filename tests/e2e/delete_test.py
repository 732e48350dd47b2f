"""After DELETE has answered, no endpoint yields a trace."""

from e2e.caller import Caller, Shelf
from e2e.installation import Installation

_WORD = b"The word for it is Kattegattsfyr. "


def _assert_gone(caller: Caller, document_id: str, job_id: str) -> None:
    path = f"/v1/documents/{document_id}"
    for rest in ("", "/content", "/text", "/versions", "/pages/1.png"):
        caller.get(path + rest, 404)
    assert caller.http.delete(path).status_code == 404
    for rest in ("", "/events"):
        caller.get(f"/v1/jobs/{job_id}{rest}", 404)
    for act in ("retry", "cancel"):
        caller.post(f"/v1/jobs/{job_id}/{act}", expected=404)
    assert caller.get("/v1/jobs", document_id=document_id)["items"] == []
    for mode in ("hybrid", "lexical", "semantic"):
        for filters in ({}, {"documents": [document_id]}):
            found = caller.search("Kattegattsfyr", mode=mode, filters=filters, limit=100)
            assert document_id not in {hit["document_id"] for hit in found["hits"]}


def test_a_deleted_document_leaves_no_trace(caller: Caller, shelf: Shelf) -> None:
    document = shelf.add(_WORD * 20, external_id="a")
    assert shelf.search("Kattegattsfyr", mode="lexical")[0]["document_id"] == document["id"]
    newest = shelf.add(_WORD * 21, external_id="a")
    assert caller.http.delete(f"/v1/documents/{document['id']}").status_code == 204
    for job_id in (document["job_id"], newest["job_id"]):
        _assert_gone(caller, document["id"], job_id)
    assert shelf.documents() == []
    assert caller.get(f"/v1/collections/{shelf.id}")["documents"] == 0
    assert shelf.add(_WORD * 20, external_id="a")["id"] != document["id"]


def test_a_deleted_collection_takes_its_documents_along(caller: Caller, shelf: Shelf) -> None:
    document = shelf.add(_WORD * 22)
    assert caller.http.delete(f"/v1/collections/{shelf.id}").status_code == 204
    _assert_gone(caller, document["id"], document["job_id"])
    caller.get(f"/v1/collections/{shelf.id}", 404)
    caller.get(shelf.path, 404)
    assert caller.search("Kattegattsfyr", collections=[shelf.id])["hits"] == []


def test_a_document_that_is_deleted_while_it_is_read_stays_gone(
    caller: Caller, shelf: Shelf, installation: Installation
) -> None:
    with installation.paused("orchestrator"):
        sent = shelf.send(_WORD * 2_000).json()
    assert caller.http.delete(f"/v1/documents/{sent['document']['id']}").status_code == 204
    shelf.add(b"Read after it.")
    _assert_gone(caller, sent["document"]["id"], sent["job"]["id"])
