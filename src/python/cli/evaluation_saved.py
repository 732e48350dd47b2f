"""Evaluations kept by the API, and what people judged as a set of judged queries."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import batched
from pathlib import Path
from uuid import UUID

import msgspec

from cli import named_collections
from cli.evaluation_collections import CollectionResult
from cli.evaluation_report import Report, quoted
from cli.failures import ExitCode, Failure
from cli.parts import Parts
from ibid_client import Client, NotFound
from ibid_contract import (
    Estimate,
    EvaluatedCollection,
    EvaluatedSide,
    Judgement,
    NewEvaluatedDocument,
    NewEvaluatedQueries,
    NewEvaluatedQuery,
    NewEvaluation,
    Origin,
)
from libs.evaluation import intervals
from libs.evaluation.measures import Measure

_SHOWN = 10
"""Documents of each side that are kept; judged ones are kept wherever they stand."""

_QUERIES_A_REQUEST = 200
_DOCUMENTS_A_QUERY = 200

type Ranked = Mapping[str, Sequence[UUID]]


def save(
    client: Client,
    report: Report,
    relevance: Mapping[str, Mapping[UUID, int]],
    rankings: Sequence[Ranked],
) -> UUID:
    """Keep the report, what was judged and what each side returned; return its id."""
    comparison = report.comparison
    made = client.create_evaluation(
        NewEvaluation(
            name=report.judged[:200],
            a=_side(report.a, comparison.a),
            b=None if report.b is None or not comparison.b else _side(report.b, comparison.b),
            difference=_estimates(comparison.difference),
            collections=[_collection(one) for one in report.by_collection],
        )
    )
    results = [
        NewEvaluatedQuery(
            id=query.id,
            text=query.text,
            margin=query.margin,
            a={str(key): value for key, value in query.a.items()},
            b=None if query.b is None else {str(key): value for key, value in query.b.items()},
            documents=_documents(relevance[query.id], [ranked[query.id] for ranked in rankings]),
        )
        for query in comparison.queries
    ]
    for batch in batched(results, _QUERIES_A_REQUEST):
        client.add_evaluated_queries(made.id, NewEvaluatedQueries(list(batch)))
    return made.id


def _documents(
    relevance: Mapping[UUID, int], rankings: Sequence[Sequence[UUID]]
) -> list[NewEvaluatedDocument]:
    ranks = [{one: rank for rank, one in enumerate(ranked, start=1)} for ranked in rankings]
    shown = dict.fromkeys([one for ranked in rankings for one in ranked[:_SHOWN]])
    named = [*(one for one, level in relevance.items() if level > 0), *shown]
    return [
        NewEvaluatedDocument(one, relevance.get(one), *(by.get(one) for by in ranks))
        for one in list(dict.fromkeys(named))[:_DOCUMENTS_A_QUERY]
    ]


def _collection(one: CollectionResult) -> EvaluatedCollection:
    return EvaluatedCollection(
        collection_id=one.id,
        queries=one.queries,
        a=_estimates(one.a),
        b=None if one.b is None else _estimates(one.b),
        difference=_estimates(one.difference),
    )


def _side(configuration: str, values: Mapping[Measure, intervals.Estimate]) -> EvaluatedSide:
    return EvaluatedSide(configuration[:4_000], _estimates(values))


def _estimates(values: Mapping[Measure, intervals.Estimate]) -> dict[str, Estimate]:
    return {str(name): Estimate(one.mean, one.low, one.high) for name, one in values.items()}


class Exported(msgspec.Struct, frozen=True):
    """The command's JSON."""

    queries: int
    judgements: int
    documents: int


def export(parts: Parts, folder: Path, collection_names: Sequence[str]) -> Exported:
    """Write what people judged as a judged set of its own; return what was written.

    Of a query and a document the last thumb counts; without one, that somebody opened the hit.
    Documents are called by their ids. Without names those of all collections count.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Failure(f"{folder} is there already, and not empty", ExitCode.USAGE)
    with parts.connect(parts.settings()) as client:
        within = {one.id for one in named_collections.find(client, collection_names)}
        judged = _last(client.judgements(limit=200))
        titles = _titles(client, {one for _, one in judged}, within)
        if not titles:
            where = f" in {quoted(collection_names)}" if collection_names else ""
            raise Failure(f"nobody has judged anything{where} yet")
        folder.mkdir(parents=True, exist_ok=True)
        documents = _write_corpus(client, folder, titles)
    judged = {pair: level for pair, level in judged.items() if pair[1] in documents}
    ids = {
        query: f"q{number}" for number, query in enumerate(dict.fromkeys(q for q, _ in judged), 1)
    }
    queries = [{"_id": number, "text": query} for query, number in ids.items()]
    _write(folder / "queries.jsonl", (msgspec.json.encode(query).decode() for query in queries))
    lines = (f"{ids[query]}\t{document}\t{level}" for (query, document), level in judged.items())
    _write(folder / "qrels.tsv", ["query-id\tcorpus-id\tscore", *lines])
    return Exported(len(ids), len(judged), len(documents))


def _last(judgements: Iterator[Judgement]) -> dict[tuple[str, UUID], int]:
    thumbs: dict[tuple[str, UUID], int] = {}
    clicks: dict[tuple[str, UUID], int] = {}
    for one in judgements:
        told = thumbs if one.origin is Origin.THUMB else clicks
        told[" ".join(one.query.split()), one.document_id] = one.relevance
    return {**clicks, **thumbs}


def _titles(client: Client, wanted: set[UUID], within: set[UUID]) -> dict[UUID, str]:
    """Return the titles of the documents that are there, in one of the collections if any."""
    titles: dict[UUID, str] = {}
    for document_id in sorted(wanted):
        with suppress(NotFound):
            document = client.get_document(document_id)
            if not within or document.collection_id in within:
                titles[document_id] = document.title
    return titles


def _write_corpus(client: Client, folder: Path, titles: Mapping[UUID, str]) -> set[UUID]:
    """Return the documents that have a text; one that was deleted meanwhile has none."""
    written: set[UUID] = set()

    def lines() -> Iterator[str]:
        for document_id, title in titles.items():
            try:
                text = client.get_text(document_id).text
            except NotFound:
                continue
            if text.strip():
                written.add(document_id)
                line = {"_id": str(document_id), "title": title, "text": text}
                yield msgspec.json.encode(line).decode()

    _write(folder / "corpus.jsonl", lines())
    return written


def _write(path: Path, lines: Iterator[str] | Sequence[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
