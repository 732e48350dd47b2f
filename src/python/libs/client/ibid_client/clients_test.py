from datetime import UTC, datetime
from uuid import UUID

import httpx
import msgspec
import pytest

import ibid_client
from ibid_client import AsyncClient, Client
from ibid_client.conftest import URL, Use, answer
from ibid_contract import (
    Collection,
    Document,
    DocumentStatus,
    Identity,
    Page,
    Problem,
    SearchRequest,
    SearchResponse,
)

_ID = UUID(int=7)
_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_IDENTITY = Identity(_ID, "Research", _ID, "owner")
_COLLECTION = Collection(_ID, "Papers", "", 0, _NOW, _NOW)
_DOCUMENT = Document(
    _ID, _ID, None, "A", {}, DocumentStatus.PENDING, None, 1, None, "text/plain", "a.txt", 3, None,
    _ID, _NOW, _NOW,
)  # fmt: skip


def test_the_clients_have_the_same_methods() -> None:
    assert {name for name in dir(Client) if name[0] != "_"} == {
        name for name in dir(AsyncClient) if name[0] != "_"
    }


def test_a_request_carries_the_key_and_the_headers_of_the_hook(use: Use) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer(_IDENTITY)

    client = {"headers": lambda: {"traceparent": "00-1-2-01"}}
    assert use(handler, "whoami", client=client) == _IDENTITY
    (request,) = seen
    assert (request.method, str(request.url)) == ("GET", f"{URL}/v1/auth/whoami")
    assert request.headers["authorization"] == "Bearer key"
    assert request.headers["traceparent"] == "00-1-2-01"


def test_a_list_is_followed_to_its_end(use: Use) -> None:
    seen: list[dict[str, str]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(dict(request.url.params))
        return answer(Page([_DOCUMENT], "more" if len(seen) < 3 else None))

    status = DocumentStatus.READY
    assert use(handler, "documents", _ID, status=status, limit=1) == [_DOCUMENT] * 3
    first = {"status": "ready", "limit": "1"}
    assert seen == [first, first | {"cursor": "more"}, first | {"cursor": "more"}]


def test_one_page_is_one_request(use: Use) -> None:
    page = use(lambda _: answer(Page([_COLLECTION], "more")), "list_collections")
    assert page == Page([_COLLECTION], "more")


def test_a_patch_sends_what_is_given(use: Use) -> None:
    bodies: list[object] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(msgspec.json.decode(request.content))
        return answer(_COLLECTION)

    use(handler, "update_collection", _ID, description="")
    assert bodies == [{"description": ""}]


def test_a_deletion_has_no_result(use: Use) -> None:
    assert use(lambda _: httpx.Response(204), "delete_document", _ID) is None


def test_fields_that_a_newer_server_adds_are_ignored(use: Use) -> None:
    body = msgspec.to_builtins(_IDENTITY) | {"mood": "good"}
    assert use(lambda _: answer(body), "whoami") == _IDENTITY


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "BadRequest"),
        (401, "Denied"),
        (403, "Denied"),
        (404, "NotFound"),
        (409, "Conflict"),
        (413, "TooLarge"),
        (415, "Unsupported"),
        (418, "ProblemError"),
        (422, "Rejected"),
        (429, "TooManyRequests"),
        (500, "Unavailable"),
        (503, "Unavailable"),
    ],
)
def test_a_problem_is_raised_as_the_class_of_its_status(use: Use, status: int, kind: str) -> None:
    problem = Problem("/problems/x", "X", status, "Do y.", "trace")
    with pytest.raises(ibid_client.ProblemError, match=r"Do y\.") as caught:
        use(lambda _: answer(problem, status), "get_job", _ID)
    assert type(caught.value) is getattr(ibid_client, kind)
    assert caught.value.problem == problem


def test_a_service_that_is_not_ready_says_why(use: Use) -> None:
    body = {"status": "not ready", "reasons": {"database": "no answer"}}
    assert use(lambda _: answer(body, 503), "readiness").reasons == {"database": "no answer"}
    assert use(lambda _: answer({"status": "ready"}), "readiness").reasons == {}


def test_an_error_without_a_problem_becomes_one(use: Use) -> None:
    with pytest.raises(ibid_client.Unavailable, match="502 Bad Gateway") as caught:
        use(lambda _: httpx.Response(502, html="<h1>Bad</h1>"), "whoami")
    assert caught.value.problem.status == 502


@pytest.mark.parametrize(
    ("status", "content"),
    [(200, b"<h1>Welcome</h1>"), (200, b'{"id": 1}'), (301, b""), (204, b"")],
)
def test_an_answer_of_something_else_is_unexpected(use: Use, status: int, content: bytes) -> None:
    headers = {"location": "https://elsewhere"}
    with pytest.raises(ibid_client.UnexpectedAnswer):
        use(lambda _: httpx.Response(status, content=content, headers=headers), "whoami")


def test_a_search_goes_on_with_its_cursor(use: Use) -> None:
    seen: list[object] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(msgspec.json.decode(request.content))
        return answer(SearchResponse([], {}, 0, "more" if len(seen) < 2 else None, 1.0))

    call = ibid_client.calls.search(SearchRequest("where", limit=5))
    assert len(use(handler, "pages", call)) == 2
    assert seen == [
        {"query": "where", "limit": 5},
        {"query": "where", "limit": 5, "cursor": "more"},
    ]
