"""Search in a large workspace: how fast, how exact, and what it takes to fill it.

Passages are made of sentences: five of 20,000, and a word of their own. Their embedding is the
mean of their sentences' with noise, so that neighbours are neighbours for a reason, as in real
texts; but texts repeat, so recall may flatter. They go into the tables by COPY, without jobs; the
indexes are built afterwards.
"""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from uuid_utils.compat import uuid7

from bench.search import Caller
from bench.system import System
from bench.texts import Writer
from dev.config import OWNER, OWNER_PASSWORD
from libs.analysis.lexemes import lexemes, words
from libs.embedding import DEFAULT_MODEL, Embedder

_SENTENCES, _SENTENCES_A_PASSAGE, _PASSAGES_A_DOCUMENT = 20_000, 5, 100
_NOISE = 0.03
_BATCH = 20_000
_WARM_UP, _QUERIES, _EXACT = 50, 300, 50
_CLIENTS, _SECONDS = 2, 15
_INDEXES = {
    "passages_lexemes": "create index passages_lexemes on passages using gin (lexemes)"
    " with (fastupdate = off)",
    "embeddings_all_minilm_l6_v2_hnsw": "create index embeddings_all_minilm_l6_v2_hnsw"
    " on embeddings_all_minilm_l6_v2 using hnsw ((embedding::halfvec(384)) halfvec_ip_ops)"
    " with (m = 12)",
}
_SIZES = """
    select relname, pg_size_pretty(pg_relation_size(oid)) from pg_class
     where relname in ('passages', 'passages_lexemes', 'embeddings_all_minilm_l6_v2',
                       'embeddings_all_minilm_l6_v2_hnsw', 'terms') order by relname
"""
_NEAREST = """
    select passage_id from embeddings where model = %s and workspace_id = %s
     order by embedding::halfvec(384) <#> %s limit 10
"""
_CANDIDATES = "select passage_id from semantic_passages_384(%s, %s, 100, null, null) limit 10"

type Owner = psycopg.Connection[tuple[object, ...]]


class Sentences:
    """What passages are made of."""

    def __init__(self, embedder: Embedder) -> None:
        writer = Writer(seed=3)
        self.texts = [writer.sentence() for _ in range(_SENTENCES)]
        self.lexemes = [list(lexemes(words(text), "en")) for text in self.texts]
        self.embeddings = embedder.embed_passages(self.texts)


def run(system: System, passages: int) -> None:
    with TemporaryDirectory() as folder:
        embedder = Embedder.load(DEFAULT_MODEL, Path(folder), inter_threads=2)
    sentences = Sentences(embedder)
    with _owner(system) as owner, system.client() as client:
        workspace_id = client.whoami().workspace_id
        collection_id = client.create_collection(f"scale {time.time_ns()}").id
        for name in _INDEXES:
            owner.execute(f"drop index {name}")  # a name of this module
        _say("load", passages, _load(owner, sentences, workspace_id, collection_id, passages))
        owner.execute("set maintenance_work_mem = '1500MB'")
        owner.execute("set max_parallel_maintenance_workers = 1")
        for name, statement in _INDEXES.items():
            began = time.perf_counter()
            owner.execute(statement)
            _say(f"build {name}", passages, time.perf_counter() - began)
        owner.execute("vacuum analyze")
        for relation, size in owner.execute(_SIZES).fetchall():
            print(f"{relation:36s} {size}", flush=True)
        _recall(owner, embedder, workspace_id)
    _latency(system)


def _load(
    owner: Owner, sentences: Sentences, workspace_id: UUID, collection_id: UUID, passages: int
) -> float:
    """Return the seconds that it took."""
    began = time.perf_counter()
    chance = random.Random(4)
    noise = np.random.default_rng(4)
    owner.execute(
        "create temporary table loaded"
        " (id uuid, document_id uuid, ordinal integer, text text, lexemes tsvector)"
    )
    for first in range(0, passages, _BATCH):
        number = min(_BATCH, passages - first)
        picked = np.array(
            [chance.sample(range(_SENTENCES), _SENTENCES_A_PASSAGE) for _ in range(number)]
        )
        ids = [uuid7() for _ in range(number)]
        with owner.transaction():
            _copy_passages(owner, sentences, workspace_id, collection_id, ids, picked, first)
            vectors = sentences.embeddings[picked].mean(axis=1)
            vectors += noise.normal(0, _NOISE, vectors.shape).astype(np.float32)
            _copy_embeddings(owner, workspace_id, ids, vectors)
    return time.perf_counter() - began


