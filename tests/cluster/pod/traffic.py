"""``python -m cluster.pod.traffic``: people who search, upload and look, at a steady pace.

No request is ever sent twice but an upload that got no answer: with its Idempotency-Key, as our
client does; the first one counts as failed all the same.
"""

import asyncio
import json
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import httpx

from cluster.pod.dashboard import Dashboard
from cluster.pod.recorder import Recorder
from cluster.pod.texts import KNOWN, document

ACCEPTED = Path("/tmp/accepted.jsonl")
API, WEB = os.environ.get("IBID_API_URL", ""), os.environ.get("IBID_WEB_URL", "")

_SEARCHERS, _WITHOUT_KEEP_ALIVE = 12, 2
_DASHBOARDS, _CLICK_SECONDS = 3, 5.0
_UPLOADS_PER_SECOND = _PAGES_PER_SECOND = 1.0
_TIMEOUT_SECONDS = 30.0
_AGAIN_SECONDS = 1.0
_SENDERS = 8


class Traffic:
    """``accepted`` keeps a line for each document that the API has promised to make searchable."""

    def __init__(
        self, key: str, collection_id: str, recorder: Recorder, accepted: Callable[[str], None]
    ) -> None:
        self._key = key
        self._collection_id = collection_id
        self._recorder = recorder
        self._accepted = accepted
        self._number = time.time_ns() // 10**9 % 10**6 * 10

    async def search(self, interval: float, *, keeps_alive: bool) -> None:
        queries = list(KNOWN)
        chosen = random.Random(interval)
        async with self._client(API, keeps_alive=keeps_alive) as http:
            async for due in _ticks(interval):
                body = {"query": chosen.choice(queries), "collections": [self._collection_id]}
                send = partial(http.post, "/v1/search", json=body)
                answer = await self._ask("search", send, due)
                if answer is not None and not answer.json()["hits"]:
                    self._recorder.failed("search", "200, and nothing was found")

    async def upload(self, interval: float) -> None:
        async with self._client(API) as http:
            async for due in _ticks(interval):
                self._number += 1
                await self._upload(http, self._number, due)

    async def look(self, interval: float) -> None:
        """Load the dashboard's page, without what it then connects to."""
        async with self._client(WEB) as http:
            async for due in _ticks(interval):
                await self._ask("page", lambda: http.get("/"), due)

    async def _upload(self, http: httpx.AsyncClient, number: int, due: float) -> None:
        answer = None
        while answer is None:
            answer = await self._ask(
                "upload",
                lambda: http.post(
                    f"/v1/collections/{self._collection_id}/documents",
                    files={"file": (f"{number}.txt", document(number))},
                    headers={"Idempotency-Key": f"proof-{self._collection_id}-{number}"},
                ),
                due,
            )
            if answer is None:
                await asyncio.sleep(_AGAIN_SECONDS)
        accepted = {"number": number, "document": answer.json()["document"]["id"]}
        self._accepted(json.dumps(accepted))

    async def _ask(
        self, kind: str, send: Callable[[], Awaitable[httpx.Response]], due: float
    ) -> httpx.Response | None:
        try:
            answer = await send()
        except httpx.HTTPError as error:
            self._recorder.failed(kind, f"{type(error).__name__}: {error}")
            return None
        if not answer.is_success:
            patience = "with" if answer.headers.get("retry-after", "").isdecimal() else "without"
            self._recorder.failed(kind, f"{answer.status_code} {patience} Retry-After")
            return None
        self._recorder.answered(kind, time.monotonic() - due)
        return answer

    def _client(self, url: str, *, keeps_alive: bool = True) -> httpx.AsyncClient:
        """A client with one connection, which it keeps as long as it may."""
        return httpx.AsyncClient(
            base_url=url,
            timeout=_TIMEOUT_SECONDS,
            headers={"Authorization": f"Bearer {self._key}"},
            cookies={"ibid-key": self._key},
            limits=httpx.Limits(
                max_connections=1,
                max_keepalive_connections=1 if keeps_alive else 0,
                keepalive_expiry=None,
            ),
        )


async def _ticks(interval: float) -> AsyncIterator[float]:
    """Yield when it is time, and when that was; what is more than a second late is left out."""
    due = time.monotonic() + random.random() * interval
    while True:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        yield due
        due = max(due + interval, time.monotonic() - 1)


async def _collection(key: str, documents: int) -> str:
    """Make a collection in which every known query finds something, with so many other documents.

    Where they are many, a search takes no longer when those of a phase have come.
    """
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=API, headers=headers, timeout=90) as http:
        made = await http.post("/v1/collections", json={"name": f"proof {time.time_ns()}"})
        made.raise_for_status()
        path = f"/v1/collections/{made.json()['id']}/documents"
        texts = [text.encode() for text in KNOWN.values()]
        texts += [document(10**7 + number) for number in range(documents)]
        numbered = iter(enumerate(texts))

        async def send() -> None:
            for number, text in numbered:
                sent = await http.post(
                    path, params={"wait": 60}, files={"file": (f"before-{number}.txt", text)}
                )
                sent.raise_for_status()
                assert sent.json()["job"]["state"] == "done", sent.text

        async with asyncio.TaskGroup() as group:
            for _ in range(_SENDERS):
                group.create_task(send())
    return str(made.json()["id"])


def _dashboards(key: str, recorder: Recorder) -> list[Dashboard]:
    [(query, text), *_] = KNOWN.items()
    address = httpx.URL(WEB)
    expected = text.split(". ")[1].split(",")[1].strip().encode()
    return [
        Dashboard(address.host, address.port or 80, key, query, expected, recorder, _CLICK_SECONDS)
        for _ in range(_DASHBOARDS)
    ]


async def run(key: str, rate: float, documents: int, accepted: Callable[[str], None]) -> None:
    recorder = Recorder(lambda line: print(line, flush=True))
    traffic = Traffic(key, await _collection(key, documents), recorder, accepted)
    interval = _SEARCHERS / (rate - _UPLOADS_PER_SECOND - _PAGES_PER_SECOND)
    async with asyncio.TaskGroup() as group:
        group.create_task(recorder.run())
        group.create_task(traffic.upload(1 / _UPLOADS_PER_SECOND))
        group.create_task(traffic.look(1 / _PAGES_PER_SECOND))
        for number in range(_SEARCHERS):
            keeps_alive = number >= _WITHOUT_KEEP_ALIVE
            group.create_task(traffic.search(interval, keeps_alive=keeps_alive))
        for dashboard in _dashboards(key, recorder):
            group.create_task(dashboard.run())


def main() -> None:
    key = Path(os.environ["IBID_API_KEY_FILE"]).read_text("utf-8").strip()
    with ACCEPTED.open("a", buffering=1) as file:
        rate = float(os.environ["IBID_LOAD_RATE"])
        documents = int(os.environ["IBID_LOAD_DOCUMENTS"])
        asyncio.run(run(key, rate, documents, lambda line: print(line, file=file)))


if __name__ == "__main__":
    main()
