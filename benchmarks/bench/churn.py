"""The statistics of the words, after documents came and went from eight connections at once.

Each of 10,000 writes puts a document of a few passages in, or takes one out. Then the statistics
are counted anew from the passages, and compared.
"""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
from psycopg import Connection
from uuid_utils.compat import uuid7

from bench.bulk import Owner, connect_owner, open_workspace
from bench.corpus import connect
from bench.system import System

_WRITES, _CONNECTIONS, _WORDS, _MOST_PASSAGES = 10_000, 8, 400, 4
_PUT = """
    with document as (
        insert into documents (workspace_id, id, collection_id, external_id, title, published)
        values (%(workspace)s, %(document)s, %(collection)s, %(document)s::text, 'churn', 1)
    )
    insert into versions (workspace_id, document_id, number, sha256, media_type, file_name,
                          size_bytes, language)
    values (%(workspace)s, %(document)s, 1, sha256('churn'), 'text/plain', 'churn', 1, 'en')
"""
_PASSAGES = """
    insert into passages (workspace_id, id, collection_id, document_id, version, ordinal, page,
                          span_start, span_end, text, lexemes, weights)
    select %(workspace)s, i, %(collection)s, %(document)s, 1, o, 1, 0, length(t), t,
           to_tsvector('simple', t), passage_weights(to_tsvector('simple', t), 10)
      from unnest(%(ids)s::uuid[], %(texts)s::text[]) with ordinality u(i, t, o)
"""
_VOCABULARY = """
    insert into vocabularies (workspace_id, document_id, words, folded)
    values (%(workspace)s, %(document)s, %(words)s, %(words)s)
"""
_WRONG = {
    "terms": """
        with counted as (
            select u.lexeme, count(*) as df from passages p, unnest(p.lexemes) u
             where p.workspace_id = %s group by u.lexeme)
        select count(*) from counted c full join (select * from terms where workspace_id = %s) t
               on t.lexeme = c.lexeme where t.df is distinct from c.df
    """,
    "words": """
        with counted as (
            select w, count(*) as documents from vocabularies v, unnest(v.words) w
             where v.workspace_id = %s group by w)
        select count(*) from counted c full join (select * from vocables where workspace_id = %s) t
               on t.word = c.w where t.documents is distinct from c.documents
    """,
    "sums": """
        select count(*) from (
            select count(*) as passages, coalesce(sum(lexeme_count(lexemes)), 0) as length
              from passages where workspace_id = %s) c
          full join (select * from lexical_statistics where workspace_id = %s) s on true
         where (s.passages, s.length) is distinct from (c.passages, c.length)
    """,
}


def run(system: System, passages: int) -> None:
    with connect_owner(system) as owner:
        workspace_id, collection_id = _open_workspace(owner)
        began = time.perf_counter()
        with ThreadPoolExecutor(_CONNECTIONS) as threads:
            left = sum(
                threads.map(
                    lambda seed: _churn(system, workspace_id, collection_id, seed),
                    range(_CONNECTIONS),
                )
            )
        seconds = time.perf_counter() - began
        wrong = {
            name: owner.execute(query.encode(), [workspace_id, workspace_id]).fetchone()
            for name, query in _WRONG.items()
        }
    print(f"{_WRITES} writes from {_CONNECTIONS} connections in {seconds:.0f} s; {left} left")
    for name, row in wrong.items():
        assert row is not None
        print(f"wrong {name:10s} {row[0]}      (target: 0)", flush=True)


def _open_workspace(owner: Owner) -> tuple[UUID, UUID]:
    workspace_id, collection_id = open_workspace(owner, "churn")
    owner.execute(
        "insert into blobs (workspace_id, sha256, size_bytes) values (%s, sha256('churn'), 1)",
        [workspace_id],
    )
    # a document that stays keeps the blob, which goes with the last version of it
    owner.execute(_PUT, _document(workspace_id, collection_id))
    return workspace_id, collection_id


def _document(workspace_id: UUID, collection_id: UUID) -> dict[str, object]:
    return {"workspace": workspace_id, "collection": collection_id, "document": uuid7()}


def _churn(system: System, workspace_id: UUID, collection_id: UUID, seed: int) -> int:
    """Return how many documents are left in the end."""
    chance = random.Random(seed)
    mine: list[object] = []
    with connect(system, workspace_id) as connection:
        for _ in range(_WRITES // _CONNECTIONS):
            if mine and chance.random() < 0.5:
                taken = mine.pop(chance.randrange(len(mine)))
                _repeat_if_deadlocked(
                    connection, [("delete from documents where id = %s", [taken])]
                )
            else:
                given = _document(workspace_id, collection_id)
                mine.append(given["document"])
                _put(connection, given, chance)
    return len(mine)


def _put(
    connection: Connection[tuple[object, ...]], given: dict[str, object], chance: random.Random
) -> None:
    words = [f"word{chance.randrange(_WORDS)}" for _ in range(40)]
    texts = [
        " ".join(chance.choices(words, k=10)) for _ in range(chance.randint(1, _MOST_PASSAGES))
    ]
    passages = {**given, "ids": [uuid7() for _ in texts], "texts": texts}
    vocabulary = {**given, "words": sorted(set(" ".join(texts).split()))}
    statements = [(_PUT, given), (_PASSAGES, passages), (_VOCABULARY, vocabulary)]
    _repeat_if_deadlocked(connection, statements)


def _repeat_if_deadlocked(
    connection: Connection[tuple[object, ...]],
    statements: Sequence[tuple[str, Sequence[object] | Mapping[str, object]]],
) -> None:
    while True:
        try:
            with connection.transaction():
                for statement, given in statements:
                    connection.execute(statement.encode(), given)
        except psycopg.errors.DeadlockDetected:
            continue
        return