def _copy_passages(
    owner: Owner,
    sentences: Sentences,
    workspace_id: UUID,
    collection_id: UUID,
    ids: list[UUID],
    picked: NDArray[np.int64],
    first: int,
) -> None:
    documents = [uuid7() for _ in range(-(-len(ids) // _PASSAGES_A_DOCUMENT))]
    owner.execute(
        "insert into blobs (workspace_id, sha256, size_bytes) values (%s, sha256('scale'), 1)"
        " on conflict do nothing",
        [workspace_id],
    )
    owner.execute(
        "insert into documents (workspace_id, id, collection_id, external_id, title, published)"
        " select %s, d, %s, d::text, 'scale', 1 from unnest(%s::uuid[]) d",
        [workspace_id, collection_id, documents],
    )
    owner.execute(
        "insert into versions (workspace_id, document_id, number, sha256, media_type, file_name,"
        " size_bytes, language) select %s, d, 1, sha256('scale'), 'text/plain', 'scale', 1, 'en'"
        " from unnest(%s::uuid[]) d",
        [workspace_id, documents],
    )
    owner.execute("truncate loaded")
    columns = "id, document_id, ordinal, text, lexemes"
    with owner.cursor().copy(f"copy loaded ({columns}) from stdin") as copy:
        for place, (passage_id, row) in enumerate(zip(ids, picked, strict=True)):
            own = f"w{first + place}"
            text = " ".join(sentences.texts[one] for one in row)
            words = dict.fromkeys(one for each in row for one in sentences.lexemes[each])
            found = " ".join(f"'{word}':{at}" for at, word in enumerate([*words, own], start=1))
            document = documents[place // _PASSAGES_A_DOCUMENT]
            copy.write_row((passage_id, document, place % _PASSAGES_A_DOCUMENT, text, found))
    owner.execute(
        "insert into passages (workspace_id, id, collection_id, document_id, version, ordinal,"
        " page, span_start, span_end, text, lexemes, weights)"
        " select %s, l.id, %s, l.document_id, 1, l.ordinal, 1, 0, length(l.text), l.text,"
        " l.lexemes, passage_weights(l.lexemes, 45) from loaded l",
        [workspace_id, collection_id],
    )


def _copy_embeddings(
    owner: Owner, workspace_id: UUID, ids: list[UUID], vectors: NDArray[np.float32]
) -> None:
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    columns = "model, workspace_id, passage_id, embedding"
    with owner.cursor().copy(f"copy embeddings ({columns}) from stdin (format binary)") as copy:
        copy.set_types(["text", "uuid", "uuid", "halfvec"])
        for passage_id, vector in zip(ids, vectors, strict=True):
            copy.write_row((DEFAULT_MODEL.name, workspace_id, passage_id, HalfVector(vector)))


def _recall(owner: Owner, embedder: Embedder, workspace_id: UUID) -> None:
    """The ten nearest by the index against the ten nearest there are."""
    owner.execute("select set_config('ibid.workspace', %s, false)", [str(workspace_id)])
    shares = []
    for query in Writer(seed=5).queries(_EXACT):
        vector = HalfVector(embedder.embed_query(query))
        owner.execute("set enable_indexscan = off")
        exact = owner.execute(_NEAREST, [DEFAULT_MODEL.name, workspace_id, vector]).fetchall()
        owner.execute("set enable_indexscan = on")
        found = owner.execute(_CANDIDATES, [DEFAULT_MODEL.name, vector]).fetchall()
        shares.append(len({*exact} & {*found}) / len(exact))
    print(f"recall@10 of the vector side         {np.mean(shares):.3f}", flush=True)


def _latency(system: System) -> None:
    queries = list(Writer(seed=6).queries(_WARM_UP + _QUERIES))
    caller = Caller(system)
    times = [_timed(caller, query) for query in queries][_WARM_UP:]
    print(
        f"hybrid search, HTTP, 1 client        p50 {median(times) * 1e3:.1f} ms"
        f"   p95 {quantiles(times, n=20)[-1] * 1e3:.1f} ms",
        flush=True,
    )
    with ThreadPoolExecutor(_CLIENTS) as threads:
        done = sum(threads.map(lambda seed: _ask_for_a_while(system, seed), range(7, 7 + _CLIENTS)))
    print(
        f"hybrid search, HTTP, {_CLIENTS} clients       {done / _SECONDS:.0f} a second", flush=True
    )


def _ask_for_a_while(system: System, seed: int) -> int:
    """Return how many searches were answered."""
    caller = Caller(system)
    deadline = time.perf_counter() + _SECONDS
    asked = 0
    for query in _endless(seed):
        if time.perf_counter() > deadline:
            break
        caller.search(query)
        asked += 1
    return asked


def _endless(seed: int) -> Iterator[str]:
    while True:
        yield from Writer(seed).queries(10_000)
        seed += _CLIENTS


def _timed(caller: Caller, query: str) -> float:
    began = time.perf_counter()
    caller.search(query)
    return time.perf_counter() - began


def _say(what: str, passages: int, seconds: float) -> None:
    print(f"{what:36s} {seconds:8.1f} s   {passages / seconds:8.0f} passages/s", flush=True)


def _owner(system: System) -> Owner:
    url = system.config.database_url(OWNER, OWNER_PASSWORD)
    connection = psycopg.connect(url, autocommit=True)
    register_vector(connection)
    return connection
