import io
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest

import ibid_client
from ibid_client.conftest import URL, Use, answer
from ibid_contract import Document, DocumentStatus, Job, JobState, Problem, Stage, Uploaded

_ID = UUID(int=7)
_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_DOCUMENT = Document(
    _ID, _ID, None, "A", {}, DocumentStatus.PENDING, None, 1, None, "text/plain", "a.txt", 3, None,
    _ID, _NOW, _NOW,
)  # fmt: skip


def _job(state: JobState = JobState.RUNNING, progress: float = 0) -> Job:
    return Job(
        _ID, _ID, 1, state, Stage.EMBED, progress, 0, None, None, None, None, _NOW, _NOW, None
    )


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
        return answer(Uploaded(_DOCUMENT, None), 202)

    uploaded = use(
        handler, "upload", _ID, path, external_id="x/ä", metadata={"year": 2026}, wait=30
    )
    assert uploaded == Uploaded(_DOCUMENT, None)
    (request,) = seen
    assert str(request.url) == f"{URL}/v1/collections/{_ID}/documents?wait=30"
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
        return answer(Uploaded(_DOCUMENT, None), 202)

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
        use(lambda _: answer(problem, 404), "content", _ID)


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
        use(lambda _: answer(problem, 404), "job_events", _ID)
