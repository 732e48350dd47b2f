"""What people and programs get wrong is told them, and breaks nothing."""

import http.client
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest

from e2e.caller import Answer, Caller, Shelf, problem
from e2e.installation import MAX_UPLOAD_BYTES, Installation
from libs.testing.documents import make_docx, make_pdf

_UNKNOWN = "01890000-0000-7000-8000-000000000000"
_PDF = make_pdf(["A page.", "Another page."])
_ODD_NAMES = [
    "../../etc/passwd",
    "/etc/shadow",
    "\u202egpj.txt",
    "ملف.txt",
    "a" * 4_000 + ".txt",
    'quote".txt',
    "line\r\nbreak.txt",
    "$(touch x); `id`.txt",
    "<img src=x onerror=alert(1)>.txt",
    "%00%2e%2e.txt",
    " ",
    "CON",
]


def _operations(caller: Caller) -> Iterator[tuple[str, str]]:
    """Method and address of every private call, for a thing that is not there."""
    for path, item in caller.get("/schema/openapi.json")["paths"].items():
        if path.startswith("/v1/"):
            address = re.sub(r"\{\w+\}", _UNKNOWN, path.replace("{number}", "1"))
            for method in item.keys() & {"get", "post", "patch", "delete"}:
                yield method.upper(), address


@pytest.mark.parametrize("key", [None, "ibid_x", f"ibid_{_UNKNOWN}_secret", "ü", "x" * 5_000])
def test_nothing_private_is_shown_without_a_key_that_works(
    installation: Installation, key: str | None
) -> None:
    with Caller(installation.api_url) as stranger:
        headers = {} if key is None else {b"Authorization": f"Bearer {key}".encode()}
        operations = list(_operations(stranger))
        assert len(operations) > 15
        for method, path in operations:
            refused = stranger.http.request(method, path, headers=headers)
            problem(refused, 401)
            assert refused.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_from_then_on(installation: Installation) -> None:
    made = installation.ibid("bootstrap", "--workspace", f"Short {uuid4()}", "--json")
    key = json.loads(made.stdout)["api_key"]
    with Caller(installation.api_url, key) as caller:
        key_id = caller.get("/v1/auth/whoami")["api_key_id"]
        with psycopg.connect(installation.database_url) as connection:
            connection.execute("update api_keys set revoked_at = now() where id = %s", (key_id,))
        problem(caller.http.get("/v1/auth/whoami"), 401)


def test_what_is_not_there_is_not_found(caller: Caller) -> None:
    missing = [(method, path) for method, path in _operations(caller) if _UNKNOWN in path]
    assert len(missing) > 12
    for method, path in missing:
        files = {"file": b"x"} if method == "POST" and path.endswith("documents") else None
        body = _body(method, path)
        problem(caller.http.request(method, path, files=files, json=body), 404)
    for path in ("/v1/nothing", "/v1/documents/no-uuid", "/v1", "/etc/passwd", "/%2e%2e"):
        problem(caller.http.get(path), 404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"name": 5}',
        b'{"name": ""}',
        b'{"name": "x", "colour": "red"}',
        b'{"name": "nul \\u0000"}',
        b'{"name": "\\ud800"}',
        b'{"name": "caf\xe9"}',
        b"[" * 100_000,
    ],
    ids=lambda body: ascii(body)[:24],
)
def test_a_malformed_collection_is_a_bad_request(caller: Caller, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    problem(caller.http.post("/v1/collections", content=body, headers=headers), 400)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": None},
        {"query": "a", "limit": 0},
        {"query": "a", "limit": 101},
        {"query": "a", "mode": "psychic"},
        {"query": "a", "colour": "red"},
        {"query": "a", "filters": {"colour": "red"}},
        {"query": "a", "collections": ["x"]},
        {"query": "a", "cursor": "x"},
        {"query": "a" * 4_001},
        {"query": "a\0"},
    ],
    ids=str,
)
def test_a_malformed_search_is_a_bad_request(caller: Caller, body: Answer) -> None:
    problem(caller.http.post("/v1/search", json=body), 400)


@pytest.mark.parametrize("query", ["", " \n\t"])
def test_an_empty_query_breaks_a_rule(caller: Caller, query: str) -> None:
    problem(caller.http.post("/v1/search", json={"query": query}), 400)


