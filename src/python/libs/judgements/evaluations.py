"""Evaluations: what two ways to search reached on judged queries."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow
from psycopg.types.json import Json
from uuid_utils.compat import uuid7

from libs.errors import Conflict, NotFound
from libs.judgements.model import (
    Estimate,
    EvaluatedCollection,
    EvaluatedDocument,
    EvaluatedQuery,
    Evaluation,
    Side,
)
from libs.judgements.sql import STATEMENTS
from libs.postgres.pool import Connection

_COLLECTIONS = "collections"


class Evaluations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        name: str,
        a: Side,
        b: Side | None,
        difference: Mapping[str, Estimate],
        collections: Sequence[EvaluatedCollection],
    ) -> Evaluation:
        """Keep an evaluation, to which the results of its queries are added."""
        evaluation_id = uuid7()
        # the collections are kept within a, of which the release before reads what it knows
        kept = asdict(a) | {_COLLECTIONS: [_kept(one) for one in collections]}
        await self._connection.execute(
            STATEMENTS["add_evaluation"],
            {
                "id": evaluation_id,
                "name": name,
                "a": Json(kept),
                "b": None if b is None else Json(asdict(b)),
                "difference": Json(_plain(difference)),
            },
        )
        return await self.get(evaluation_id)

    async def get(self, evaluation_id: UUID) -> Evaluation:
        rows = await self._rows("get_evaluation", id=evaluation_id)
        if not rows:
            raise _missing(evaluation_id)
        return _evaluation(rows[0])

    async def list(self, limit: int, before: UUID | None = None) -> Sequence[Evaluation]:
        """Newest first."""
        rows = await self._rows("list_evaluations", limit=limit, before=before)
        return [_evaluation(row) for row in rows]

    async def delete(self, evaluation_id: UUID) -> None:
        cursor = await self._connection.execute(
            STATEMENTS["delete_evaluation"], {"id": evaluation_id}
        )
        if cursor.rowcount == 0:
            raise _missing(evaluation_id)

    async def add_queries(self, evaluation_id: UUID, queries: Sequence[EvaluatedQuery]) -> None:
        """Add results; ordinals are given here, and documents that are gone are left out.

        Raises:
            NotFound: there is no such evaluation.
            Conflict: the results of a query are there already.
        """
        rows = await self._rows("hold_evaluation", id=evaluation_id)
        if not rows:
            raise _missing(evaluation_id)
        ordinals = range(rows[0][0] + 1, rows[0][0] + 1 + len(queries))
        try:
            await self._connection.execute(
                STATEMENTS["add_queries"],
                {
                    "id": evaluation_id,
                    "ordinals": list(ordinals),
                    "query_ids": [query.id for query in queries],
                    "texts": [query.text for query in queries],
                    "margins": [query.margin for query in queries],
                    "a": [Json(query.a) for query in queries],
                    "b": [None if query.b is None else Json(query.b) for query in queries],
                },
            )
        except UniqueViolation as error:
            raise Conflict("The results of one of these queries are there already.") from error
        await self._add_documents(
            evaluation_id,
            [
                (ordinal, document)
                for ordinal, query in zip(ordinals, queries, strict=True)
                for document in query.documents
            ],
        )

    async def queries(
        self, evaluation_id: UUID, limit: int, after: tuple[float, int] | None = None
    ) -> Sequence[EvaluatedQuery]:
        """Smallest margin first; ``after`` has margin and ordinal of the last one seen."""
        margin, ordinal = after or (None, None)
        rows = await self._rows(
            "list_queries", id=evaluation_id, limit=limit, margin=margin, ordinal=ordinal
        )
        return [EvaluatedQuery(*row[:6], _documents(row[6])) for row in rows]  # type: ignore[call-arg]

    async def _add_documents(
        self, evaluation_id: UUID, given: Sequence[tuple[int, EvaluatedDocument]]
    ) -> None:
        await self._connection.execute(
            STATEMENTS["add_documents"],
            {
                "id": evaluation_id,
                "ordinals": [ordinal for ordinal, _ in given],
                "documents": [document.document_id for _, document in given],
                "relevances": [document.relevance for _, document in given],
                "ranks_a": [document.rank_a for _, document in given],
                "ranks_b": [document.rank_b for _, document in given],
            },
        )

    async def _rows(self, statement: str, **given: object) -> Sequence[TupleRow]:
        cursor = await self._connection.execute(STATEMENTS[statement], given)
        return await cursor.fetchall()


def _missing(evaluation_id: UUID) -> NotFound:
    return NotFound(f"There is no evaluation {evaluation_id}.")


def _evaluation(row: TupleRow) -> Evaluation:
    evaluation_id, name, a, b, difference, queries, created_at = row
    other = None if b is None else _side(b)
    return Evaluation(
        id=evaluation_id,
        name=name,
        a=_side(a),
        b=other,
        difference=_estimates(difference),
        queries=queries,
        created_at=created_at,
        collections=[_collection(one) for one in a.get(_COLLECTIONS, ())],
    )


def _side(stored: dict[str, Any]) -> Side:
    return Side(stored["configuration"], _estimates(stored["measures"]))


def _kept(collection: EvaluatedCollection) -> dict[str, object]:
    return {
        "collection_id": str(collection.collection_id),
        "queries": collection.queries,
        "a": _plain(collection.a),
        "b": None if collection.b is None else _plain(collection.b),
        "difference": _plain(collection.difference),
    }


def _collection(stored: dict[str, Any]) -> EvaluatedCollection:
    b = stored["b"]
    return EvaluatedCollection(
        collection_id=UUID(stored["collection_id"]),
        queries=stored["queries"],
        a=_estimates(stored["a"]),
        b=None if b is None else _estimates(b),
        difference=_estimates(stored["difference"]),
    )


def _plain(estimates: Mapping[str, Estimate]) -> dict[str, dict[str, float]]:
    return {name: asdict(one) for name, one in estimates.items()}


def _estimates(stored: dict[str, dict[str, float]]) -> dict[str, Estimate]:
    return {name: Estimate(**one) for name, one in stored.items()}


def _documents(stored: Sequence[Sequence[Any]]) -> list[EvaluatedDocument]:
    return [EvaluatedDocument(UUID(one[0]), *one[1:]) for one in stored]
