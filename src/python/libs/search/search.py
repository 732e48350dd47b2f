"""Candidates of both sides, fused in the database and read through row-level security."""

from asyncio import ensure_future, wait
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from libs.embedding import Model
from libs.errors import Rejected
from libs.postgres.pool import Connection
from libs.postgres.statements import load
from libs.search.highlight import Highlighter
from libs.search.model import DEPTH, Found, Hit, Query

_SQL = load("libs.search")

type Embed = Callable[[str], Coroutine[Any, Any, NDArray[np.float32]]]
"""Embeds a query, [dimension], unit length."""


class EmptyQuery(Rejected):
    """The query is empty. Type a word or a question."""

    code = "empty-query"


@dataclass(frozen=True, slots=True)
class _Words:
    """The lexical side of a query: weights of its words, its candidates, and the filters' work.

    ``typed`` are its words in lower case, without stop words, ``lexemes`` what they stem to.
    """

    weights: str
    candidates: str
    scores: str | None
    documents: str | None
    lexemes: list[str]
    typed: list[str]


async def find(connection: Connection, query: Query, embed: Embed, model: Model) -> Found:
    """Return the hits ``[offset, offset + limit)`` of the query, best first.

    ``embed`` gives a text's vector by ``model``; words are looked up while it works. Runs in the
    caller's transaction, which has entered a workspace. At most ``2 * DEPTH`` passages are
    considered; scores are comparable within one query only.

    Raises:
        EmptyQuery: there is nothing but white space to look for.
    """
    if not query.clean_text.strip():
        raise EmptyQuery
    embedding = None if query.mode == "lexical" else ensure_future(embed(query.clean_text))
    try:
        words = await _look_up(connection, query)
        vector = None if embedding is None else HalfVector(await embedding)
    finally:
        if embedding is not None:
            embedding.cancel()
            await wait([embedding])
    parameters = _parameters(query, model, words, vector)
    cursor = await connection.execute(_SQL[f"search_{model.dimension}"], parameters)
    rows = await cursor.fetchall()
    total = rows[0][15] if rows else 0
    facets = await _count(connection, model, parameters) if query.facets else {}
    highlighter = Highlighter(words.typed, words.lexemes)
    hits = tuple(_hit(row, highlighter) for row in rows)
    return Found(hits, total, tuple(words.lexemes), facets)


def _parameters(
    query: Query, model: Model, words: _Words, vector: HalfVector | None
) -> dict[str, object]:
    is_semantic = query.mode == "semantic"
    return {
        "lexical_ids": "{}" if is_semantic else words.candidates,
        "lexical_scores": "{}" if is_semantic else words.scores,
        "qv": None if is_semantic else words.weights,
        "model": model.name,
        "vector": vector,
        "depth": DEPTH,
        "collections": _listed(query),
        "documents": words.documents,
        "limit": query.limit,
        "offset": query.offset,
        "facets": list(query.facets),
    }


async def _count(
    connection: Connection, model: Model, parameters: Mapping[str, object]
) -> dict[str, dict[str, int]]:
    cursor = await connection.execute(_SQL[f"facets_{model.dimension}"], parameters)
    facets: dict[str, dict[str, int]] = {name: {} for name in cast(list[str], parameters["facets"])}
    for name, value, passages in await cursor.fetchall():
        facets[name][value] = passages
    return facets


async def _look_up(connection: Connection, query: Query) -> _Words:
    cursor = await connection.execute(
        _SQL["lexical"],
        {
            "text": query.clean_text,
            "depth": 0 if query.mode == "semantic" else DEPTH,
            "collections": _listed(query),
            "filters": Jsonb(query.filters.to_json()),
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return _Words(*row)


def _listed(query: Query) -> list[UUID] | None:
    return None if query.collections is None else list(query.collections)


def _hit(row: TupleRow, highlighter: Highlighter) -> Hit:
    text = row[11]
    return Hit(*row[:11], text, highlighter.spans(text), *row[12:15])  # type: ignore[call-arg]
