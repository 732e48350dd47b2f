"""The judged queries under examples/: does the first screen hold the passage?"""

import json
from collections.abc import Iterator
from statistics import mean

from e2e.caller import Answer, Caller, Shelf
from e2e.installation import EXAMPLES
from libs.evaluation.judged import Choice, read_queries
from libs.evaluation.measures import Measure, measure

_FIRST = 3
_FLOOR = 0.83
_NDCG_FLOOR = 0.85


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


def test_judged_documents_come_first(examples: Shelf) -> None:
    names = {document["id"]: document["external_id"] for document in examples.documents()}
    queries = read_queries(EXAMPLES / "judged", Choice())
    rankings = {
        query.id: list(
            dict.fromkeys(
                names[hit["document_id"]] for hit in examples.search(query.text, limit=100)
            )
        )
        for query in queries
    }
    values = measure({query.id: query.relevance for query in queries}, rankings)
    ndcg = mean(one[Measure.NDCG] for one in values.values())
    low = [query.text for query in queries if values[query.id][Measure.NDCG] < 1]
    print(f"nDCG@10 {ndcg:.3f} of {len(queries)}, not in the first place: {low}")
    assert ndcg >= _NDCG_FLOOR, low
