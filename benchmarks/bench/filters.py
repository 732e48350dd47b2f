"""Filters that leave a tenth, a hundredth, a thousandth: how exact and how fast search stays.

Runs after ``scale``, in its workspace, where operators ask the same of the documents, too; then in
smaller workspaces beside it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from uuid import UUID

import numpy as np
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from psycopg.types.json import Jsonb

from bench.bulk import SHARES, Owner, Sentences, connect_owner, load, open_workspace
from bench.corpus import connect
from bench.search import Caller, timed
from bench.system import System
from bench.texts import Writer
from libs.embedding import DEFAULT_MODEL, Embedder

_WARM_UP, _QUERIES = 10, 50
_BESIDE = (3_000, 20_000, 60_000)
_OPERATORS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "words alone": lambda words: " ".join(words),
    "words and before:2100": lambda words: " ".join([*words, "before:2100"]),
    "a phrase": lambda words: f'"{words[0]}" {" ".join(words[1:])}',
    "a phrase and before:2100": lambda words: f'"{words[0]}" {" ".join(words[1:])} before:2100',
    "before:2100 alone": lambda _: "before:2100",
}
"""What all documents match, beside what is asked of passages."""

_FOUND = """
    select passage_id from semantic_passages_384(%s, %s, 100, null, %s) order by score desc limit 10
"""
_FOUND_BY_FILTERS = """
    select passage_id from filtered_semantic_passages_384(%s, %s, 100, null, %s)
     order by score desc limit 10
"""
_EXACT = """
    select e.passage_id from embeddings e
      join passages p on p.workspace_id = e.workspace_id and p.id = e.passage_id
     where e.model = %s and e.workspace_id = %s
       and (%s::uuid[] is null or p.document_id in (select unnest(%s::uuid[])))
     order by (e.embedding::halfvec(384) <#> %s) + 0 limit 10
"""


def run(system: System, passages: int) -> None:
    with TemporaryDirectory() as folder:
        embedder = Embedder.load(DEFAULT_MODEL, Path(folder), inter_threads=2)
    queries = {
        query: HalfVector(embedder.embed_query(query))
        for query in Writer(seed=8).queries(_WARM_UP + _QUERIES)
    }
    with connect_owner(system) as owner, system.client() as client:
        workspace_id = client.whoami().workspace_id
        for share, each in SHARES.items():
            filters = {"metadata": {share: True}}
            # anew: the server closes a connection that rests while recall is counted
            caller = Caller(system)
            times = [timed(lambda: caller.search(one, filters))[1] for one in queries]  # noqa: B023
            with _reading(system, workspace_id) as reader:
                recall = _recall(owner, reader, workspace_id, queries, filters)
            _print(f"{100 / each:g} % of the passages", recall, times[_WARM_UP:])
        for what, make in _OPERATORS.items():
            caller = Caller(system)
            times = [timed(lambda: caller.search(make(one.split())))[1] for one in queries]  # noqa: B023
            _print(what, None, times[_WARM_UP:])
        sentences = Sentences(embedder)
        for size in _BESIDE:
            tenant = _fill_beside(owner, sentences, size)
            with _reading(system, tenant) as reader:
                recall = _recall(owner, reader, tenant, queries, {})
                times = [
                    timed(partial(_find, reader, vector, None, None))[1]
                    for vector in queries.values()
                ]
            _print(f"{size} passages beside them", recall, times[_WARM_UP:], "candidates alone")


def _recall(
    owner: Owner,
    reader: Owner,
    workspace_id: UUID,
    queries: Mapping[str, HalfVector],
    filters: Mapping[str, object],
) -> float:
    """The ten nearest of those that the filters leave, against the ten nearest there are."""
    row = reader.execute(
        "select documents_that_match(%(all)s, null), l.documents, l.remaining"
        " from documents_left(%(all)s, null) l",
        {"all": Jsonb(filters)},
    ).fetchone()
    documents, listed, remaining = row or (None, None, None)
    shares = []
    for vector in queries.values():
        given = [DEFAULT_MODEL.name, workspace_id, documents, documents, vector]
        exact = owner.execute(_EXACT, given).fetchall()
        found = _find(reader, vector, listed, remaining)
        shares.append(len({*exact} & {*found}) / len(exact))
    return float(np.mean(shares))


def _find(
    reader: Owner, vector: HalfVector, listed: object, remaining: object
) -> list[tuple[object, ...]]:
    """As a search does: documents are listed where filters leave few."""
    if remaining is None:
        return reader.execute(_FOUND, [DEFAULT_MODEL.name, vector, listed]).fetchall()
    given = [DEFAULT_MODEL.name, vector, Jsonb(remaining)]
    return reader.execute(_FOUND_BY_FILTERS, given).fetchall()


def _fill_beside(owner: Owner, sentences: Sentences, size: int) -> UUID:
    """Return another workspace, of so many passages."""
    workspace_id, collection_id = open_workspace(owner, "beside")
    first = 10_000_000
    load(owner, sentences, workspace_id, collection_id, range(first, first + size))
    owner.execute("analyze passages, embeddings")
    return workspace_id


@contextmanager
def _reading(system: System, workspace_id: UUID) -> Iterator[Owner]:
    with connect(system, workspace_id) as connection:
        register_vector(connection)
        yield connection


def _print(what: str, recall: float | None, times: list[float], timed_what: str = "HTTP") -> None:
    counted = "" if recall is None else f"recall@10 {recall:.3f}   "
    print(
        f"{what:28s} {counted}{timed_what} p50 {median(times) * 1e3:.1f} ms"
        f"   p95 {quantiles(times, n=20)[-1] * 1e3:.1f} ms",
        flush=True,
    )
