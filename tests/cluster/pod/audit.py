"""``python -m cluster.pod.audit``: hold every document that was accepted to what was promised.

It is lost unless it is ready, published and found by the word that only it has. It is repeated
where that word is found twice, or it has more than one version or job that is done.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from cluster.pod.texts import unique_word
from cluster.pod.traffic import ACCEPTED, API

_PATIENCE_SECONDS = 600.0


def main() -> None:
    key = Path(os.environ["IBID_API_KEY_FILE"]).read_text("utf-8").strip()
    accepted = [json.loads(line) for line in ACCEPTED.read_text().splitlines()]
    with httpx.Client(base_url=API, headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
        _until_all_jobs_ended(http)
        done = Counter(job["document_id"] for job in _items(http, "/v1/jobs", state="done"))
        found = [_judge(http, one["number"], one["document"], done) for one in accepted]
    lost = [one["document"] for one, verdict in zip(accepted, found, strict=True) if verdict[0]]
    repeated = [one["document"] for one, verdict in zip(accepted, found, strict=True) if verdict[1]]
    ids = {one["document"] for one in accepted}
    repeated += [f"{len(accepted) - len(ids)} answers"] if len(ids) < len(accepted) else []
    jobs = sum(done[one] for one in ids)
    print(json.dumps({"accepted": len(ids), "done": jobs, "lost": lost, "repeated": repeated}))


def _judge(
    http: httpx.Client, number: int, document_id: str, done: Counter[str]
) -> tuple[bool, bool]:
    """Whether the document is lost, and whether it is there more than once."""
    document = http.get(f"/v1/documents/{document_id}").raise_for_status().json()
    query = {"query": unique_word(number), "mode": "lexical"}
    hits = http.post("/v1/search", json=query).raise_for_status().json()["hits"]
    versions = list(_items(http, f"/v1/documents/{document_id}/versions"))
    published = [version for version in versions if version["is_published"]]
    is_lost = (
        document["status"] != "ready"
        or len(published) != 1
        or done[document_id] == 0
        or document_id not in [hit["document_id"] for hit in hits]
    )
    return is_lost, len(hits) > 1 or len(versions) > 1 or done[document_id] > 1


def _until_all_jobs_ended(http: httpx.Client) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not any(list(_items(http, "/v1/jobs", state=one)) for one in ("pending", "running")):
            return
        time.sleep(1)


def _items(http: httpx.Client, path: str, **parameters: str) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        given = {**parameters, "limit": "100", **({"cursor": cursor} if cursor else {})}
        page = http.get(path, params=given).raise_for_status().json()
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


if __name__ == "__main__":
    main()
