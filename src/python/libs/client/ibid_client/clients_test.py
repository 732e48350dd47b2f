"""Both clients behave alike, so each test here runs with each of them."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

import ibid_client
from ibid_client import AsyncClient, Client, RetryPolicy
from ibid_contract import (
    Collection,
    Document,
    DocumentStatus,
    Identity,
    Job,
    JobState,
    Page,
    Problem,
    SearchRequest,
    SearchResponse,
    Stage,
    Uploaded,
)

_URL = "http://ibid.test/base"
_ID = UUID(int=7)
_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_IDENTITY = Identity(_ID, "Research", _ID, "owner")
_COLLECTION = Collection(_ID, "Papers", "", 0, _NOW, _NOW)
_DOCUMENT = Document(
    _ID, _ID, None, "A", {}, DocumentStatus.PENDING, None, 1, None, "text/plain", "a.txt", 3, None,
    _ID, _NOW, _NOW,
)  # fmt: skip

type Handler = Callable[[httpx.Request], httpx.Response]
type Use = Callable[..., Any]


def _job(state: JobState = JobState.RUNNING, progress: float = 0) -> Job:
    return Job(
        _ID, _ID, 1, state, Stage.EMBED, progress, 0, None, None, None, None, _NOW, _NOW, None
    )


def _json(value: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=msgspec.json.encode(value), headers=headers)


def _sync(handler: Handler, method: str, *args: object, **options: Any) -> Any:
    settings = options.pop("client", {})
    with Client(_URL, "key", transport=httpx.MockTransport(handler), **settings) as ibid:
        result = getattr(ibid, method)(*args, **options)
        if hasattr(result, "__enter__"):
            with result as pieces:
                return list(pieces)
        return list(result) if isinstance(result, Iterator) else result


def _async(handler: Handler, method: str, *args: object, **options: Any) -> Any:
    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        return handler(request)

    async def run() -> Any:
        settings = options.pop("client", {})
        transport = httpx.MockTransport(answer)
        async with AsyncClient(_URL, "key", transport=transport, **settings) as ibid:
            result = getattr(ibid, method)(*args, **options)
            if hasattr(result, "__aenter__"):
                async with result as pieces:
                    return [piece async for piece in pieces]
            if isinstance(result, AsyncIterator):
                return [item async for item in result]
            return await result

    return asyncio.run(run())


@pytest.fixture(params=[_sync, _async], ids=["Client", "AsyncClient"])
def use(request: pytest.FixtureRequest) -> Use:
    """Call a method of a client whose requests the handler answers."""
    use: Use = request.param
    return use


def test_the_clients_have_the_same_methods() -> None:
    assert {name for name in dir(Client) if name[0] != "_"} == {
        name for name in dir(AsyncClient) if name[0] != "_"
    }


def test_a_request_carries_the_key_and_the_headers_of_the_hook(use: Use) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return _json(_IDENTITY)

    client = {"headers": lambda: {"traceparent": "00-1-2-01"}}
    assert use(handler, "whoami", client=client) == _IDENTITY
    (request,) = seen
    assert (request.method, str(request.url)) == ("GET", f"{_URL}/v1/auth/whoami")
    assert request.headers["authorization"] == "Bearer key"
    assert request.headers["traceparent"] == "00-1-2-01"


def test_a_list_is_followed_to_its_end(use: Use) -> None:
    seen: list[dict[str, str]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(dict(request.url.params))
        return _json(Page([_DOCUMENT], "more" if len(seen) < 3 else None))

    status = DocumentStatus.READY
    assert use(handler, "documents", _ID, status=status, limit=1) == [_DOCUMENT] * 3
    first = {"status": "ready", "limit": "1"}
    assert seen == [first, first | {"cursor": "more"}, first | {"cursor": "more"}]


def test_one_page_is_one_request(use: Use) -> None:
    page = use(lambda _: _json(Page([_COLLECTION], "more")), "list_collections")
    assert page == Page([_COLLECTION], "more")


def test_a_patch_sends_what_is_given(use: Use) -> None:
    bodies: list[object] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(msgspec.json.decode(request.content))
        return _json(_COLLECTION)

    use(handler, "update_collection", _ID, description="")
    assert bodies == [{"description": ""}]


def test_a_deletion_has_no_result(use: Use) -> None:
    assert use(lambda _: httpx.Response(204), "delete_document", _ID) is None


def test_fields_that_a_newer_server_adds_are_ignored(use: Use) -> None:
    body = msgspec.to_builtins(_IDENTITY) | {"mood": "good"}
    assert use(lambda _: _json(body), "whoami") == _IDENTITY


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
        use(lambda _: _json(problem, status), "get_job", _ID)
    assert type(caught.value) is getattr(ibid_client, kind)
    assert caught.value.problem == problem


def test_a_service_that_is_not_ready_says_why(use: Use) -> None:
    body = {"status": "not ready", "reasons": {"database": "no answer"}}
    assert use(lambda _: _json(body, 503), "readiness").reasons == {"database": "no answer"}
    assert use(lambda _: _json({"status": "ready"}), "readiness").reasons == {}


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


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError])
def test_a_broken_connection_is_tried_once_more(
    use: Use, error: type[httpx.TransportError]
) -> None:
    keys: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            raise error("broken")
        return _json(_COLLECTION, 201)

    assert use(handler, "create_collection", "Papers") == _COLLECTION
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_connection_that_stays_broken_is_told(use: Use) -> None:
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ConnectError("Connection refused")

    with pytest.raises(ibid_client.ConnectionFailed, match=f"{_URL} .* Connection refused"):
        use(handler, "whoami")
    assert len(calls) == 2


def test_a_timeout_is_not_tried_again(use: Use) -> None:
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ReadTimeout("timed out")

    with pytest.raises(ibid_client.ConnectionFailed):
        use(handler, "whoami")
    assert len(calls) == 1


@pytest.mark.parametrize("after", ["0", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_busy_server_is_asked_again_when_it_says_so(use: Use, after: str) -> None:
    answers = [503, 429, 503, 200]

    def handler(_: httpx.Request) -> httpx.Response:
        return _json(_IDENTITY, answers.pop(0), **{"retry-after": after})

    assert use(handler, "whoami") == _IDENTITY


@pytest.mark.parametrize("headers", [{}, {"retry-after": "11"}, {"retry-after": "soon"}])
def test_a_busy_server_is_not_waited_for_long(use: Use, headers: dict[str, str]) -> None:
    answers = [503]

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(answers.pop(0), headers=headers)

    with pytest.raises(ibid_client.Unavailable):
        use(handler, "whoami")


def test_a_busy_server_is_given_up_in_the_end(use: Use) -> None:
    answers = [503] * 3

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(answers.pop(), headers={"retry-after": "0"})

    with pytest.raises(ibid_client.Unavailable):
        use(handler, "whoami", client={"retries": RetryPolicy(busy=2)})
    assert answers == []


def test_a_search_goes_on_with_its_cursor(use: Use) -> None:
    seen: list[object] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(msgspec.json.decode(request.content))
        return _json(SearchResponse([], {}, 0, "more" if len(seen) < 2 else None, 1.0))

    call = ibid_client.calls.search(SearchRequest("where", limit=5))
    assert len(use(handler, "pages", call)) == 2
    assert seen == [
        {"query": "where", "limit": 5},
        {"query": "where", "limit": 5, "cursor": "more"},
    ]


def _parts(request: httpx.Request) -> list[bytes]:
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    assert request.headers["content-length"] == str(len(request.content))
    return request.content.split(b"--" + boundary)[1:-1]


def test_an_upload_sends_the_fields_and_then_the_bytes(use: Use, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\r\n--\0\xff")
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return _json(Uploaded(_DOCUMENT, None), 202)

    uploaded = use(
        handler, "upload", _ID, path, external_id="x/ä", metadata={"year": 2026}, wait=30
    )
    assert uploaded == Uploaded(_DOCUMENT, None)
    (request,) = seen
    assert str(request.url) == f"{_URL}/v1/collections/{_ID}/documents?wait=30"
    assert request.extensions["timeout"]["read"] == 60
    assert _parts(request) == [
        'Content-Disposition: form-data; name="external_id"\r\n\r\nx/ä\r\n'.encode().join(
            [b"\r\n", b""]
        ),
        b'\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"year":2026}\r\n',
        b'\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--\0\xff\r\n",
    ]


def test_an_upload_is_repeated_from_where_the_stream_stood(use: Use) -> None:
    stream = io.BytesIO(b"skipped, sent")
    stream.seek(9)
    bodies: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(_parts(request)[-1])
        if len(bodies) == 1:
            raise httpx.RemoteProtocolError("broken")
        return _json(Uploaded(_DOCUMENT, None), 202)

    use(handler, "upload", _ID, stream)
    assert len(bodies) == 2
    assert all(body.endswith(b"\r\n\r\nsent\r\n") for body in bodies)


class _Pipe(io.RawIOBase):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        taken, self._content = self._content[:3], self._content[3:]
        return taken


def test_a_stream_that_cannot_be_repeated_is_sent_once(use: Use) -> None:
    bodies: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        raise httpx.RemoteProtocolError("broken")

    with pytest.raises(ibid_client.ConnectionFailed):
        use(handler, "upload", _ID, _Pipe(b"some bytes"), file_name="pipe")
    (body,) = bodies
    assert b"some bytes" in body


def test_content_comes_in_pieces(use: Use) -> None:
    pieces = use(lambda _: httpx.Response(200, content=b"abc"), "content", _ID, version=2)
    assert b"".join(pieces) == b"abc"


def test_content_that_is_not_there_is_a_problem(use: Use) -> None:
    problem = Problem("/problems/not-found", "Not found", 404, "There is no such document.")
    with pytest.raises(ibid_client.NotFound, match="no such document"):
        use(lambda _: _json(problem, 404), "content", _ID)


def _event(job: Job) -> bytes:
    return b"event: job\r\ndata: " + msgspec.json.encode(job) + b"\r\n\r\n"


def test_a_job_is_followed_until_it_ends(use: Use) -> None:
    half, done = _job(progress=0.5), _job(JobState.DONE, 1)
    streams = [b": hello\n\n" + _event(half), _event(half) + _event(done) + _event(done)]

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=streams.pop(0))

    assert use(handler, "job_events", _ID) == [half, done]


def test_events_of_something_else_are_unexpected(use: Use) -> None:
    with pytest.raises(ibid_client.UnexpectedAnswer):
        use(lambda _: httpx.Response(200, content=b"data: 1\n\n"), "job_events", _ID)


def test_events_of_no_job_are_a_problem(use: Use) -> None:
    problem = Problem("/problems/not-found", "Not found", 404, "There is no such job.")
    with pytest.raises(ibid_client.NotFound):
        use(lambda _: _json(problem, 404), "job_events", _ID)
