"""A query with operators: what it asks for, and the passages for which that holds."""

from collections.abc import Mapping, Sequence
from typing import cast

from psycopg.types.json import Jsonb

from libs.embedding import Model
from libs.errors import BadQuery
from libs.postgres.pool import Connection
from libs.postgres.statements import load
from libs.search.dimensions import of_dimension
from libs.search.query_language import ParsedQuery, names_to_ask_for, parse

_SQL = load("libs.search")

MOST_CONDITIONS = 32
"""Each is one more list to read for the index, and one more look at a text."""

MOST_PREFIXES = 8
"""For each the index reads the lists of all words that begin so."""

LONGEST_TERM = 300
"""Characters: a long sentence. A pattern of thousands takes a second for 30,000 texts."""


class TermTooLong(BadQuery):
    """A phrase or word of the query has more than 300 characters. Leave its end out."""

    code = "term-too-long"


class TooManyPrefixes(BadQuery):
    """The query has more than 8 beginnings of words (such as begin*). Leave some out."""

    code = "too-many-prefixes"


class TooManyConditions(BadQuery):
    """The query has more than 32 phrases, exclusions, alternatives and fields. Leave some out."""

    code = "too-many-conditions"


async def read(connection: Connection, text: str) -> ParsedQuery:
    """Read a query; the database is asked only where a word before a colon may be a field.

    Raises:
        TooManyConditions: there are more than MOST_CONDITIONS.
        TooManyPrefixes: more than MOST_PREFIXES of them are beginnings of words.
        TermTooLong: one of them is longer than LONGEST_TERM.
    """
    names = sorted(names_to_ask_for(text))[:MOST_CONDITIONS]
    keys: list[str] = []
    if names:
        cursor = await connection.execute(_SQL["known_keys"], {"names": names})
        row = await cursor.fetchone()
        keys = cast(list[str], row[0]) if row else []
    parsed = parse(text, keys)
    if parsed.conditions > MOST_CONDITIONS:
        raise TooManyConditions
    if parsed.prefix_terms > MOST_PREFIXES:
        raise TooManyPrefixes
    if parsed.longest_term > LONGEST_TERM:
        raise TermTooLong
    return parsed


def asked(parsed: ParsedQuery, languages: Sequence[str]) -> dict[str, object]:
    """What the statements ``matching`` and ``listed`` take beside filters and collections."""
    return {
        "prefixes": parsed.prefixes,
        "conditions": Jsonb(parsed.to_json(languages)),
    }


async def find_closest(
    connection: Connection,
    conditions: Jsonb,
    all_matches: str | None,
    are_many: bool,
    model: Model,
    parameters: Mapping[str, object],
) -> dict[str, object]:
    """Return ``parameters`` of a search with the closest passages for which the conditions hold.

    They are held against the filters that remain, too. ``all_matches`` are all those passages, as
    PostgreSQL writes them, if they are known; ``are_many`` tells that they are too many to look at
    one by one.
    """
    given = {
        **parameters,
        "conditions": conditions,
        "all_matches": all_matches,
        "are_many": are_many,
    }
    cursor = await connection.execute(of_dimension("semantic", model.dimension), given)
    row = await cursor.fetchone()
    assert row is not None
    return {**parameters, "semantic_ids": row[0], "semantic_scores": row[1], "remaining": None}
