"""Two configurations on the same judged queries, side by side."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.evaluation.intervals import Estimate, estimate, estimate_difference
from libs.evaluation.measures import Measure, Values


class QueryResult(msgspec.Struct, frozen=True):
    """``margin`` is by how much nDCG@10 is better in ``a``, or what ``a`` reached alone."""

    id: str
    text: str
    margin: float
    a: Values
    b: Values | None


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """What one side or two reached on average; ``difference`` is how much more ``a`` did."""

    a: dict[Measure, Estimate]
    b: dict[Measure, Estimate] | None
    difference: dict[Measure, Estimate]


class Comparison(Reached, frozen=True, kw_only=True):
    """``queries`` have the smallest margin first: those to look at."""

    queries: list[QueryResult]


def compare(
    texts: Mapping[str, str], a: Mapping[str, Values], b: Mapping[str, Values] | None = None
) -> Comparison:
    """``texts`` has the queries by their ids, and each side the measures of all of them."""
    reached = average(list(texts), a, b)
    return Comparison(
        a=reached.a,
        b=reached.b,
        difference=reached.difference,
        queries=sorted(
            (_result(id_, text, a[id_], b[id_] if b else None) for id_, text in texts.items()),
            key=lambda query: query.margin,
        ),
    )


def average(
    ids: Sequence[str], a: Mapping[str, Values], b: Mapping[str, Values] | None = None
) -> Reached:
    """Return what was reached on the queries of these ids; there is at least one."""
    return Reached(
        a=_estimates(ids, a),
        b=None if b is None else _estimates(ids, b),
        difference={}
        if b is None
        else {
            name: estimate_difference(_column(ids, a, name), _column(ids, b, name))
            for name in Measure
        },
    )


def _result(query_id: str, text: str, a: Values, b: Values | None) -> QueryResult:
    margin = a[Measure.NDCG] - (b[Measure.NDCG] if b else 0.0)
    return QueryResult(query_id, text, margin, a, b)


def _estimates(ids: Sequence[str], values: Mapping[str, Values]) -> dict[Measure, Estimate]:
    return {name: estimate(_column(ids, values, name)) for name in Measure}


def _column(ids: Sequence[str], values: Mapping[str, Values], name: Measure) -> list[float]:
    return [values[id_][name] for id_ in ids]
