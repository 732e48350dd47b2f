"""What a search reads, however frequent its words and however large its neighbours are."""

from collections.abc import Mapping
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from libs.postgres.pool import Connection, Pool, workspace_transaction
from libs.search.query_language import parse
from libs.testing.corpus import Shelf, open_workspace

_PASSAGES = 100_000
"""Words are looked up alone while they bring 1,000 of them, or the two rarest 2,000."""


@pytest.fixture
def workspace_id(owner_url: str) -> UUID:
    return open_workspace(owner_url)


def _set_frequencies(
    owner_url: str, workspace_id: UUID, frequencies: Mapping[str, int], passages: int = _PASSAGES
) -> None:
    """Let it seem that so many passages have each of these words."""
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "insert into lexical_statistics (workspace_id, passages, length) values (%s, %s, 1)",
            [workspace_id, passages],
        )
        owner.execute(
            "insert into terms (workspace_id, lexeme, df)"
            " select %s, u.* from unnest(%s::text[], %s::bigint[]) u",
            [workspace_id, [*frequencies], [*frequencies.values()]],
        )


async def _looked_up(
    pool: Pool,
    owner_url: str,
    workspace_id: UUID,
    frequencies: Mapping[str, int],
    passages: int = _PASSAGES,
) -> str:
    """Return the query by which passages are found, where so many have each of its words."""
    _set_frequencies(owner_url, workspace_id, frequencies, passages)
    async with workspace_transaction(pool, workspace_id) as connection:
        found = await connection.execute(
            "select tq::text from weigh_query(%s)", [["unheard", *frequencies]]
        )
        row = await found.fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    ("frequencies", "looked_up"),
    [
        ({"rare": 10, "scarce": 20}, "'rare' | 'scarce'"),
        ({"rare": 10, "common": 60_000}, "'rare'"),
        ({"one": 700, "two": 1_200}, "'one' | 'two'"),
        ({"one": 900, "two": 1_200}, "'one'"),
        ({"fill": 4_125, "also": 6_594}, "'fill' & 'also'"),
        (
            {"rare": 10, "fill": 4_125, "also": 6_594, "most": 70_000},
            "'rare' | 'fill' & 'also'",
        ),
        ({"the": 90_000}, "'the'"),
        ({"the": 95_000, "of": 90_000, "and": 80_000}, "'and' & 'of' & 'the'"),
    ],
)
async def test_frequent_words_are_looked_up_together(
    pool: Pool,
    owner_url: str,
    workspace_id: UUID,
    frequencies: Mapping[str, int],
    looked_up: str,
) -> None:
    assert await _looked_up(pool, owner_url, workspace_id, frequencies) == looked_up


