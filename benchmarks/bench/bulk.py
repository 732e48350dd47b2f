"""Fill an installation with many passages at once: by COPY, without jobs.

Passages are made of sentences: five of 20,000, or of a fifth as many as there are passages, and a
word of their own. Their embedding is the mean of their sentences', each of which weighs half as
much as the one before, with noise: a passage has one subject and neighbours for a reason, as real
texts do. Texts repeat, which people's hardly do. Where fifty passages begin with the same sentence,
their vectors lie in knots, of which HNSW finds less: so sentences grow with the corpus.
"""

import random
import time
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from bench.system import System
from bench.texts import Writer
from dev.config import OWNER, OWNER_PASSWORD
from libs.analysis.lexemes import lexemes, words
from libs.embedding import DEFAULT_MODEL, Embedder

_SENTENCES, _SENTENCES_A_PASSAGE, _PASSAGES_A_DOCUMENT = 20_000, 5, 100
_PASSAGES_A_SENTENCE = 5
_WEIGHTS = np.float32(0.5) ** np.arange(_SENTENCES_A_PASSAGE, dtype=np.float32)
_NOISE = 0.03
_BATCH = 20_000

SHARES = {"all": 1, "tenth": 10, "hundredth": 100, "thousandth": 1000}
"""Keys of the documents' metadata: ``tenth`` is true for every tenth document."""

type Owner = psycopg.Connection[tuple[object, ...]]


class Sentences:
    """What so many passages are made of."""

    def __init__(self, embedder: Embedder, passages: int = 0) -> None:
        writer = Writer(seed=3)
        number = max(_SENTENCES, passages // _PASSAGES_A_SENTENCE)
        self.texts = [writer.sentence() for _ in range(number)]
        self.lexemes = [list(lexemes(words(text), "en")) for text in self.texts]
        self.embeddings = embedder.embed_passages(self.texts)


def load(
    owner: Owner, sentences: Sentences, workspace_id: UUID, collection_id: UUID, numbers: range
) -> float:
    """Load the passages of these numbers; return the seconds that it took."""
    began = time.perf_counter()
    chance = random.Random(numbers.start)
    noise = np.random.default_rng(numbers.start)
    every = range(len(sentences.texts))
    owner.execute(
        "create temporary table if not exists loaded"
        " (id uuid, document_id uuid, ordinal integer, text text, lexemes tsvector)"
    )
    for first in range(numbers.start, numbers.stop, _BATCH):
        number = min(_BATCH, numbers.stop - first)
        picked = np.array([chance.sample(every, _SENTENCES_A_PASSAGE) for _ in range(number)])
        ids = [uuid7() for _ in range(number)]
        with owner.transaction():
            _copy_passages(owner, sentences, workspace_id, collection_id, ids, picked, first)
            vectors = np.einsum("nsd,s->nd", sentences.embeddings[picked], _WEIGHTS)
            vectors += noise.normal(0, _NOISE, vectors.shape)
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
    numbers = range(first // _PASSAGES_A_DOCUMENT, first // _PASSAGES_A_DOCUMENT + len(documents))
    shares = [Jsonb({key: n % each == 0 for key, each in SHARES.items()}) for n in numbers]
    owner.execute(
        "insert into blobs (workspace_id, sha256, size_bytes) values (%s, sha256('scale'), 1)"
        " on conflict do nothing",
        [workspace_id],
    )
    owner.execute(
        "insert into documents"
        " (workspace_id, id, collection_id, external_id, title, published, metadata)"
        " select %s, d, %s, d::text, 'scale', 1, m from unnest(%s::uuid[], %s::jsonb[]) u(d, m)",
        [workspace_id, collection_id, documents, shares],
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


def open_workspace(owner: Owner, name: str) -> tuple[UUID, UUID]:
    """Return a new workspace and a collection in it."""
    workspace_id, collection_id = uuid7(), uuid7()
    owner.execute("insert into workspaces (id, name) values (%s, %s)", [workspace_id, name])
    owner.execute(
        "insert into collections (workspace_id, id, name) values (%s, %s, %s)",
        [workspace_id, collection_id, name],
    )
    return workspace_id, collection_id


def connect_owner(system: System) -> Owner:
    url = system.config.database_url(OWNER, OWNER_PASSWORD)
    connection = psycopg.connect(url, autocommit=True)
    register_vector(connection)
    return connection


def tidy_up(system: System) -> None:
    """Do what PostgreSQL does by itself some minutes after loading, and would do meanwhile."""
    with connect_owner(system) as owner:
        owner.execute("vacuum analyze")
