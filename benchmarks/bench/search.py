"""Hybrid search through HTTP against its floors, query by query in turn.

The first floor is embedding the query and finding the candidates of both sides; the second is
embedding it and all statements of the search. Both run in this process, without HTTP, credentials
and what is made of the rows.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import cast
from urllib.parse import quote
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from bench.bulk import tidy_up
from bench.corpus import connect, fill
from bench.http_client import HttpClient
from bench.system import System
from bench.texts import Writer
from libs.analysis import query_lexemes
from libs.embedding import DEFAULT_MODEL, Embedder
from libs.postgres.statements import load
from libs.search import Ahead, Query
from libs.search.dimensions import of_dimension
from libs.search.model import DEPTH
from libs.search.ranking import parameters

CLIENTS = 2
_SECONDS = 15
_PASSAGES_A_SECOND, _LEAST_SECONDS = 4_000, 5.0
"""How long searches warm up: what was just built lies on the disk, and then in memory twice."""

_SQL = load("libs.search")
_WARM_UP, _QUERIES, _SHOWN = 30, 300, 10
_LEXICAL = """
    select c.passage_id from weigh_query(%s) q,
           lexical_passages(q.tq, q.qv, %s, null, null) c
"""
_SEMANTIC = "select passage_id from semantic_passages_384(%s, %s, %s, null, null)"

type Ask = Callable[[str], object]


def run(system: System, passages: int) -> None:
    with connect(system) as connection:
        row = connection.execute("select count(*) from passages").fetchone()
    if row is None or row[0] == 0:
        fill(system, passages)
    tidy_up(system)
    queries = list(Writer(seed=2).queries(_WARM_UP + _QUERIES))
    with TemporaryDirectory() as folder:
        embedder = Embedder.load(DEFAULT_MODEL, Path(folder))
    embed, lexical, semantic, statements, http = [], [], [], [], []
    caller = Caller(system)
    with connect(system) as connection:
        register_vector(connection)
        for query in queries:
            vector, seconds = timed(lambda: embedder.embed_query(query))  # noqa: B023
            embed.append(seconds)
            lexical.append(_rows(connection, _LEXICAL, (query_lexemes(query, ["en"]), DEPTH)))
            semantic.append(
                _rows(connection, _SEMANTIC, (DEFAULT_MODEL.name, HalfVector(vector), DEPTH))
            )
            statements.append(timed(lambda: run_statements(connection, query, vector))[1])  # noqa: B023
            http.append(timed(lambda: caller.search(query))[1])  # noqa: B023
    _print(*(times[_WARM_UP:] for times in (embed, lexical, semantic, statements, http)))


def run_statements(
    connection: psycopg.Connection[tuple[object, ...]], query: str, vector: NDArray[np.float32]
) -> None:
    """The statements of a search, one after another."""
    asked = Query(query)
    question = Ahead.of(asked).ask(["en"])
    row = connection.execute(question.sql).fetchone()
    words = question.read(row).words
    assert words is not None
    given = parameters(asked, DEFAULT_MODEL, words, HalfVector(vector))
    binary = connection.cursor(binary=True)
    ranked = binary.execute(of_dimension("ranked", DEFAULT_MODEL.dimension), given).fetchall()
    firsts = {document: passage for passage, document, *_ in reversed(ranked)}
    best = [UUID(bytes=cast(bytes, passage)) for passage in firsts.values()][-_SHOWN:]
    binary.execute(_SQL["read_passages"], {"hits": best, "passages": best}).fetchall()


class Caller:
    """One client of the api on one kept connection."""

    def __init__(self, system: System) -> None:
        self._client = HttpClient(
            system.config.ports.api,
            {"Authorization": f"Bearer {system.api_key}", "Content-Type": "application/json"},
        )

    def search(self, query: str, filters: Mapping[str, object] | None = None) -> bytes:
        body = json.dumps({"query": query} | ({"filters": filters} if filters else {}))
        return self._client.ask("POST", "/v1/search", body)

    def complete(self, text: str) -> bytes:
        return self._client.ask("GET", f"/v1/completions?text={quote(text)}")


def _print(
    embed: list[float],
    lexical: list[float],
    semantic: list[float],
    statements: list[float],
    http: list[float],
) -> None:
    floor = [sum(parts) for parts in zip(embed, lexical, semantic, strict=True)]
    whole = [sum(parts) for parts in zip(embed, statements, strict=True)]
    for name, times in (
        ("embed the query", embed),
        ("lexical candidates", lexical),
        ("semantic candidates", semantic),
        ("all statements", statements),
        ("floor of candidates", floor),
        ("floor of statements", whole),
        ("hybrid search, HTTP", http),
    ):
        p95 = quantiles(times, n=20)[-1]
        print(f"{name:22s} p50 {median(times) * 1e3:7.2f} ms   p95 {p95 * 1e3:7.2f} ms")
    for name, times, target in (("candidates", floor, 1.5), ("statements", whole, 1.3)):
        ratio = median(http) / median(times)
        print(f"p50 against {name:10s} {ratio:7.2f}      (target: at most {target:.2f})")


def _rows(
    connection: psycopg.Connection[tuple[object, ...]], query: str, values: tuple[object, ...]
) -> float:
    return timed(lambda: connection.execute(query, values).fetchall())[1]


def searches_a_second(
    asker: Callable[[], Ask],
    of_clients: Sequence[Iterable[str]] | None = None,
    for_seconds: float = _SECONDS,
) -> float:
    """Let clients ask without a pause for a while, each by an ``asker`` of its own.

    ``of_clients`` are the queries of each, in place of those that are made without end.
    """

    def client(queries: Iterable[str]) -> int:
        ask, asked = asker(), 0
        for query in queries:
            if time.perf_counter() > deadline:
                break
            ask(query)
            asked += 1
        return asked

    if of_clients is None:
        of_clients = [Writer(seed).queries(100_000) for seed in range(13, 13 + CLIENTS)]
    began = time.perf_counter()
    deadline = began + for_seconds
    with ThreadPoolExecutor(len(of_clients)) as threads:
        return sum(threads.map(client, of_clients)) / (time.perf_counter() - began)


def warm_up(asker: Callable[[], Ask], passages: int) -> None:
    """Let clients ask until what a search among so many passages reads is in memory once."""

    def patient() -> Ask:
        asked = asker()

        def ask(query: str) -> None:
            with suppress(SystemExit):  # the first searches may run into their time limit
                asked(query)

        return ask

    queries = [Writer(seed).queries(1_000_000) for seed in range(16, 16 + CLIENTS)]
    searches_a_second(patient, queries, max(_LEAST_SECONDS, passages / _PASSAGES_A_SECOND))


def timed[T](act: Callable[[], T]) -> tuple[T, float]:
    """Return what it gives, and the seconds that it took."""
    began = time.perf_counter()
    result = act()
    return result, time.perf_counter() - began
