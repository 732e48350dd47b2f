"""The judged queries under examples/: does the first screen hold the passage?"""

import json
from collections.abc import Iterator

from e2e.caller import Answer, Caller, Shelf
from e2e.installation import EXAMPLES

_FIRST = 3
_FLOOR = 0.83


def _judged() -> Iterator[Answer]:
    for line in (EXAMPLES / "judged.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


def _words(text: str) -> str:
    return " ".join(text.split())


def _holds(hit: Answer, quote: str, document: str) -> bool:
    """Whether the hit is of the right document and shares a good part of the quote."""
    if hit["file_name"] != document:
        return False
    text = _words(hit["text"])
    half = len(quote) // 2
    return quote in text or text.endswith(quote[:half]) or text.startswith(quote[-half:])


def test_judged_passages_are_among_the_first_hits(caller: Caller, examples: Shelf) -> None:
    names = {document["id"]: document["file_name"] for document in examples.documents()}
    missed = []
    judged = list(_judged())
    for row in judged:
        hits = examples.search(row["query"], limit=_FIRST)
        named = [{**hit, "file_name": names[hit["document_id"]]} for hit in hits]
        if not any(_holds(hit, _words(row["quote"]), row["document"]) for hit in named):
            missed.append(row["query"])
    success = 1 - len(missed) / len(judged)
    print(f"success@{_FIRST} {success:.3f} of {len(judged)}, missed: {missed}")
    assert success >= _FLOOR, missed
