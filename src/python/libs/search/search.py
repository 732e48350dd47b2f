"""One statement: candidates of both sides, fused, read through row-level security."""

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from libs.errors import Rejected
from libs.postgres.pool import Connection
from libs.postgres.statements import load
from libs.search.highlight import spans
from libs.search.model import DEPTH, Found, Hit, Query

_SQL = load("libs.search")


class EmptyQuery(Rejected):
    """The query is empty. Type a word or a question."""

    code = "empty-query"


async def find(
    connection: Connection, query: Query, vector: NDArray[np.float32], model: str
) -> Found:
    """Return the hits ``[offset, offset + limit)`` of the query, best first.

    ``vector`` is the embedding of ``query.clean_text`` by ``model``, [dimension], unit length. Runs
    in the caller's transaction, which has entered a workspace. At most ``2 * DEPTH`` passages are
    considered; scores are comparable within one query only.

    Raises:
        EmptyQuery: there is nothing but white space to look for.
    """
    text = query.clean_text
    if not text.strip():
        raise EmptyQuery
    cursor = await connection.execute(
        _SQL[f"search_{len(vector)}"],
        {
            "text": text,
            "vector": HalfVector(vector),
            "model": model,
            "mode": query.mode,
            "depth": DEPTH,
            "collections": None if query.collections is None else list(query.collections),
            "filters": Jsonb(query.filters.to_json()),
            "limit": query.limit,
            "offset": query.offset,
        },
    )
    rows = await cursor.fetchall()
    if not rows:
        return Found((), 0, ())
    return Found(tuple(map(_hit, rows)), rows[0][16], tuple(rows[0][17]))


def _hit(row: TupleRow) -> Hit:
    marked, *scores = row[12:16]
    fields = (*row[:12], spans(marked or ""), *scores)
    return Hit(*fields)
