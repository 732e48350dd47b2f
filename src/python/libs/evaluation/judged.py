"""Judged sets: the documents, the queries, and which document answers which query."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from libs.evaluation.lines import BadJudgedSet, Line, find, read, refuse

_SPLIT = re.compile(r"[\w-]+")
_RELEVANCE = re.compile(r"[0-9]{1,3}")
_COLUMNS = 3


class Half(StrEnum):
    """Every second query, counted from 1 in the order of the file: to tune on one half only."""

    ODD = "odd"
    EVEN = "even"


class JudgedDocument(msgspec.Struct, frozen=True, kw_only=True):
    id: str = msgspec.field(name="_id")
    title: str = ""
    text: str
    lang: str | None = None
    metadata: dict[str, object] = {}


class _Query(msgspec.Struct, frozen=True, kw_only=True):
    id: str = msgspec.field(name="_id")
    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """``relevance`` has the judged documents by their ids in the set; 0 is "no answer".

    ``judged_at`` has the line of each judgement.
    """

    id: str
    text: str
    lang: str | None
    relevance: Mapping[str, int]
    judged_at: Mapping[str, Line]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which queries of a set are meant: of a split, a language, every second one."""

    split: str = "test"
    lang: str | None = None
    half: Half | None = None

    def __str__(self) -> str:
        parts = (self.split, self.lang, f"{self.half} queries" if self.half else None)
        return ", ".join(part for part in parts if part)


def read_documents(folder: Path, lang: str | None = None) -> Iterator[JudgedDocument]:
    """Yield the set's documents, in its order.

    Raises:
        BadJudgedSet: there is no corpus, or a line of it is broken or has the id of another.
    """
    path = find(folder, "corpus.jsonl")
    if path is None:
        raise BadJudgedSet(f"{folder} has no corpus.jsonl or corpus.jsonl.gz")
    for _, document in _unique(path, JudgedDocument):
        if lang is None or document.lang == lang:
            yield document


def read_queries(folder: Path, choice: Choice) -> list[JudgedQuery]:
    """Return the chosen queries that some document answers, in the set's order.

    Where there is a corpus, every judged document has to be in it.

    Raises:
        BadJudgedSet: a file is missing, a line is broken, or nothing is left to ask.
    """
    queries_path, qrels_path = _paths(folder, choice.split)
    queries = {query.id: (line, query) for line, query in _unique(queries_path, _Query)}
    judgements = _read_judgements(qrels_path, queries)
    _refuse_missing_documents(folder, judgements)
    found = [
        _judged(query, judged)
        for _, query in queries.values()
        if (judged := judgements.get(query.id))
        and (choice.lang is None or query.lang == choice.lang)
    ]
    found = [query for query in found if any(query.relevance.values())]
    if choice.half is not None:
        found = found[0 if choice.half is Half.ODD else 1 :: 2]
    if not found:
        lines = [line.number for judged in judgements.values() for line, _ in judged.values()]
        refuse(qrels_path, max(lines), f"up to here no document answers a query ({choice})")
    return found


type _Judgements = dict[str, dict[str, tuple[Line, int]]]


def _paths(folder: Path, split: str) -> tuple[Path, Path]:
    if not folder.is_dir():
        raise BadJudgedSet(f"{folder} is no folder")
    if not _SPLIT.fullmatch(split):
        raise BadJudgedSet(f"“{split}” is no name of a split")
    plain = ("qrels.tsv",) if split == "test" else ()
    queries = find(folder, f"queries-{split}.jsonl", "queries.jsonl")
    qrels = find(folder, f"qrels-{split}.tsv", f"qrels/{split}.tsv", *plain)
    if queries is None:
        raise BadJudgedSet(f"{folder} has no queries.jsonl or queries.jsonl.gz")
    if qrels is None:
        names = " or ".join((f"qrels-{split}.tsv", f"qrels/{split}.tsv", *plain))
        raise BadJudgedSet(f"{folder} has no {names}")
    return queries, qrels


def _unique[T: (JudgedDocument, _Query)](path: Path, kind: type[T]) -> Iterator[tuple[Line, T]]:
    decoder = msgspec.json.Decoder(kind)
    seen: dict[str, int] = {}
    for line in read(path):
        try:
            item = decoder.decode(line.text)
        except (msgspec.MsgspecError, RecursionError) as error:
            line.refuse(str(error))
        if not item.id.strip() or not item.text.strip():
            line.refuse("“_id” and “text” must not be empty")
        first = seen.setdefault(item.id, line.number)
        if first != line.number:
            line.refuse(f"“{item.id}” is there already, in line {first}")
        yield line, item


def _read_judgements(path: Path, queries: Mapping[str, object]) -> _Judgements:
    judgements: _Judgements = {}
    last = 1
    for line in read(path):
        last = line.number
        fields = line.text.split("\t")
        if len(fields) != _COLUMNS:
            line.refuse(
                f"{len(fields)} fields where query-id, corpus-id and score should be, with tabs"
            )
        query_id, document_id, score = fields
        if line.number == 1 and not _RELEVANCE.fullmatch(score) and query_id not in queries:
            continue  # the heading
        if not _RELEVANCE.fullmatch(score):
            line.refuse(f"the score “{score}” is no whole number from 0 to 999")
        if query_id not in queries:
            line.refuse(f"there is no query “{query_id}”")
        judged = judgements.setdefault(query_id, {})
        if document_id in judged:
            first = judged[document_id][0].number
            line.refuse(f"“{query_id}” and “{document_id}” are judged already, in line {first}")
        judged[document_id] = line, int(score)
    if not judgements:
        refuse(path, last, "up to here there are no judgements")
    return judgements


def _refuse_missing_documents(folder: Path, judgements: _Judgements) -> None:
    path = find(folder, "corpus.jsonl")
    if path is None:
        return
    known = {document.id for document in read_documents(folder)}
    for judged in judgements.values():
        for document_id, (line, _) in judged.items():
            if document_id not in known:
                line.refuse(f"{path.name} has no document “{document_id}”")


def _judged(query: _Query, judged: Mapping[str, tuple[Line, int]]) -> JudgedQuery:
    relevance = {document_id: level for document_id, (_, level) in judged.items()}
    lines = {document_id: line for document_id, (line, _) in judged.items()}
    return JudgedQuery(query.id, query.text, query.lang, relevance, lines)
