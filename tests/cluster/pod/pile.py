"""``python -m cluster.pod.pile NUMBER``: upload long documents, faster than they are read."""

import json
import os
import sys
import time
from pathlib import Path

import httpx

from cluster.pod.texts import document
from cluster.pod.traffic import ACCEPTED, API

_FIRST = 10_000_000
"""Beyond the numbers of the traffic, whose papers have marks of their own."""
_PARAGRAPHS = 700


def main() -> None:
    key = Path(os.environ["IBID_API_KEY_FILE"]).read_text("utf-8").strip()
    headers = {"Authorization": f"Bearer {key}"}
    with (
        httpx.Client(base_url=API, headers=headers, timeout=60) as http,
        ACCEPTED.open("a") as accepted,
    ):
        made = http.post("/v1/collections", json={"name": f"pile {time.time_ns()}"})
        path = f"/v1/collections/{made.raise_for_status().json()['id']}/documents"
        for number in range(_FIRST, _FIRST + int(sys.argv[1])):
            further = (document(1000 * number + place) for place in range(_PARAGRAPHS))
            text = b"\n\n".join([document(number), *further])
            sent = http.post(path, files={"file": (f"{number}.txt", text)}).raise_for_status()
            line = {"number": number, "document": sent.json()["document"]["id"]}
            accepted.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
