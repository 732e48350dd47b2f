"""Conditions in a workspace that is too large to be read whole."""

from typing import LiteralString

import psycopg
import pytest
from pgvector import HalfVector
from psycopg.types.json import Jsonb

from libs.embedding.embedder import Vector
from libs.postgres.pool import Pool, workspace_transaction
from libs.search import Found, Query, find
from libs.search.query_language import parse
from libs.testing.corpus import EMBEDDER, Shelf, knows, open_workspace


@pytest.fixture
async def fresh_shelf(pool: Pool, owner_url: str) -> Shelf:
    """More passages than are scanned without an index: every fiftieth is green."""
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    text = "\n\n".join(
        f"Beacon {n} of the coast stands on {'red' if n % 50 else 'green'} rock."
        for n in range(2100)
    )
    await shelf.add(text, "many", title="many")
    await shelf.add("Two lamps, and oil for them.", "lamps", title="lamps")
    return shelf


@pytest.fixture
def shelf(fresh_shelf: Shelf, owner_url: str) -> Shelf:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("analyze")
    return fresh_shelf


async def _find(shelf: Shelf, query: Query) -> Found:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        return await find(connection, query, _embed, shelf.embedder.model, knows)


async def _embed(text: str) -> Vector:
    return EMBEDDER.embed_query(text)


_GREEN = [
    'beacon 77 "green rock"',
    "beacon 77 -red title:many",
    'beacon "of the coast stands on" -red',
    '"of the" -red',
]


async def test_a_large_workspace_holds_the_conditions_on_both_sides(shelf: Shelf) -> None:
    for query in _GREEN:
        found = await _find(shelf, Query(query, limit=100, group=False))
        assert found.total == 42, query
        assert all("green rock" in hit.text for hit in found.hits)


async def test_the_index_finds_the_passages(shelf: Shelf) -> None:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        for number, (query, count) in enumerate(_COUNTED, start=1):
            conditions = Jsonb(parse(query).to_json(["en"]))
            found = await connection.execute(_MATCHES, [conditions])
            assert await found.fetchone() == (count,)
            scans = await connection.execute(_SCANS)
            assert await scans.fetchone() == (0, number)


async def test_the_closest_are_found_by_their_index_where_many_hold(shelf: Shelf) -> None:
    vector = HalfVector(EMBEDDER.embed_query("beacon"))
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        for number, query in enumerate(["-green", '"of the coast"', "beac*"], start=1):
            conditions = Jsonb(parse(query).to_json(["en"]))
            given = {"model": EMBEDDER.model.name, "vector": vector, "conditions": conditions}
            found = await connection.execute(_CLOSEST, given)
            assert await found.fetchone() == (100,)
            scans = await connection.execute(_VECTOR_SCANS)
            assert await scans.fetchone() == (number,)


async def test_the_closest_are_found_by_their_index_before_any_statistics(
    fresh_shelf: Shelf,
) -> None:
    async with workspace_transaction(fresh_shelf.pool, fresh_shelf.workspace_id) as connection:
        vector = HalfVector(EMBEDDER.embed_query("beacon"))
        for number, sql in enumerate((_CLOSEST_OF_ALL, _CLOSEST), start=1):
            conditions = Jsonb(parse("-green").to_json(["en"]))
            given = {"model": EMBEDDER.model.name, "vector": vector, "conditions": conditions}
            assert await (await connection.execute(sql, given)).fetchone() == (100,)
            scans = await connection.execute(_VECTOR_SCANS)
            assert await scans.fetchone() == (number,)


_MATCHING = (
    "matching_passages({tq}, '{{}}/268435456', 100, null, null, %(conditions)s), unnest(ids)"
)
_NEAREST = (
    "closest_matches_384(%(model)s, %(vector)s::halfvec, 100, null, null, %(conditions)s,"
    " null, {are_many})"
)
_FILTERS = Jsonb({"fields": [[{"kind": "title", "value": "many", "negated": False}]]})
_FILTERED_MATCHING = _MATCHING.replace("null, %(cond", "%(filters)s, %(cond").replace(
    "matching_", "filtered_matching_"
)
_FILTERED_NEAREST = _NEAREST.replace("null, %(cond", "%(filters)s, %(cond").replace(
    "closest_", "filtered_closest_"
)


