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
"""Words are looked up alone while they bring 2,000 of them, or the two rarest 4,000."""


@pytest.fixture
def workspace_id(owner_url: str) -> UUID:
    return open_workspace(owner_url)


async def _looked_up(
    pool: Pool, owner_url: str, workspace_id: UUID, frequencies: Mapping[str, int]
) -> str:
    """Return the query by which passages are found, where so many have each of its words."""
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "insert into lexical_statistics (workspace_id, passages, length) values (%s, %s, 1)",
            [workspace_id, _PASSAGES],
        )
        owner.execute(
            "insert into terms (workspace_id, lexeme, df)"
            " select %s, u.* from unnest(%s::text[], %s::bigint[]) u",
            [workspace_id, [*frequencies], [*frequencies.values()]],
        )
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
        ({"one": 1_500, "two": 2_000}, "'one' | 'two'"),
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
    "find",
    [
        "lexical_passages('beacon', '{1:1}/268435456', 100, null, null)",
        "lexical_matches('beacon', '{1:1}/268435456', 100, null, null, %(conditions)s)",
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
        ("lexical_matches(null, '{1:1}/268435456', 100, null, null, %s)", '"beacon"', 100),
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


_A_ROW_AND_ITS_TEXT = 2
_MOST_READ = 6_000
_COPIES = """
    insert into passages
    select copy.* from passages p, generate_series(1, %s) n,
           jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'ordinal', n)) copy
"""
