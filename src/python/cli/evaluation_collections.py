"""What was reached in each collection of those that were searched together."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from ibid_contract import Collection
from libs.evaluation.comparison import Reached, average
from libs.evaluation.measures import Values


class CollectionResult(Reached, frozen=True, kw_only=True):
    """What was reached on the queries that a document of the collection answers."""

    id: UUID
    name: str
    queries: int


def per_collection(
    collections: Sequence[Collection],
    collection_ids: Mapping[UUID, UUID],
    relevance: Mapping[str, Mapping[UUID, int]],
    values: Sequence[Mapping[str, Values]],
) -> list[CollectionResult]:
    """Return the collections that answer a query, in their order.

    ``collection_ids`` says where each judged document is, ``relevance`` has the documents of each
    query, and ``values`` the measures of each side. A query counts in all collections that answer
    it.
    """
    results = []
    for collection in dict.fromkeys(collections):
        queries = [
            query
            for query, judged in relevance.items()
            if any(level and collection_ids[one] == collection.id for one, level in judged.items())
        ]
        if queries:
            reached = average(queries, *values)
            results.append(
                CollectionResult(
                    id=collection.id,
                    name=collection.name,
                    queries=len(queries),
                    a=reached.a,
                    b=reached.b,
                    difference=reached.difference,
                )
            )
    return results