@pytest.mark.parametrize(
    ("query", "find", "in_time", "late"),
    [
        ('"green rock"', _MATCHING.format(tq="null"), 42, 42),
        ('-"on red"', _MATCHING.format(tq="'coast'"), 42, 10),
        ('"of the"', _MATCHING.format(tq="null"), 100, 0),
        ('"green rock"', "unnest(some_matches(100, null, null, %(conditions)s))", 42, 0),
        ('"green rock"', _NEAREST.format(are_many="false"), 42, 0),
        ("-red", _NEAREST.format(are_many="true"), 43, 0),
        ('"green rock"', _FILTERED_MATCHING.format(tq="null"), 42, 42),
        ('-"on red"', _FILTERED_MATCHING.format(tq="'coast'"), 42, 10),
        ('"of the"', _FILTERED_MATCHING.format(tq="null"), 100, 0),
        ('"green rock"', _FILTERED_NEAREST.format(are_many="false"), 42, 0),
        ("-red", _FILTERED_NEAREST.format(are_many="true"), 42, 0),
    ],
)
def test_no_more_is_looked_at_when_the_time_is_over(
    shelf: Shelf, owner_url: str, query: str, find: LiteralString, in_time: int, late: int
) -> None:
    """But for the 500 passages that come first."""
    given = {
        "model": EMBEDDER.model.name,
        "vector": HalfVector(EMBEDDER.embed_query("beacon")).to_text(),
        "conditions": Jsonb(parse(query).to_json(["en"])),
        "filters": _FILTERS,
    }
    with psycopg.connect(owner_url) as owner:
        owner.execute("select set_config('ibid.workspace', %s, true)", [str(shelf.workspace_id)])
        count = f"select count(*) from {find}"
        assert owner.execute(count, given).fetchone() == (in_time,)
        owner.execute(_NO_TIME)
        assert owner.execute(count, given).fetchone() == (late,)
        owner.rollback()


def test_conditions_have_a_part_of_the_time_of_a_statement(shelf: Shelf, owner_url: str) -> None:
    small = open_workspace(owner_url, "small")
    with psycopg.connect(owner_url) as owner:
        owner.execute("set local statement_timeout = '60s'")
        for workspace_id, has_end in ((shelf.workspace_id, True), (small, False)):
            owner.execute("select set_config('ibid.workspace', %s, true)", [str(workspace_id)])
            found = owner.execute("select deadline(15) < clock_timestamp() + interval '5s'")
            assert found.fetchone() == (has_end,)
        owner.execute("set local statement_timeout = 0")
        owner.execute("select set_config('ibid.workspace', %s, true)", [str(shelf.workspace_id)])
        assert owner.execute("select deadline(15) = 'infinity'").fetchone() == (True,)


async def test_the_index_finds_them_beside_filters(shelf: Shelf) -> None:
    given = {
        "model": EMBEDDER.model.name,
        "vector": HalfVector(EMBEDDER.embed_query("beacon")),
        "filters": _FILTERS,
    }
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        for number, (query, count) in enumerate(_COUNTED, start=1):
            conditions = Jsonb(parse(query).to_json(["en"]))
            found = await connection.execute(_FILTERED_MATCHES, {**given, "conditions": conditions})
            assert await found.fetchone() == (count - query.count("lamp"),)
            scans = await connection.execute(_SCANS)
            assert await scans.fetchone() == (0, number)
        for number, query in enumerate(["-green", '"of the coast"', "beac*"], start=1):
            conditions = Jsonb(parse(query).to_json(["en"]))
            found = await connection.execute(_FILTERED_CLOSEST, {**given, "conditions": conditions})
            assert await found.fetchone() == (100,)
            scans = await connection.execute(_VECTOR_SCANS)
            assert await scans.fetchone() == (number,)


_COUNTED = [('"green rock"', 42), ("green OR lamp -coast", 1)]
_MATCHES = (
    "select cardinality(ids) from matching_passages(null, '{}/268435456', 100, null, null, %s)"
)
_SCANS = (
    "select seq_scan, pg_stat_get_xact_numscans('passages_words'::regclass)"
    " from pg_stat_xact_user_tables where relname = 'passages'"
)
_CLOSEST = (
    "select count(*) from closest_matches_384("
    "%(model)s, %(vector)b::halfvec, 100, null, null, %(conditions)s, null, false)"
)
_CLOSEST_OF_ALL = (
    "select count(*) from semantic_passages_384(%(model)s, %(vector)b::halfvec, 100, null, null)"
)
_FILTERED_MATCHES = (
    "select cardinality(ids) from filtered_matching_passages("
    "null, '{}/268435456', 100, null, %(filters)s, %(conditions)s)"
)
_FILTERED_CLOSEST = (
    "select count(*) from filtered_closest_matches_384("
    "%(model)s, %(vector)b::halfvec, 100, null, %(filters)s, %(conditions)s, null, false)"
)
_VECTOR_SCANS = "select pg_stat_get_xact_numscans('embeddings_all_minilm_l6_v2_hnsw'::regclass)"
_NO_TIME = """
    create or replace function deadline(part integer) returns timestamptz
    language sql volatile return clock_timestamp() - interval '1 s'
"""
