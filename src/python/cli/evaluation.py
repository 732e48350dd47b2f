"""``ibid eval``: judged queries, asked through the API."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from cli import evaluation_saved, named_collections
from cli.evaluation_collections import per_collection
from cli.evaluation_report import Report, quoted
from cli.evaluation_saved import Ranked
from cli.failures import ExitCode, Failure
from cli.parts import Parts
from cli.progress import counting
from ibid_client import AsyncClient, Client
from ibid_contract import Collection
from libs.errors import Rejected
from libs.evaluation.comparison import compare
from libs.evaluation.configuration import Configuration, parse
from libs.evaluation.judged import (
    Choice,
    Half,
    JudgedQuery,
    read_documents,
    read_queries,
)
from libs.evaluation.lines import Line
from libs.evaluation.loading import await_jobs, upload_all
from libs.evaluation.measures import Values, measure
from libs.evaluation.rankings import rank_all


class Loaded(msgspec.Struct, frozen=True):
    """The command's JSON: how many documents were sent, and how many were there already."""

    collection: str
    uploaded: int
    unchanged: int


def load(parts: Parts, folder: Path, collection_name: str, lang: str | None) -> Loaded:
    """Upload the set's documents and wait until they can be found; return what was done.

    Safe to repeat: a document that is there already is left as it is.
    """
    settings = parts.settings()
    with _told():
        documents = list(read_documents(folder, lang))
    if not documents:
        raise Failure(f"{folder} has no documents" + (f" in “{lang}”" if lang else ""))
    with parts.connect(settings) as client:
        collection = named_collections.find_or_create(client, collection_name)
        there = {one.external_id for one in client.documents(collection.id, limit=200)}
    missing = [document for document in documents if document.id not in there]

    async def run() -> None:
        async with parts.connect_async(settings) as client:
            with counting("uploading", len(missing)) as sent:
                await upload_all(client, collection.id, missing, sent)
            await await_jobs(client, collection.id)

    with _told():
        asyncio.run(run())
    return Loaded(collection.name, len(missing), len(documents) - len(missing))


def choice(split: str, lang: str | None, half: str | None) -> Choice:
    """Raises Failure for a half that there is not."""
    if half is not None and half not in set(Half):
        raise Failure("--half is “odd” or “even”", ExitCode.USAGE)
    return Choice(split, lang, Half(half) if half else None)


def run(
    parts: Parts,
    folder: Path,
    collection_names: Sequence[str],
    choice: Choice,
    a: str,
    b: str | None,
    *,
    save: bool,
) -> Report:
    """Ask every chosen query in one or two ways, measure what comes, and keep it on demand."""
    settings = parts.settings()
    with _told():
        sides = [parse(side) for side in (a, b) if side is not None]
        queries = read_queries(folder, choice)
    with parts.connect(settings) as client:
        collections = named_collections.find(client, collection_names)
        documents = _judged_documents(client, queries, collections)
    rankings = asyncio.run(_ask_all(parts, queries, sides, [one.id for one in collections]))
    relevance = {
        query.id: {documents[one].id: level for one, level in query.relevance.items()}
        for query in queries
    }
    values = [_measure(relevance, ranked) for ranked in rankings]
    collection_ids = {place.id: place.collection_id for place in documents.values()}
    report = Report(
        judged=f"{folder.resolve().name} ({choice})",
        collections=[one.name for one in collections],
        a=sides[0].name,
        b=sides[1].name if b is not None else None,
        comparison=compare({query.id: query.text for query in queries}, *values),
        by_collection=per_collection(collections, collection_ids, relevance, values),
    )
    if save:
        with parts.connect(settings) as client:
            evaluation_saved.save(client, report, relevance, rankings)
    return report


async def _ask_all(
    parts: Parts,
    queries: Sequence[JudgedQuery],
    sides: Sequence[Configuration],
    collections: Sequence[UUID],
) -> list[Ranked]:
    async with parts.connect_async(parts.settings()) as client:
        with counting("asking", len(queries) * len(sides)) as asked:
            return [await _ask(client, queries, side, collections, asked) for side in sides]


async def _ask(
    client: AsyncClient,
    queries: Sequence[JudgedQuery],
    side: Configuration,
    collections: Sequence[UUID],
    asked: Callable[[], None],
) -> Ranked:
    rankings = await rank_all(
        client, queries, lambda text: side.request(text, collections), asked, side.limit
    )
    return {query: ranking.documents for query, ranking in rankings.items()}


def _measure(relevance: Mapping[str, Mapping[UUID, int]], ranked: Ranked) -> dict[str, Values]:
    return measure(
        {
            query: {str(one): level for one, level in judged.items()}
            for query, judged in relevance.items()
        },
        {query: [str(one) for one in documents] for query, documents in ranked.items()},
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """A document and where it is; all of it would be much to hold of every document."""

    id: UUID
    collection_id: UUID


def _judged_documents(
    client: Client, queries: Sequence[JudgedQuery], collections: Sequence[Collection]
) -> dict[str, _Place]:
    """Find the documents by what the judged set calls them: their own id, or their external one.

    Raises Failure for one that is not there, or in several of the collections.
    """
    by_id: dict[str, _Place] = {}
    by_external_id: dict[str, list[_Place]] = {}
    for collection in dict.fromkeys(collections):
        for document in client.documents(collection.id, limit=200):
            place = _Place(document.id, collection.id)
            by_id[str(document.id)] = place
            if document.external_id is not None:
                by_external_id.setdefault(document.external_id, []).append(place)
    found: dict[str, _Place] = {}
    for query in queries:
        for name, line in query.judged_at.items():
            places = [by_id[name]] if name in by_id else by_external_id.get(name, [])
            if len(places) != 1:
                raise _unfit(name, line, collections, is_there=bool(places))
            found[name] = places[0]
    return found


def _unfit(
    document_id: str, line: Line, collections: Sequence[Collection], *, is_there: bool
) -> Failure:
    told, names = f"{line.path}:{line.number}: ", quoted(one.name for one in collections)
    if is_there:
        return Failure(f"{told}there are several documents “{document_id}” in {names}")
    return Failure(
        f"{told}there is no document “{document_id}” in {names}; ibid eval load brings it there"
    )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Rejected as error:
        raise Failure(error.message, ExitCode.FAILED) from error
