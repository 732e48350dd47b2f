"""A stand-in for the API, and a way to run ``ibid`` against it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from cli.app import create_app
from cli.parts import Parts
from ibid_client import AsyncClient, Client
from ibid_contract import (
    Collection,
    Completions,
    Document,
    DocumentStatus,
    Hit,
    Identity,
    Job,
    JobState,
    Model,
    Page,
    Problem,
    SearchResponse,
    Stage,
    Uploaded,
)
from libs.testing.postgres import app_url, owner_url, postgres_server

__all__ = ["app_url", "owner_url", "postgres_server"]

ID = UUID(int=7)
_HIT = Hit(ID, 1, "A", ID, 1, 0, 1, None, "a", [], 0.5, {}, ID, "text/plain")
FOUND, NOTHING = SearchResponse([_HIT], {}, 1, None, 1.0), SearchResponse([], {}, 0, None, 1.0)
_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_ENVIRON = {
    "IBID_API_URL": "http://api.test",
    "IBID_WEB_URL": "http://web.test",
    "IBID_API_KEY": "key",
}


def a_document(**changes: Any) -> Document:
    made = Document(
        ID, ID, None, "A", {}, DocumentStatus.PENDING, None, 1, None, "text/plain", "a.txt", 3,
        None, ID, _NOW, _NOW,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def a_job(state: JobState, error: str | None = None) -> Job:
    code = error and "encrypted"
    return Job(ID, ID, 1, state, Stage.EMBED, 0, 0, None, None, code, error, _NOW, None, None)


def a_collection(name: str, documents: int = 0) -> Collection:
    return Collection(UUID(int=len(name)), name, "", documents, _NOW, _NOW)


class Api:
    """A stand-in for the API: its collections, and what it makes of an upload."""

    def __init__(self) -> None:
        self.collections: list[Collection] = []
        self.documents: list[Document] | None = None
        self.documents_of: dict[UUID, list[Document]] = {}
        self.uploads: list[tuple[str, bytes]] = []
        self.searches: list[Any] = []
        self.answer_upload: Callable[[str], tuple[int, object]] = lambda _: (
            202,
            Uploaded(a_document(), a_job(JobState.PENDING)),
        )
        self.end: Job | None = a_job(JobState.DONE)
        self.search = SearchResponse([], {}, 0, None, 1.0)
        self.answer_search: Callable[[dict[str, object]], SearchResponse | Problem] = lambda _: (
            self.search
        )
        self.models: list[Model] = []
        self.completions = Completions([])
        self.readiness: dict[str, object] = {"status": "ready"}
        self.failure: Exception | Problem | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self.failure, Exception):
            raise self.failure
        if request.url.host == "gone.test":
            raise httpx.ConnectError("refused")
        if request.url.path == "/readyz":
            return _json(self.readiness, 503 if "reasons" in self.readiness else 200)
        if isinstance(self.failure, Problem):
            return _json(self.failure, self.failure.status)
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path.split("/")[2:]:
            case "GET", ["auth", "whoami"]:
                return _json(Identity(ID, "Research", ID, "owner"))
            case "GET", ["collections"]:
                return _json(Page(self.collections))
            case "POST", ["collections"]:
                name = msgspec.json.decode(request.content)["name"]
                self.collections.append(a_collection(name))
                return _json(self.collections[-1], 201)
            case "POST", ["collections", _, "documents"]:
                return self._upload(request.content)
            case "GET", ["collections", place, "documents"] if self.documents_of:
                return _json(Page(self.documents_of[UUID(place)]))
            case "GET", ["collections", _, "documents"]:
                if self.documents is not None:
                    return _json(Page(self.documents))
                is_failed = request.url.params["status"] == "failed"
                return _json(Page([a_document()] if is_failed else []))
            case "GET", ["jobs"]:
                return _json(Page([self.end] if request.url.params.get("state") == "done" else []))
            case "GET", ["jobs", _, "events"]:
                if self.end is None:
                    problem = Problem("/problems/not-found", "Not found", 404, "No such job.")
                    return _json(problem, 404)
                return httpx.Response(200, content=b"data: " + _encode(self.end) + b"\n\n")
            case "POST", ["search"]:
                self.searches.append(msgspec.json.decode(request.content))
                found = self.answer_search(self.searches[-1])
                return _json(found, found.status if isinstance(found, Problem) else 200)
            case "GET", ["models"]:
                return _json(Page(self.models))
            case "GET", ["documents", document_id, "similar"]:
                self.searches.append({"like": document_id, **request.url.params})
                return _json(self.search)
            case "GET", ["completions"]:
                self.searches.append(dict(request.url.params))
                return _json(self.completions)
        raise AssertionError(request.url)

    def _upload(self, body: bytes) -> httpx.Response:
        external_id, *_, file, _ = body.split(b"\r\n--")
        name = external_id.split(b"\r\n\r\n", 1)[1].decode()
        self.uploads.append((name, file.split(b"\r\n\r\n", 1)[1]))
        status, answer = self.answer_upload(name)
        return _json(answer, status)


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value)


def _json(value: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=_encode(value))


@pytest.fixture
def api() -> Api:
    return Api()


class Run:
    """Runs ``ibid`` against the stand-in."""

    def __init__(self, api: Api) -> None:
        self.environ = dict(_ENVIRON)
        self._api = api

    def __call__(self, *arguments: object) -> "Ended":
        parts = Parts(
            self.environ,
            lambda url, key: Client(url, key, transport=httpx.MockTransport(self._api)),
            lambda url, key: AsyncClient(url, key, transport=httpx.MockTransport(self._api)),
        )
        result = CliRunner().invoke(create_app(parts), [str(one) for one in arguments])
        return Ended(result.exit_code, result.stdout, result.stderr)


class Ended(msgspec.Struct, frozen=True):
    code: int
    out: str
    err: str


@pytest.fixture
def ibid(api: Api) -> Run:
    return Run(api)


@pytest.fixture
def judged(tmp_path: Path, api: Api) -> tuple[object, ...]:
    """Options that name a judged set of one query, which the only document answers."""
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "what is a"}\n')
    (tmp_path / "qrels.tsv").write_text("q1\ta.txt\t1\n")
    api.collections = [a_collection("Shelf")]
    api.documents = [a_document(external_id="a.txt")]
    return ("--set", tmp_path, "--collection", "Shelf")


def answer_by_model(api: Api, *, model: SearchResponse, active: SearchResponse) -> None:
    """Let searches that name the model e5 find something else than those that name none."""
    api.answer_search = lambda request: model if request.get("model") == "e5" else active
