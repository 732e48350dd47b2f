"""Hybrid search through HTTP against its floor, query by query in turn."""

import json
import time
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from bench.corpus import connect, fill
from bench.system import System
from bench.texts import Writer
from libs.embedding import DEFAULT_MODEL, Embedder

_WARM_UP, _QUERIES = 30, 300
_LEXICAL = """
    select c.passage_id from lexical_query(%s) q,
           lexical_candidates(q.tq, q.qv, 100, null, null) c
"""
_SEMANTIC = "select passage_id from semantic_candidates_384(%s, %s, 100, null, null)"


def run(system: System, passages: int) -> None:
    with connect(system) as connection:
        row = connection.execute("select count(*) from passages").fetchone()
    if row is None or row[0] == 0:
        fill(system, passages)
    queries = list(Writer(seed=2).queries(_WARM_UP + _QUERIES))
    with TemporaryDirectory() as folder:
        embedder = Embedder.load(DEFAULT_MODEL, Path(folder))
    embed, lexical, semantic, http = [], [], [], []
    caller = Caller(system)
    with connect(system) as connection:
        register_vector(connection)
        for query in queries:
            vector, seconds = _timed(lambda: embedder.embed_query(query))  # noqa: B023
            embed.append(seconds)
            lexical.append(_rows(connection, _LEXICAL, (query,)))
            semantic.append(_rows(connection, _SEMANTIC, (DEFAULT_MODEL.name, HalfVector(vector))))
            http.append(_timed(lambda: caller.search(query))[1])  # noqa: B023
    _print(*(times[_WARM_UP:] for times in (embed, lexical, semantic, http)))


class Caller:
    """One client on one kept connection, as thin as it can be: the server is what is measured."""

    def __init__(self, system: System) -> None:
        self._connection = HTTPConnection("127.0.0.1", system.config.ports.api)
        self._headers = {
            "Authorization": f"Bearer {system.api_key}",
            "Content-Type": "application/json",
        }

    def search(self, query: str) -> bytes:
        body = json.dumps({"query": query})
        self._connection.request("POST", "/v1/search", body, self._headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != HTTPStatus.OK:
            raise SystemExit(answer.decode())
        return answer


def _print(
    embed: list[float], lexical: list[float], semantic: list[float], http: list[float]
) -> None:
    floor = [sum(parts) for parts in zip(embed, lexical, semantic, strict=True)]
    for name, times in (
        ("embed the query", embed),
        ("lexical candidates", lexical),
        ("semantic candidates", semantic),
        ("floor, their sum", floor),
        ("hybrid search, HTTP", http),
    ):
        p95 = quantiles(times, n=20)[-1]
        print(f"{name:22s} p50 {median(times) * 1e3:7.2f} ms   p95 {p95 * 1e3:7.2f} ms")
    print(f"ratio of the p50s      {median(http) / median(floor):7.2f}      (target: at most 1.50)")


def _rows(
    connection: psycopg.Connection[tuple[object, ...]], query: str, values: tuple[object, ...]
) -> float:
    return _timed(lambda: connection.execute(query, values).fetchall())[1]


def _timed[T](act: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = act()
    return result, time.perf_counter() - began
