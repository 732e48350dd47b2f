"""Ingest, search, cite, delete: what an installation is for, from inside of it."""

import os
import sys
import time
import urllib.request
from pathlib import Path

from ibid_client import Client, NotFound
from ibid_contract import SearchRequest

TEXT = """# The lighthouse at Norderoog

The lamp of the lighthouse at Norderoog was lit for the first time on the eleventh of October 1873.
Its keeper, Momme Petersen, wrote the weather down every hour for twenty-six years.
"""
QUESTION = "When was the lamp at Norderoog first lit?"


def main() -> None:
    started = time.monotonic()
    with urllib.request.urlopen(os.environ["IBID_WEB_URL"] + "/readyz", timeout=10) as answer:
        say(f"the dashboard answers {answer.status}")
    key = Path(os.environ["IBID_API_KEY_FILE"]).read_text("utf-8").strip()
    with Client(os.environ["IBID_API_URL"], key) as ibid:
        collection = ibid.create_collection(f"helm test {time.time_ns()}")
        try:
            walk(ibid, collection.id)
        finally:
            ibid.delete_collection(collection.id)
        say("the collection is deleted")
    say(f"passed in {time.monotonic() - started:.1f} s")


def walk(ibid, collection_id) -> None:
    path = Path("/tmp/lighthouse.md")
    path.write_text(TEXT, "utf-8")
    uploaded = ibid.upload(collection_id, path, wait=30)
    if uploaded.job is not None:
        for job in ibid.job_events(uploaded.job.id):
            say(f"job {job.state}")
    document_id = uploaded.document.id
    hits = ibid.search(SearchRequest(query=QUESTION, collections=[collection_id])).hits
    check(bool(hits), "nothing was found")
    hit = hits[0]
    check(hit.document_id == document_id, "another document was found")
    text = ibid.get_text(document_id, start=hit.start, end=hit.end).text
    check(text == hit.text and "1873" in text, "the quote is not the text at its place")
    say(f"found, and quoted from {hit.start} to {hit.end} of page {hit.page}")
    ibid.delete_document(document_id)
    try:
        ibid.get_document(document_id)
    except NotFound:
        say("the document is deleted")
    else:
        check(False, "the document is still there")


def check(is_so: bool, otherwise: str) -> None:
    if not is_so:
        sys.exit(f"failed: {otherwise}")


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