@pytest.mark.parametrize(
    ("passages", "bound"),
    [(500, 600), (10_000, 600), (40_000, 800), (100_000, 2_000), (1_000_000, 4_000)],
)
async def test_two_words_bring_more_where_there_are_more_passages(
    pool: Pool, owner_url: str, workspace_id: UUID, passages: int, bound: int
) -> None:
    frequencies = {"one": bound // 2 - 50, "two": bound // 2 + 50, "many": bound}
    found = await _looked_up(pool, owner_url, workspace_id, frequencies, passages)
    assert found == "'one' | 'two'"


@pytest.mark.parametrize(
    "find",
    [
        "lexical_passages('beacon', '{1:1}/268435456', 100, null, null)",
        "matching_passages('beacon', '{1:1}/268435456', 100, null, null, %(conditions)s),"
        " unnest(ids)",
        "unnest(some_matches(100, null, null, %(conditions)s))",
    ],
)
async def test_a_small_workspace_reads_no_row_of_a_large_one(
    pool: Pool, owner_url: str, find: LiteralString
) -> None:
    large = await Shelf.open(pool, open_workspace(owner_url))
    await large.add("\n\n".join(f"Beacon {n} of the coast." for n in range(300)), "many")
    small = await Shelf.open(pool, open_workspace(owner_url, "small"))
    await small.add("One beacon.", "one")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("analyze passages")
    async with workspace_transaction(pool, small.workspace_id) as connection:
        given = {"conditions": _conditions('"beacon"')}
        found = await connection.execute(f"select count(*) from {find}", given)
        assert await found.fetchone() == (1,)
        assert await _rows_read(connection) <= _A_ROW_AND_ITS_TEXT


@pytest.mark.parametrize(
    ("find", "phrase", "count"),
    [
        (
            "matching_passages(null, '{1:1}/268435456', 100, null, null, %s), unnest(ids)",
            '"beacon"',
            100,
        ),
        (
            "(select some_matches(100, null, null, %s) offset 0) s(ids), unnest(ids)",
            '"beacon coast"',
            0,
        ),
    ],
)
async def test_conditions_read_so_many_passages_at_most(
    pool: Pool, owner_url: str, find: LiteralString, phrase: str, count: int
) -> None:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    await shelf.add("Beacon of the coast.", "one")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(_COPIES, [_MOST_READ + 1_000])
        owner.execute("analyze passages")
    async with workspace_transaction(pool, shelf.workspace_id) as connection:
        found = await connection.execute(f"select count(*) from {find}", [_conditions(phrase)])
        assert await found.fetchone() == (count,)
        assert await _rows_read(connection) <= _MOST_READ + count
        told = await connection.execute(_TOLD, [_conditions(phrase)])
        assert await told.fetchone() == (count < 100, count == 100)


@pytest.mark.parametrize(
    ("words", "entries"),
    [
        (None, 0),
        ("'common'", 1_000),
        ("'unheard'", 0),
        ("'rare' & 'common'", 10),
        ("'rare' | 'common' | 'commons'", 1_510),
        ("('rare' | 'common') & ('commons' | 'unheard') & 'common'", 500),
        ("'rare' | 'common' & ('commons' | 'rare')", 520),
        ("'common' & !'rare'", 1_000),
        ("!'common'", 0),
        ("'comm':*", 1_500),
        ("'rare' & 'comm':*", 1_500),
        ("'it''s \\\\ (so | & :*'", 7),
    ],
)
def test_what_the_index_reads_is_known_before(
    owner_url: str, workspace_id: UUID, words: str | None, entries: int
) -> None:
    frequencies = {"rare": 10, "common": 1_000, "commons": 500, "it's \\ (so | & :*": 7}
    _set_frequencies(owner_url, workspace_id, frequencies)
    with psycopg.connect(owner_url) as owner:
        owner.execute("select set_config('ibid.workspace', %s, true)", [str(workspace_id)])
        found = owner.execute("select entries from entries_to_read(%s::tsquery)", [words])
        assert found.fetchone() == (entries,)


async def test_conditions_that_are_costly_to_look_up_are_held_against_what_the_words_find(
    pool: Pool, owner_url: str
) -> None:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    await shelf.add("Beacon of the coast.", "one")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(_COPIES, [_MOST_READ])
    await shelf.add("A beacon has its keeper.", "keeper")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update terms set df = 500000 where lexeme = 'beacon'")
        owner.execute("analyze passages")
    async with workspace_transaction(pool, shelf.workspace_id) as connection:
        found = await connection.execute(
            "select cardinality(ids), are_all"
            " from matching_passages('keeper', '{1:1}/268435456', 5000, null, null, %s)",
            [_conditions('"beacon"')],
        )
        of_the_first_and_of_the_words = 2_001
        assert await found.fetchone() == (of_the_first_and_of_the_words, False)
        entries = await connection.execute(
            "select pg_stat_get_xact_tuples_returned('passages_words'::regclass)"
        )
        assert await entries.fetchone() == (1,)


@pytest.mark.parametrize(("frequent", "entries_read"), [("beacon", False), ("keeper", True)])
async def test_words_that_very_many_passages_have_are_looked_for_among_the_first(
    pool: Pool, owner_url: str, frequent: str, entries_read: bool
) -> None:
    """In the index only where these do not have enough of them."""
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    await shelf.add("Beacon of the coast.", "one")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(_COPIES, [150])
    await shelf.add("A beacon has its keeper.", "keeper")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update terms set df = 500000 where lexeme = %s", [frequent])
        owner.execute("analyze passages")
    async with workspace_transaction(pool, shelf.workspace_id) as connection:
        found = await connection.execute(
            "select cardinality(ids), are_all"
            " from matching_passages(%s::tsquery, '{1:1}/268435456', 100, null, null, %s)",
            [frequent, _conditions(f'"{frequent}"')],
        )
        assert await found.fetchone() == (1 if entries_read else 100, False)
        entries = await connection.execute(
            "select pg_stat_get_xact_tuples_returned('passages_words'::regclass) > 0"
        )
        assert await entries.fetchone() == (entries_read,)


def _conditions(query: str) -> Jsonb:
    return Jsonb(parse(query).to_json(["en"]))


async def _rows_read(connection: Connection) -> int:
    read = await connection.execute(
        "select idx_tup_fetch + seq_tup_read from pg_stat_xact_user_tables"
        " where relname = 'passages'"
    )
    row = await read.fetchone()
    assert row is not None
    return int(row[0])


_TOLD = (
    "select are_all, are_many from matching_passages(null, '{1:1}/268435456', 100, null, null, %s)"
)
_A_ROW_AND_ITS_TEXT = 2
_MOST_READ = 6_000
_COPIES = """
    insert into passages
    select copy.* from passages p, generate_series(1, %s) n,
           jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'ordinal', n)) copy
"""
