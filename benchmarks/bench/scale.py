"""Search in a large workspace: how fast, how exact, and what it takes to fill it.

10,000 passages are loaded and searched first, so that one run tells how the time grows. PostgreSQL
is held to 4 GB where this process may say so (cgroups). The indexes are built when all passages are
there, as a large import would, which needs memory that searches then put to better use: PostgreSQL
is started again between the two, and asked for a while before anything is timed, as after any
start.
"""

import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from uuid import UUID

import numpy as np
import psutil
from pgvector import HalfVector

from bench.bulk import Owner, Sentences, connect_owner, load
from bench.search import CLIENTS, Caller, searches_a_second, timed, warm_up
from bench.system import System
from bench.texts import Writer
from libs.embedding import DEFAULT_MODEL, Embedder

_SMALLEST = 10_000
_SETTINGS = {
    "effective_cache_size": "3GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
}
_WHILE_LOADING = "512MB"
"""Shared buffers: building the vector index takes 1.5 GB beside them."""

_WHILE_SEARCHING = "2600MB"
"""All of a million passages fits into 4 GB once, and what comes by the page cache is copied."""

_POSTGRES_BYTES = 4 * 2**30
_CGROUPS = Path("/sys/fs/cgroup")
_QUERIES = 300

_INDEXES = {
    "passages_words": "create index passages_words on passages"
    " using gin (lexemes, (array[workspace_id])) with (fastupdate = off)",
    "embeddings_all_minilm_l6_v2_hnsw": "create index embeddings_all_minilm_l6_v2_hnsw"
    " on embeddings_all_minilm_l6_v2 using hnsw ((embedding::halfvec(384)) halfvec_ip_ops)"
    " with (m = 12)",
}
_SIZES = """
    select relname, pg_size_pretty(pg_relation_size(oid)) from pg_class
     where relname in ('passages', 'passages_words', 'embeddings_all_minilm_l6_v2',
                       'embeddings_all_minilm_l6_v2_hnsw', 'terms') order by relname
"""
_NEAREST = """
    select passage_id from embeddings where model = %s and workspace_id = %s
     order by (embedding::halfvec(384) <#> %s) + 0 limit 10
"""
"""The sum keeps the index out."""

_CANDIDATES = """
    select passage_id from semantic_passages_384(%s, %s, 100, null, null)
     order by score desc limit 10
"""


def run(system: System, passages: int) -> None:
    with TemporaryDirectory() as folder:
        embedder = Embedder.load(DEFAULT_MODEL, Path(folder), inter_threads=2)
    sentences = Sentences(embedder, passages)
    with system.client() as client:
        workspace_id = client.whoami().workspace_id
        collection_id = client.create_collection(f"scale {time.time_ns()}").id
    medians = []
    loaded = 0
    for size in sorted({min(_SMALLEST, passages), passages}):
        print(f"-- {size} passages", flush=True)
        _configure(system, _WHILE_LOADING)
        with connect_owner(system) as owner:
            _drop_indexes(owner)
            seconds = load(owner, sentences, workspace_id, collection_id, range(loaded, size))
            _say("load", size - loaded, seconds)
            _build_indexes(owner, size)
        loaded = size
        _configure(system, _WHILE_SEARCHING)
        with connect_owner(system) as owner:
            _recall(owner, embedder, workspace_id)
            sizes = owner.execute(_SIZES).fetchall()
        # last, as a scan of all vectors leaves little else in memory
        warm_up(lambda: Caller(system).search, size)
        medians.append(_latency(system))
    for relation, pretty in sizes:
        print(f"{relation:36s} {pretty}", flush=True)
    print(f"p50 grows by a factor of             {medians[-1] / medians[0]:.2f}", flush=True)


def _configure(system: System, shared_buffers: str) -> None:
    """Settings for a large corpus, as docs/scaling.md has them."""
    with connect_owner(system) as owner:
        for name, value in (_SETTINGS | {"shared_buffers": shared_buffers}).items():
            owner.execute(f"alter system set {name} = '{value}'")
    system.restart()
    _hold_memory(system)


def _hold_memory(system: System) -> None:
    """Give PostgreSQL 4 GB, what it caches in the page cache included."""
    is_first_version = (_CGROUPS / "memory").is_dir()
    group = _CGROUPS / ("memory" if is_first_version else "") / "ibid-benchmark"
    limit = "memory.limit_in_bytes" if is_first_version else "memory.max"
    try:
        group.mkdir(exist_ok=True)
        if not (group / limit).exists():
            raise FileNotFoundError(f"no {limit} in {group}")
        (group / limit).write_text(str(_POSTGRES_BYTES))
        for process in _postgres(system):
            (group / "cgroup.procs").write_text(str(process.pid))
    except OSError as error:
        print(f"PostgreSQL is not held to 4 GB: {error}", flush=True)


def _postgres(system: System) -> list[psutil.Process]:
    """The server and what it has started; what it starts later is in its group."""
    place = str(system.config.state)
    [server] = [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "postgres" and place in " ".join(process.info["cmdline"] or ())
    ]
    return [server, *server.children(recursive=True)]


def _drop_indexes(owner: Owner) -> None:
    for name in _INDEXES:
        owner.execute(f"drop index {name}")  # a name of this module


def _build_indexes(owner: Owner, passages: int) -> None:
    owner.execute("set maintenance_work_mem = '1500MB'")
    owner.execute("set max_parallel_maintenance_workers = 1")
    for name, statement in _INDEXES.items():
        began = time.perf_counter()
        owner.execute(statement)
        _say(f"build {name}", passages, time.perf_counter() - began)
    owner.execute("vacuum analyze")


def _recall(owner: Owner, embedder: Embedder, workspace_id: UUID) -> None:
    """The ten nearest by the index against the ten nearest there are."""
    owner.execute("select set_config('ibid.workspace', %s, false)", [str(workspace_id)])
    shares = []
    for query in Writer(seed=5).queries(_QUERIES):
        vector = HalfVector(embedder.embed_query(query))
        exact = owner.execute(_NEAREST, [DEFAULT_MODEL.name, workspace_id, vector]).fetchall()
        found = owner.execute(_CANDIDATES, [DEFAULT_MODEL.name, vector]).fetchall()
        shares.append(len({*exact} & {*found}) / len(exact))
    print(f"recall@10 of the vector side         {np.mean(shares):.3f}", flush=True)


def _latency(system: System) -> float:
    """Print how long a search takes, and return the median."""
    caller = Caller(system)
    queries = Writer(seed=6).queries(_QUERIES)
    times = [timed(lambda: caller.search(query))[1] for query in queries]  # noqa: B023
    print(
        f"hybrid search, HTTP, 1 client        p50 {median(times) * 1e3:.1f} ms"
        f"   p95 {quantiles(times, n=20)[-1] * 1e3:.1f} ms",
        flush=True,
    )
    rate = searches_a_second(lambda: Caller(system).search)
    print(f"hybrid search, HTTP, {CLIENTS} clients       {rate:.0f} a second", flush=True)
    return median(times)


def _say(what: str, passages: int, seconds: float) -> None:
    print(f"{what:36s} {seconds:8.1f} s   {passages / seconds:8.0f} passages/s", flush=True)
