"""Plain HTTP, as a program without our client would speak it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

type Answer = dict[str, Any]

PATIENCE_SECONDS = 90


class Caller:
    """Sends requests with an API key; without one, as a stranger."""

    def __init__(self, url: str, key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def get(self, path: str, expected: int = 200, **parameters: str | int | None) -> Answer:
        return self._get(path, parameters, expected)

    def post(
        self,
        path: str,
        body: object = None,
        expected: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return _body(self.http.post(path, json=body, headers=headers), expected)

    def pages(self, path: str, **parameters: str | int) -> Iterator[list[Answer]]:
        """Yield the items of every page of a list."""
        cursor: str | None = ""
        while cursor is not None:
            page = self._get(path, {**parameters, "cursor": cursor or None})
            yield page["items"]
            cursor = page["next_cursor"]

    def search(self, query: str, **body: object) -> Answer:
        return self.post("/v1/search", {"query": query, **body})

    def text(self, document_id: str, **parameters: int) -> Answer:
        return self.get(f"/v1/documents/{document_id}/text", **parameters)

    def until_done(self, job_id: str) -> Answer:
        """Wait for the job to end, and return it; the API may be away for a moment."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        job: Answer = {}
        while job.get("state") not in ("done", "failed", "cancelled"):
            assert time.monotonic() < deadline, job
            answer = self.http.get(f"/v1/jobs/{job_id}")
            if answer.status_code != 503:
                job = _body(answer, 200)
            time.sleep(0.1)
        return job

    def make_shelf(self, name: str) -> "Shelf":
        return Shelf(self, self.post("/v1/collections", {"name": name}, 201)["id"])

    def find_shelf(self, name: str) -> "Shelf":
        known = [one for page in self.pages("/v1/collections") for one in page]
        [found] = [one for one in known if one["name"] == name]
        return Shelf(self, found["id"])

    def _get(
        self, path: str, parameters: Mapping[str, str | int | None], expected: int = 200
    ) -> Answer:
        given = {name: value for name, value in parameters.items() if value is not None}
        return _body(self.http.get(path, params=given), expected)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A collection, and the way to put documents into it."""

    caller: Caller
    id: str

    @property
    def path(self) -> str:
        return f"/v1/collections/{self.id}/documents"

    def send(
        self,
        content: bytes,
        name: str = "a.txt",
        *,
        wait: int = 0,
        key: str | None = None,
        **fields: str,
    ) -> httpx.Response:
        """Upload a document and return what the API says to it."""
        return self._send(content, name, fields, wait, key)

    def add(self, content: bytes, name: str = "a.txt", **fields: str) -> Answer:
        """Upload a document and return it when it can be found."""
        answer = _body(self._send(content, name, fields), 202)
        job = self.caller.until_done(answer["job"]["id"])
        assert job["state"] == "done", job
        return self.caller.get(f"/v1/documents/{job['document_id']}")

    def documents(self, **parameters: str | int) -> list[Answer]:
        pages = self.caller.pages(self.path, **parameters)
        return [document for page in pages for document in page]

    def search(self, query: str, **body: object) -> list[Answer]:
        hits: list[Answer] = self.caller.search(query, collections=[self.id], **body)["hits"]
        return hits

    def _send(
        self,
        content: bytes,
        name: str,
        fields: Mapping[str, str],
        wait: int = 0,
        key: str | None = None,
    ) -> httpx.Response:
        return self.caller.http.post(
            self.path,
            params={"wait": wait} if wait else {},
            files={"file": (name, content)},
            data=fields,
            headers={"Idempotency-Key": key} if key else {},
        )


def problem(response: httpx.Response, status: int) -> Answer:
    """The problem that the response must be."""
    body = _body(response, status)
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert body["type"].startswith("/problems/")
    assert body["title"]
    assert body["detail"]
    assert len(body["trace_id"]) == 32
    return body


def _body(response: httpx.Response, expected: int) -> Answer:
    assert response.status_code == expected, response.text
    body: Answer = response.json()
    return body
