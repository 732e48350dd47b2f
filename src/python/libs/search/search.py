"""Candidates of both sides, fused in the database and read through row-level security."""

from asyncio import Task, create_task, sleep, wait
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
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
from libs.search import matching
from libs.search.highlight import Highlighter
from libs.search.model import DEPTH, Found, Hit, Query
from libs.search.query_language import ParsedQuery

_SQL = load("libs.search")

type Embed = Callable[[str], Coroutine[Any, Any, NDArray[np.float32]]]
"""Embeds a query, [dimension], unit length."""


class EmptyQuery(Rejected):
    """The query is empty. Type a word or a question."""

    code = "empty-query"


@dataclass(frozen=True, slots=True)
class _Words:
    """The lexical side of a query: weights of its words, its candidates, and the filters' work.

    Without weights there was nothing to rank by, and the candidates are a list. ``typed`` are its
    words in lower case, without stop words, ``lexemes`` what they stem to.
    """

    weights: str | None
    candidates: str
    scores: str | None
    documents: str | None
    lexemes: list[str]
    typed: list[str]

    @property
    def are_listed(self) -> bool:
        return self.weights is None


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
    parsed = await matching.read(connection, query.clean_text)
    async with _begun(_embed(embed, query, parsed)) as embedding:
        words = await _look_up(connection, query, parsed)
        vector = await embedding
    parameters = _parameters(query, model, words, vector)
    if vector is not None and not parsed.is_plain:
        parameters = await matching.find_closest(connection, parsed, model, parameters)
    async with _begun(_fuse(connection, model, parameters)) as fusion:
        # its patterns are compiled while the database works
        highlighter = Highlighter(words.typed, words.lexemes, _patterns(parsed))
        rows = await fusion
    facets = await _count(connection, model, parameters) if query.facets else {}
    return _found(rows, parsed, words, highlighter, facets)


@asynccontextmanager
async def _begun[T](work: Coroutine[Any, Any, T]) -> AsyncIterator[Task[T]]:
    """Work that goes on beside the block until it waits somewhere, and not after it."""
    task = create_task(work)
    try:
        await sleep(0)
        yield task
    finally:
        task.cancel()
        await wait([task])


async def _embed(embed: Embed, query: Query, parsed: ParsedQuery) -> HalfVector | None:
    if query.mode == "lexical" or not (parsed.is_plain or parsed.has_words):
        return None
    return HalfVector(await embed(parsed.text))


async def _fuse(
    connection: Connection, model: Model, parameters: Mapping[str, object]
) -> list[TupleRow]:
    cursor = await connection.execute(_SQL[f"search_{model.dimension}"], parameters)
    return await cursor.fetchall()


def _found(
    rows: Sequence[TupleRow],
    parsed: ParsedQuery,
    words: _Words,
    highlighter: Highlighter,
    facets: Mapping[str, Mapping[str, int]],
) -> Found:
    return Found(
        hits=tuple(_hit(row, highlighter, words) for row in rows),
        total=rows[0][15] if rows else 0,
        words=(*words.lexemes, *map(str, parsed.literals)),
        required=tuple(" OR ".join(map(str, group)) for group in parsed.required),
        excluded=tuple(map(str, parsed.excluded)),
        fields=tuple(" OR ".join(map(str, group)) for group in parsed.fields),
        facets=facets,
    )


def _patterns(parsed: ParsedQuery) -> list[str]:
    return [term.marked_pattern for term in parsed.literals]


def _parameters(
    query: Query, model: Model, words: _Words, vector: HalfVector | None
) -> dict[str, object]:
    is_semantic = query.mode == "semantic" and not words.are_listed
    return {
        "lexical_ids": "{}" if is_semantic else words.candidates,
        "lexical_scores": "{}" if is_semantic else words.scores,
        "qv": None if is_semantic else words.weights,
        "semantic_ids": None,
        "semantic_scores": None,
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


async def _look_up(connection: Connection, query: Query, parsed: ParsedQuery) -> _Words:
    statement = "lexical"
    asked: dict[str, object] = {"text": parsed.text}
    if not parsed.is_plain:
        statement = "matching" if parsed.has_words else "listed"
        asked = matching.asked(parsed)
    is_semantic = query.mode == "semantic" and statement != "listed"
    cursor = await connection.execute(
        _SQL[statement],
        {
            **asked,
            "depth": 0 if is_semantic else DEPTH,
            "collections": _listed(query),
            "filters": Jsonb(query.filters.to_json()),
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return _Words(*row)


def _listed(query: Query) -> list[UUID] | None:
    return None if query.collections is None else list(query.collections)


def _hit(row: TupleRow, highlighter: Highlighter, words: _Words) -> Hit:
    text, score, lexical, semantic = row[11:15]
    lexical = None if words.are_listed else lexical
    return Hit(*row[:11], text, highlighter.spans(text), score, lexical, semantic)  # type: ignore[call-arg]
