"""An API that a dictionary plays, and pages drawn before it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from ibid_client import Client, RetryPolicy
from web.pages import activity, collections, documents, evaluations, search, upload
from web.pages import document as document_page

ID = "01890000-0000-7000-8000-000000000001"
NOW = "2026-11-23T12:00:00Z"

_PAGES = {
    "activity": activity,
    "collections": collections,
    "document": document_page,
    "documents": documents,
    "evaluations": evaluations,
    "search": search,
    "upload": upload,
}

type Answer = tuple[int, dict[str, Any]]


class FakeApi:
    """Answers a method and path with what ``answers`` has for it; ``asked`` are the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, bytes]] = []
        self.is_away = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("refused")
        call = f"{request.method} {request.url.path}"
        self.asked.append((call, request.content))
        status, body = self.answers.get(call, (404, problem(404, "There is nothing there.")))
        return httpx.Response(status, json=body)

    def client(self) -> Client:
        once = RetryPolicy(broken=(), busy=0)
        return Client("http://api", "key", transport=httpx.MockTransport(self), retries=once)


@pytest.fixture
def api() -> FakeApi:
    made = FakeApi()
    made.answers["GET /v1/collections"] = 200, page([collection()])
    made.answers[f"GET /v1/collections/{ID}"] = 200, collection()
    return made


@pytest.fixture
def draw(api: FakeApi) -> Callable[..., AppTest]:
    """Draws a page by its name at an address with these parameters."""

    def made(name: str, **params: str) -> AppTest:
        app = AppTest.from_function(_draw, kwargs={"page": _PAGES[name], "ibid": api.client()})
        app.query_params.update(params)
        return app.run(timeout=20)

    return made


def html(app: AppTest) -> str:
    """All the HTML of the page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def page(items: list[dict[str, Any]], next_cursor: str | None = None) -> dict[str, Any]:
    return {"items": items, "next_cursor": next_cursor}


def problem(status: int, detail: str) -> dict[str, Any]:
    return {"type": "/problems/x", "title": "X", "status": status, "detail": detail}


def collection(**changes: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "name": "Papers",
        "description": "",
        "documents": 2,
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def document(**changes: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "collection_id": ID,
        "external_id": None,
        "title": "A title",
        "metadata": {},
        "status": "ready",
        "failure": None,
        "version": 1,
        "published_version": 1,
        "media_type": "text/plain",
        "file_name": "a.txt",
        "size_bytes": 10,
        "pages": 1,
        "job_id": ID,
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }


def job(**changes: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "document_id": ID,
        "version": 1,
        "state": "done",
        "stage": "publish",
        "progress": 1.0,
        "attempt": 0,
        "worker": None,
        "lease_until": None,
        "error_code": None,
        "error": None,
        "created_at": NOW,
        "started_at": NOW,
        "finished_at": NOW,
        **changes,
    }


def _draw(page: object, ibid: object) -> None:
    """Runs as a script of its own, so it imports what it needs."""
    from web.shell.guard import guarded

    guarded(page.draw)(ibid)  # type: ignore[attr-defined] # a page is a module