def test_a_cursor_that_no_list_gave_is_a_bad_request(caller: Caller, shelf: Shelf) -> None:
    versions = f"/v1/documents/{shelf.add(b'x')['id']}/versions"
    for path in ("/v1/collections", shelf.path, "/v1/jobs", versions):
        for parameters in ({"cursor": "x"}, {"cursor": "\0"}, {"limit": "0"}, {"limit": "many"}):
            problem(caller.http.get(path, params=parameters), 400)


def test_a_document_over_the_limit_is_refused(shelf: Shelf) -> None:
    refused = shelf.send(b"x" * (MAX_UPLOAD_BYTES + 1))
    assert str(MAX_UPLOAD_BYTES) in problem(refused, 413)["detail"]
    assert shelf.documents() == []


def test_a_body_without_a_length_is_cut_off_at_the_limit(caller: Caller, shelf: Shelf) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        while True:
            yield bytes(1 << 16)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    problem(caller.http.post(shelf.path, content=endless(), headers=headers), 413)


def test_an_announced_length_over_the_limit_is_refused_before_the_body(
    installation: Installation, shelf: Shelf
) -> None:
    connection = http.client.HTTPConnection(urlsplit(installation.api_url).netloc, timeout=30)
    connection.putrequest("POST", shelf.path)
    connection.putheader("Authorization", f"Bearer {installation.key}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        (b"", "a.txt", 422),
        (b"\x7fELF\x02\x01\x01" + bytes(99), "a.txt", 415),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a.pdf", 415),
        (b"PK\x05\x06" + bytes(18), "a.zip", 415),
    ],
)
def test_a_document_that_cannot_be_one_is_refused(
    shelf: Shelf, content: bytes, name: str, status: int
) -> None:
    problem(shelf.send(content, name), status)
    assert shelf.documents() == []


def test_a_form_that_is_none_is_refused(caller: Caller, shelf: Shelf) -> None:
    problem(caller.http.post(shelf.path, json={"file": "x"}), 415)
    problem(caller.http.post(shelf.path, files={"other": b"x"}), 400)
    problem(shelf.send(b"x", metadata="[1]"), 400)
    problem(shelf.send(b"x", metadata="{"), 400)


@pytest.mark.parametrize(
    ("content", "name", "remedy"),
    [
        (_PDF[: len(_PDF) // 3], "cut.pdf", "upload it again"),
        (b"%PDF-1.7\nbroken", "broken.pdf", "upload it again"),
        (make_pdf(["Secret."], password="lighthouse"), "locked.pdf", "remove the password"),
        (make_docx([("", "A text.")])[:-40], "cut.docx", "upload it again"),
        (make_pdf([""]), "blank.pdf", "no text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_document_that_cannot_be_read_says_what_to_do(
    caller: Caller, shelf: Shelf, content: bytes, name: str, remedy: str
) -> None:
    sent = shelf.send(content, name)
    assert sent.status_code == 202
    job = caller.until_done(sent.json()["job"]["id"])
    document = caller.get(f"/v1/documents/{job['document_id']}")
    assert (job["state"], document["status"]) == ("failed", "failed")
    assert job["attempt"] <= 1
    assert remedy in document["failure"] == job["error"]
    assert document["published_version"] is None


def test_nul_bytes_and_invalid_utf_8_survive(caller: Caller, shelf: Shelf) -> None:
    content = b"\0before \0\0 caf\xe9 \xff\xfe\r\nafter \xed\xa0\x80 the lantern\0"
    document = shelf.add(content)
    path = f"/v1/documents/{document['id']}/content"
    assert caller.http.get(path).content == content
    text = caller.text(document["id"])["text"]
    assert "\0" not in text
    assert "the lantern" in text
    hit = shelf.search("lantern")[0]
    assert text[hit["start"] : hit["end"]] == hit["text"]


@pytest.mark.parametrize("name", _ODD_NAMES, ids=lambda name: ascii(name)[:20])
def test_an_odd_file_name_is_data(caller: Caller, shelf: Shelf, name: str) -> None:
    document = shelf.add(b"A text.", name)
    assert document["file_name"] == name
    response = caller.http.get(f"/v1/documents/{document['id']}/content")
    assert response.content == b"A text."
    assert response.headers["content-disposition"].startswith("attachment; ")


def _body(method: str, path: str) -> dict[str, object] | None:
    """What the call would take, if what its path names were there."""
    if method == "POST" and path.endswith("queries"):
        return {"queries": [{"id": "q", "text": "x", "margin": 0, "a": {}}]}
    return {"name": "x"} if method == "PATCH" else None
