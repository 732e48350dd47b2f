"""The indexes that a search without operators uses, as the services' role, and what they find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from libs.embedding import DEFAULT_MODEL
from libs.postgres.pool import Connection, Pool, workspace_transaction
from libs.testing.corpus import Shelf, open_workspace

_SHARES = {"all": 4_000, "a tenth": 400, "a hundredth": 40, "a thousandth": 4}
"""Passages of each document but the first, which has the others."""

_OFTEN = 20


@dataclass(frozen=True)
class Corpus:
    pool: Pool
    workspace_id: UUID
    documents: Mapping[str, UUID]
    queries: Sequence[str]


@pytest.fixture
async def corpus(pool: Pool, owner_url: str) -> Corpus:
    """4,000 passages, too many to be read one by one, with vectors of sixteen random directions."""
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    documents = {}
    for share in _SHARES:
        received = await shelf.add(f"Beacon of {share}.", share, title=share)
        documents[share] = received.document_id
    *others, most = sorted(_SHARES.values())
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("select setseed(0.5)")
        for share, count in _SHARES.items():
            copies = most - sum(others) if count == most else count
            owner.execute(_COPY_PASSAGES, [copies - 1, documents[share]])
        owner.execute("delete from embeddings")
        owner.execute(_MAKE_EMBEDDINGS, [DEFAULT_MODEL.name])
        owner.execute("update lexical_statistics set passages = %s", [most])
        owner.execute("update terms set df = %s where lexeme = 'beacon'", [most])
        owner.execute("analyze")
        vectors = owner.execute(_SOME_VECTORS, [_OFTEN]).fetchall()
    return Corpus(pool, shelf.workspace_id, documents, [str(vector) for (vector,) in vectors])


@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("share", _SHARES)
async def test_the_closest_are_found_however_few_a_filter_leaves(
    corpus: Corpus, share: str, is_listed: bool
) -> None:
    documents = None if share == "all" else [corpus.documents[share]]
    statement: LiteralString = _CLOSEST if is_listed else _CLOSEST_BY_FILTERS
    found = wanted = 0
    async with workspace_transaction(corpus.pool, corpus.workspace_id) as connection:
        for vector in corpus.queries:
            given = _given(vector, documents)
            closest = await _ids(connection, statement, given)
            truly = await _ids(connection, _TRULY_CLOSEST, given)
            found += len(closest & truly)
            wanted += len(truly)
    assert wanted == _OFTEN * min(10, _SHARES[share])
    assert found / wanted >= 0.95


@pytest.mark.parametrize(
    ("statement", "documents", "index"),
    [
        ("lexical", [], "passages_words"),
        ("lexical", ["all", "a tenth"], "passages_words"),
        ("semantic", [], "embeddings_all_minilm_l6_v2_hnsw"),
        ("semantic", ["all", "a tenth"], "embeddings_all_minilm_l6_v2_hnsw"),
        ("lexical by filters", ["all", "a tenth"], "passages_words"),
        ("semantic by filters", ["all", "a tenth"], "embeddings_all_minilm_l6_v2_hnsw"),
    ],
)
async def test_the_services_role_searches_by_the_indexes(
    corpus: Corpus, statement: str, documents: Sequence[str], index: str
) -> None:
    statements: Mapping[str, LiteralString] = {
        "lexical": _LEXICAL,
        "semantic": _CLOSEST,
        "lexical by filters": _LEXICAL_BY_FILTERS,
        "semantic by filters": _CLOSEST_BY_FILTERS,
    }
    given = _given(corpus.queries[0], [corpus.documents[one] for one in documents] or None)
    async with workspace_transaction(corpus.pool, corpus.workspace_id) as connection:
        assert await _ids(connection, statements[statement], given)
        told = await connection.execute(_SCANS, [index])
        is_superuser, reads_all, scans, seq_scans = await told.fetchone() or ()
    assert (is_superuser, reads_all) == ("off", False)
    assert (scans, seq_scans) == (1, 0)


def _given(vector: str, documents: Sequence[UUID] | None) -> dict[str, object]:
    filters = {} if documents is None else {"documents": [*map(str, documents)]}
    return {
        "model": DEFAULT_MODEL.name,
        "vector": vector,
        "documents": documents,
        "filters": Jsonb({"metadata": {}} | filters),
    }


async def _ids(
    connection: Connection, statement: LiteralString, given: Mapping[str, object]
) -> set[UUID]:
    cursor = await connection.execute(statement, given)
    return {row[0] for row in await cursor.fetchall()}


_COPY_PASSAGES = """
    insert into passages
    select copy.* from generate_series(1, %s) n, passages p,
           jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'ordinal', n)) copy
     where p.document_id = %s
"""
_MAKE_EMBEDDINGS = """
    insert into embeddings (workspace_id, passage_id, model, embedding)
    select p.workspace_id, p.id, %s, l2_normalize((
               select array_agg(case when n <= 16 then random() - 0.5 else 0 end)::vector(384)
                 from generate_series(1, 384) n where p.id is not null))::halfvec
      from passages p
"""
_SOME_VECTORS = "select embedding::text from embeddings order by passage_id limit %s"
_CLOSEST = """
    select passage_id from semantic_passages_384(
        %(model)s, %(vector)s::halfvec, 10, null, %(documents)s::uuid[])
"""
_CLOSEST_BY_FILTERS = """
    select passage_id from filtered_semantic_passages_384(
        %(model)s, %(vector)s::halfvec, 10, null, %(filters)s)
"""
_TRULY_CLOSEST = """
    select e.passage_id from embeddings e join passages p on p.id = e.passage_id
     where %(documents)s::uuid[] is null or p.document_id = any (%(documents)s)
     order by (e.embedding <#> %(vector)s::halfvec) + 0 limit 10
"""
_LEXICAL = """
    select passage_id from lexical_passages(
        'beacon', '{1:1}/268435456', 10, null, %(documents)s::uuid[])
"""
_LEXICAL_BY_FILTERS = """
    select passage_id from filtered_lexical_passages(
        'beacon', '{1:1}/268435456', 10, null, %(filters)s)
"""
_SCANS = """
    select current_setting('is_superuser'),
           (select rolbypassrls from pg_roles where rolname = current_user),
           pg_stat_get_xact_numscans(%s::regclass),
           (select sum(seq_scan) from pg_stat_xact_user_tables
             where relname in ('passages', 'embeddings_all_minilm_l6_v2'))
"""
